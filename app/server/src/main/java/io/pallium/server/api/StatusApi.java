package io.pallium.server.api;

import io.pallium.base.BadRequestException;
import io.pallium.base.clock.TimeSource;
import io.pallium.promql.Feature;
import io.pallium.promql.Features;
import io.pallium.promql.ast.FunctionSignature;
import io.pallium.promql.parse.Functions;
import io.pallium.storage.Cardinality;
import io.pallium.storage.RecentFacts;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The endpoints about the process and about how much a tenant has, in the form of Prometheus.
final class StatusApi {
  private static final int DEFAULT_LIMIT = 10;
  private static final int MAX_LIMIT = 10_000;

  private final ProcessDescription process;
  private final Features features;
  private final RecentFacts facts;
  private final TimeSource time;

  /// @param features what is on in queries that do not say so themselves
  StatusApi(ProcessDescription process, Features features, RecentFacts facts, TimeSource time) {
    this.process = process;
    this.features = features;
    this.facts = facts;
    this.time = time;
  }

  /// `GET /status/buildinfo`.
  ApiAnswer buildInfo(ApiCall call) {
    return ApiAnswer.of(
        json ->
            json.raw("{\"application\":\"Pallium\",\"version\":")
                .string(process.version())
                .raw(",\"revision\":\"\",\"branch\":\"\",\"buildUser\":\"\",\"buildDate\":\"\"")
                .raw(",\"goVersion\":\"\",\"features\":{}}"));
  }

  /// `GET /status/config`.
  ApiAnswer config(ApiCall call) {
    return ApiAnswer.of(json -> json.raw("{\"yaml\":").string(process.yaml()).raw("}"));
  }

  /// `GET /status/flags`.
  ApiAnswer flags(ApiCall call) {
    return ApiAnswer.of(
        json -> {
          json.raw("{");
          boolean isFirst = true;
          for (Map.Entry<String, String> flag : process.flags().entrySet()) {
            json.raw(isFirst ? "" : ",").string(flag.getKey()).raw(":").string(flag.getValue());
            isFirst = false;
          }
          json.raw("}");
        });
  }

  /// `GET /status/runtimeinfo`. Where Prometheus tells of Go's runtime, this tells of Java's.
  ApiAnswer runtimeInfo(ApiCall call) {
    int threads = ManagementFactory.getThreadMXBean().getThreadCount();
    return ApiAnswer.of(
        json -> {
          json.raw("{\"startTime\":").string(Instant.ofEpochMilli(process.startMs()).toString());
          json.raw(",\"CWD\":").string(Path.of("").toAbsolutePath().toString());
          json.raw(",\"hostname\":").string(hostname());
          json.raw(",\"serverTime\":").string(Instant.ofEpochMilli(time.nowMs()).toString());
          json.raw(",\"reloadConfigSuccess\":true,\"lastConfigTime\":");
          json.string(Instant.ofEpochMilli(process.startMs()).toString());
          json.raw(",\"corruptionCount\":0,\"goroutineCount\":").number(threads);
          json.raw(",\"GOMAXPROCS\":").number(Runtime.getRuntime().availableProcessors());
          json.raw(",\"GOMEMLIMIT\":").number(Runtime.getRuntime().maxMemory());
          json.raw(",\"GOGC\":\"\",\"GODEBUG\":\"\",\"storageRetention\":\"\"}");
        });
  }

  /// `GET /status/walreplay`. Routes are there only when the log has been replayed.
  ApiAnswer walReplay(ApiCall call) {
    return ApiAnswer.of(json -> json.raw("{\"min\":0,\"max\":0,\"current\":0}"));
  }

  /// `GET /features`.
  ApiAnswer features(ApiCall call) {
    Map<String, Boolean> language = new TreeMap<>();
    for (String always :
        List.of("at_modifier", "negative_offset", "per_query_lookback_delta", "subqueries")) {
      language.put(always, true);
    }
    language.put("per_step_stats", true);
    language.put("duration_expr", features.has(Feature.DURATION_EXPRESSIONS));
    language.put("delayed_name_removal", features.has(Feature.DELAYED_NAME_REMOVAL));
    language.put("type_and_unit_labels", features.has(Feature.TYPE_AND_UNIT_LABELS));
    language.put("anchored", features.has(Feature.EXTENDED_RANGE_SELECTORS));
    language.put("smoothed", features.has(Feature.EXTENDED_RANGE_SELECTORS));
    for (String fill : List.of("fill", "fill_left", "fill_right")) {
      language.put(fill, features.has(Feature.FILL_MODIFIERS));
    }
    Map<String, Boolean> functions = new TreeMap<>();
    for (FunctionSignature function : Functions.all()) {
      functions.put(
          function.name(),
          !function.isExperimental() || features.has(Feature.EXPERIMENTAL_FUNCTIONS));
    }
    return ApiAnswer.of(
        json -> {
          json.raw("{\"promql\":");
          switches(json, language);
          json.raw(",\"promql_functions\":");
          switches(json, functions);
          json.raw("}");
        });
  }

  /// `GET /status/tsdb`: the cardinality of what the tenant has in memory.
  ApiAnswer tsdb(ApiCall call) {
    String wrong = "limit must be a positive number";
    int limit = call.parameters().integer("limit", DEFAULT_LIMIT, wrong);
    if (limit < 1) {
      throw new BadRequestException(wrong);
    }
    if (limit > MAX_LIMIT) {
      throw new BadRequestException("limit must not exceed " + MAX_LIMIT);
    }
    Cardinality found = facts.cardinality(call.tenant(), limit, call.control());
    return ApiAnswer.of(
        json -> {
          json.raw("{\"headStats\":{\"numSeries\":").number(found.series());
          json.raw(",\"numLabelPairs\":").number(found.labelPairs());
          json.raw(",\"chunkCount\":").number(found.chunks());
          json.raw(",\"minTime\":").number(found.minTimeMs());
          json.raw(",\"maxTime\":").number(found.maxTimeMs());
          json.raw("},\"seriesCountByMetricName\":");
          entries(json, found.seriesByMetric());
          json.raw(",\"labelValueCountByLabelName\":");
          entries(json, found.valuesByLabel());
          json.raw(",\"memoryInBytesByLabelName\":");
          entries(json, found.bytesByLabel());
          json.raw(",\"seriesCountByLabelValuePair\":");
          entries(json, found.seriesByPair());
          json.raw("}");
        });
  }

  private static void entries(JsonOutput json, List<Cardinality.Entry> entries) throws IOException {
    json.raw("[");
    for (int i = 0; i < entries.size(); i++) {
      json.raw(i == 0 ? "{\"name\":" : ",{\"name\":").string(entries.get(i).name());
      json.raw(",\"value\":").number(entries.get(i).count()).raw("}");
    }
    json.raw("]");
  }

  private static void switches(JsonOutput json, Map<String, Boolean> switches) throws IOException {
    json.raw("{");
    boolean isFirst = true;
    for (Map.Entry<String, Boolean> each : switches.entrySet()) {
      json.raw(isFirst ? "" : ",").string(each.getKey()).raw(each.getValue() ? ":true" : ":false");
      isFirst = false;
    }
    json.raw("}");
  }

  private static String hostname() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "";
    }
  }
}
