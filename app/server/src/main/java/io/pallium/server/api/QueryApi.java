package io.pallium.server.api;

import io.pallium.base.BadRequestException;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.Features;
import io.pallium.promql.ParsedQuery;
import io.pallium.promql.QueryEngine;
import io.pallium.promql.QueryOptions;
import io.pallium.promql.QueryResult;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.exec.ResultSeries;
import io.pallium.promql.parse.ExprPrettyPrinter;
import io.pallium.storage.Queryable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The endpoints that evaluate PromQL. Results are written straight from the columns that they were
/// computed in.
final class QueryApi {
  private static final long MAX_POINTS = 11_000;

  private final QueryEngine engine;
  private final Queryable storage;

  QueryApi(QueryEngine engine, Queryable storage) {
    this.engine = engine;
    this.storage = storage;
  }

  /// `GET|POST /query`.
  ApiAnswer instant(ApiCall call) {
    ApiParameters parameters = call.parameters();
    int limit = parameters.limit();
    long timeMs = parameters.timeMs("time", call.nowMs());
    QueryStats stats = QueryStats.begin(call);
    QueryOptions options = options(parameters);
    ParsedQuery query = parse(call);
    stats.prepared();
    try {
      return answer(
          call,
          limit,
          stats,
          engine.instant(storage, call.tenant(), query, timeMs, options, call.control()));
    } catch (BadRequestException e) {
      throw ApiParameters.invalid("query", e.getMessage());
    }
  }

  /// `GET|POST /query_range`.
  ApiAnswer range(ApiCall call) {
    ApiParameters parameters = call.parameters();
    int limit = parameters.limit();
    long startMs = parameters.requiredTimeMs("start");
    long endMs = parameters.requiredTimeMs("end");
    if (endMs < startMs) {
      throw ApiParameters.invalid("end", "end timestamp must not be before start time");
    }
    long stepMs = parameters.requiredDurationMs("step");
    if (stepMs <= 0) {
      throw ApiParameters.invalid(
          "step",
          "zero or negative query resolution step widths are not accepted. Try a positive integer");
    }
    if ((endMs - startMs) / stepMs > MAX_POINTS) {
      throw new BadRequestException(
          "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query"
              + " resolution (?step=XX)");
    }
    QueryStats stats = QueryStats.begin(call);
    QueryOptions options = options(parameters);
    ParsedQuery query = parse(call);
    stats.prepared();
    try {
      return answer(
          call,
          limit,
          stats,
          engine.range(
              storage, call.tenant(), query, startMs, endMs, stepMs, options, call.control()));
    } catch (BadRequestException e) {
      throw ApiParameters.invalid("query", e.getMessage());
    }
  }

  /// `GET|POST /format_query`: the query in Prometheus's layout.
  ApiAnswer format(ApiCall call) {
    String text = ExprPrettyPrinter.print(tree(call), call.control().budget());
    return ApiAnswer.of(json -> json.string(text));
  }

  /// `GET|POST /parse_query`: the query as a tree.
  ApiAnswer parseQuery(ApiCall call) {
    Expr expr = tree(call);
    return ApiAnswer.of(json -> ExprJson.write(json, expr));
  }

  /// The query as a tree, whose memory stays reserved until the call ends.
  private Expr tree(ApiCall call) {
    ParsedQuery query = parse(call);
    call.control().budget().reserve(query.bytes());
    return query.expr();
  }

  private ParsedQuery parse(ApiCall call) {
    ApiParameters parameters = call.parameters();
    Features features = features(engine, parameters);
    try {
      return engine.parse(parameters.text("query"), features, call.control());
    } catch (BadRequestException e) {
      throw ApiParameters.invalid("query", e.getMessage());
    }
  }

  /// What the request switches on and off, on top of the configuration.
  static Features features(QueryEngine engine, ApiParameters parameters) {
    try {
      return engine.features().with(parameters.text("features"));
    } catch (BadRequestException e) {
      throw ApiParameters.invalid("features", e.getMessage());
    }
  }

  private static QueryOptions options(ApiParameters parameters) {
    Long lookbackMs;
    try {
      lookbackMs = parameters.optionalDurationMs("lookback_delta");
    } catch (BadRequestException e) {
      String reason = e.getMessage().replaceFirst("^invalid parameter \"lookback_delta\": ", "");
      throw new BadRequestException("error parsing lookback delta duration: " + reason, e);
    }
    Optional<Duration> lookback =
        lookbackMs == null || lookbackMs <= 0
            ? Optional.empty()
            : Optional.of(Duration.ofMillis(lookbackMs));
    return new QueryOptions(lookback, !parameters.text("stats").isEmpty());
  }

  private static ApiAnswer answer(ApiCall call, int limit, QueryStats stats, QueryResult result) {
    stats.evaluated();
    boolean isSeries = result.type() == ValueType.VECTOR || result.type() == ValueType.MATRIX;
    boolean isCut = isSeries && limit > 0 && result.series().size() > limit;
    List<ResultSeries> shown = isCut ? result.series().subList(0, limit) : result.series();
    List<String> warnings = new ArrayList<>(result.warnings());
    if (isCut) {
      warnings.addFirst(ApiAnswer.TRUNCATED);
    }
    stats.warning().ifPresent(warnings::add);
    return new ApiAnswer(
        warnings,
        result.infos(),
        json -> {
          json.raw("{\"resultType\":\"").raw(result.type().apiName()).raw("\",\"result\":");
          write(json, result, shown, call);
          stats.write(json, result);
          json.raw("}");
        },
        result::close);
  }

  private static void write(
      JsonOutput json, QueryResult result, List<ResultSeries> shown, ApiCall call)
      throws IOException {
    switch (result.type()) {
      case SCALAR -> {
        ResultSeries only = shown.get(0);
        int index = only.next(0);
        json.raw("[").seconds(only.timestampMs(index)).comma();
        json.quotedPlainDecimal(only.value(index)).raw("]");
      }
      case STRING -> json.raw("[").seconds(result.timeMs()).comma().string(result.text()).raw("]");
      case VECTOR -> {
        json.raw("[");
        for (int i = 0; i < shown.size(); i++) {
          writeSample(json, shown.get(i), i > 0);
        }
        json.raw("]");
      }
      case MATRIX -> {
        json.raw("[");
        boolean isFirst = true;
        for (ResultSeries series : shown) {
          if (series.size() > 0) {
            call.control().giveWay();
            writeSeries(json, series, !isFirst);
            isFirst = false;
          }
        }
        json.raw("]");
      }
      case NONE -> throw new AssertionError("BUG: a result without a type");
    }
  }

  private static void writeSample(JsonOutput json, ResultSeries series, boolean hasComma)
      throws IOException {
    int index = series.next(0);
    NativeHistogram histogram = series.histogram(index);
    json.raw(hasComma ? ",{\"metric\":" : "{\"metric\":").labels(series.labels());
    if (histogram == null) {
      json.raw(",\"value\":").point(series.timestampMs(index), series.value(index));
    } else {
      json.raw(",\"histogram\":");
      writeHistogramPoint(json, series.timestampMs(index), histogram);
    }
    json.raw("}");
  }

  private static void writeSeries(JsonOutput json, ResultSeries series, boolean hasComma)
      throws IOException {
    json.raw(hasComma ? ",{\"metric\":" : "{\"metric\":").labels(series.labels());
    int floats = 0;
    int histograms = 0;
    for (int i = series.next(0); i >= 0; i = series.next(i + 1)) {
      if (series.histogram(i) != null) {
        histograms++;
        continue;
      }
      json.raw(floats++ == 0 ? ",\"values\":[" : ",");
      json.point(series.timestampMs(i), series.value(i));
    }
    if (floats > 0) {
      json.raw("]");
    }
    if (histograms > 0) {
      writeHistograms(json, series);
    }
    json.raw("}");
  }

  private static void writeHistograms(JsonOutput json, ResultSeries series) throws IOException {
    boolean isFirst = true;
    for (int i = series.next(0); i >= 0; i = series.next(i + 1)) {
      NativeHistogram histogram = series.histogram(i);
      if (histogram != null) {
        json.raw(isFirst ? ",\"histograms\":[" : ",");
        isFirst = false;
        writeHistogramPoint(json, series.timestampMs(i), histogram);
      }
    }
    json.raw("]");
  }

  private static void writeHistogramPoint(
      JsonOutput json, long timestampMs, NativeHistogram histogram) throws IOException {
    json.raw("[").seconds(timestampMs).comma();
    HistogramJson.write(json, histogram);
    json.raw("]");
  }
}
