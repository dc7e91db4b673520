package io.pallium.server.api;

import io.pallium.base.BadRequestException;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.storage.MergedSeriesSet;
import io.pallium.storage.Querier;
import io.pallium.storage.Queryable;
import io.pallium.storage.RecentFacts;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import io.pallium.storage.SortedTexts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The endpoints about series rather than samples: label names, label values, series, metadata.
final class SeriesApi {
  private static final long BYTES_PER_FOUND_SERIES = 64;
  private static final int SERIES_BETWEEN_CHECKS = 256;

  private final Queryable storage;
  private final RecentFacts facts;

  SeriesApi(Queryable storage, RecentFacts facts) {
    this.storage = storage;
    this.facts = facts;
  }

  /// `GET|POST /labels`.
  ApiAnswer labelNames(ApiCall call) {
    int limit = call.parameters().limit();
    return strings(call, limit, (querier, matchers) -> querier.labelNames(matchers, more(limit)));
  }

  /// `GET /label/{name}/values`.
  ApiAnswer labelValues(ApiCall call) {
    String name = unescape(call.pathName());
    if (name.isEmpty()) {
      throw new BadRequestException("invalid label name: \"\"");
    }
    int limit = call.parameters().limit();
    return strings(
        call, limit, (querier, matchers) -> querier.labelValues(name, matchers, more(limit)));
  }

  /// `GET|POST /series`.
  ApiAnswer series(ApiCall call) {
    if (!call.parameters().has("match[]")) {
      throw new BadRequestException("no match[] parameter provided");
    }
    int limit = call.parameters().limit();
    long startMs = call.parameters().timeMs("start", ApiParameters.MIN_TIME_MS);
    long endMs = call.parameters().timeMs("end", ApiParameters.MAX_TIME_MS);
    List<List<LabelMatcher>> selectors;
    try {
      selectors = call.parameters().matchers();
    } catch (BadRequestException e) {
      throw ApiParameters.invalid("match[]", e.getMessage());
    }
    List<Labels> found = new ArrayList<>();
    try (Querier querier = storage.querier(call.tenant(), startMs, endMs, call.control())) {
      List<SeriesSet> sets = new ArrayList<>(selectors.size());
      for (List<LabelMatcher> matchers : selectors) {
        sets.add(querier.select(SelectHints.seriesOnly(startMs, endMs), matchers));
      }
      SeriesSet merged = MergedSeriesSet.of(sets, call.control());
      while (merged.next() && (limit == 0 || found.size() <= limit)) {
        if (found.size() % SERIES_BETWEEN_CHECKS == 0) {
          call.control().giveWay();
        }
        Labels labels = merged.labels();
        call.control().budget().reserve(labels.bytes().length + BYTES_PER_FOUND_SERIES);
        found.add(labels);
      }
    }
    boolean isCut = limit > 0 && found.size() > limit;
    List<Labels> shown = isCut ? found.subList(0, limit) : found;
    return new ApiAnswer(
        isCut ? List.of(ApiAnswer.TRUNCATED) : List.of(),
        List.of(),
        json -> writeSeries(json, shown),
        () -> {});
  }

  /// `GET /metadata`.
  ApiAnswer metadata(ApiCall call) {
    ApiParameters parameters = call.parameters();
    int limit = parameters.integer("limit", -1, "limit must be a number");
    int perMetric = parameters.integer("limit_per_metric", -1, "limit_per_metric must be a number");
    String family = parameters.text("metric");
    Map<String, List<MetricMetadata>> families = new LinkedHashMap<>();
    for (MetricMetadata entry :
        facts.metadata(call.tenant(), family.isEmpty() ? null : family, call.control())) {
      List<MetricMetadata> entries = families.get(entry.family());
      if (entries == null) {
        if (limit >= 0 && families.size() >= limit) {
          continue;
        }
        entries = new ArrayList<>();
        families.put(entry.family(), entries);
      }
      if (perMetric <= 0 || entries.size() < perMetric) {
        entries.add(entry);
      }
    }
    return ApiAnswer.of(json -> writeMetadata(json, families));
  }

  private interface Lookup {
    List<String> find(Querier querier, List<LabelMatcher> matchers);
  }

  private ApiAnswer strings(ApiCall call, int limit, Lookup lookup) {
    long startMs = call.parameters().timeMs("start", ApiParameters.MIN_TIME_MS);
    long endMs = call.parameters().timeMs("end", ApiParameters.MAX_TIME_MS);
    List<List<LabelMatcher>> selectors = call.parameters().matchers();
    try (Querier querier = storage.querier(call.tenant(), startMs, endMs, call.control())) {
      if (selectors.size() <= 1) {
        List<LabelMatcher> matchers = selectors.isEmpty() ? List.of() : selectors.get(0);
        return ApiAnswer.ofStrings(lookup.find(querier, matchers), limit);
      }
      List<List<String>> lists = new ArrayList<>();
      for (List<LabelMatcher> matchers : selectors) {
        lists.add(lookup.find(querier, matchers));
      }
      return ApiAnswer.ofStrings(SortedTexts.union(lists, 0), limit);
    }
  }

  /// One more than asked for, so that a cut is noticed.
  private static int more(int limit) {
    return limit == 0 || limit == Integer.MAX_VALUE ? 0 : limit + 1;
  }

  private static void writeSeries(JsonOutput json, List<Labels> series) throws IOException {
    json.raw("[");
    for (int i = 0; i < series.size(); i++) {
      if (i > 0) {
        json.comma();
      }
      json.labels(series.get(i));
    }
    json.raw("]");
  }

  private static void writeMetadata(JsonOutput json, Map<String, List<MetricMetadata>> families)
      throws IOException {
    json.raw("{");
    boolean isFirst = true;
    for (Map.Entry<String, List<MetricMetadata>> family : families.entrySet()) {
      json.raw(isFirst ? "" : ",").string(family.getKey()).raw(":[");
      isFirst = false;
      for (int i = 0; i < family.getValue().size(); i++) {
        MetricMetadata entry = family.getValue().get(i);
        json.raw(i == 0 ? "{\"type\":" : ",{\"type\":").string(entry.type().text());
        json.raw(",\"help\":").string(entry.help());
        json.raw(",\"unit\":").string(entry.unit()).raw("}");
      }
      json.raw("]");
    }
    json.raw("}");
  }

  /// Undoes the escaping that lets a UTF-8 name stand in a path: `U__`, then `__` for an underscore
  /// and `_HEX_` for any other code point. A name that is not rightly escaped is taken as it is.
  ///
  /// Source: https://prometheus.io/docs/instrumenting/escaping_schemes/.
  static String unescape(String name) {
    if (!name.startsWith("U__")) {
      return name;
    }
    StringBuilder plain = new StringBuilder();
    int i = 3;
    while (i < name.length()) {
      char c = name.charAt(i);
      if (c != '_') {
        plain.append(c);
        i++;
        continue;
      }
      int end = name.indexOf('_', i + 1);
      if (end < 0) {
        return name;
      }
      Integer codePoint =
          end == i + 1 ? Integer.valueOf('_') : parseHex(name.substring(i + 1, end));
      if (codePoint == null) {
        return name;
      }
      plain.appendCodePoint(codePoint);
      i = end + 1;
    }
    return plain.toString();
  }

  private static @Nullable Integer parseHex(String digits) {
    if (digits.length() > 6 || !digits.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
      return null;
    }
    int codePoint = Integer.parseInt(digits, 16);
    return Character.isValidCodePoint(codePoint) && (codePoint < 0xd800 || codePoint > 0xdfff)
        ? Integer.valueOf(codePoint)
        : null;
  }
}
