package io.pallium.server.api;

import io.pallium.promql.QueryResult;
import io.pallium.promql.exec.SampleCounts;
import io.pallium.promql.parse.GoText;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/// What a query tells about its own evaluation if the parameter `stats` asks for it: with any value
/// the times and the samples, with `all` the samples of each step too. Confined to one thread.
final class QueryStats {
  /// What Prometheus counts as one sample in memory.
  private static final int SAMPLE_BYTES = 16;

  private final ApiCall call;
  private final Duration queued;
  private Duration prepared;
  private Duration evaluated;

  private QueryStats(ApiCall call) {
    this.call = call;
    this.queued = call.control().elapsed();
    this.prepared = queued;
    this.evaluated = queued;
  }

  /// To be called when the query has waited for its place.
  static QueryStats begin(ApiCall call) {
    return new QueryStats(call);
  }

  /// To be called when the query is parsed.
  void prepared() {
    prepared = call.control().elapsed();
  }

  /// To be called when the result is there.
  void evaluated() {
    evaluated = call.control().elapsed();
  }

  /// What Prometheus warns of if the parameter has another value than its two.
  Optional<String> warning() {
    String value = call.parameters().text("stats");
    return value.isEmpty() || value.equals("true") || value.equals("all")
        ? Optional.empty()
        : Optional.of(
            "value "
                + GoText.quote(value)
                + " for parameter \"stats\" is deprecated and will be rejected in the next major"
                + " release, use \"true\" or \"all\"");
  }

  /// Writes the member `stats` with a comma before it, or nothing if it is not asked for.
  void write(JsonOutput json, QueryResult result) throws IOException {
    Optional<SampleCounts> counted = result.samples();
    if (counted.isEmpty()) {
      return;
    }
    json.raw(",\"stats\":{\"timings\":{");
    seconds(json, "evalTotalTime", evaluated.minus(queued));
    // Series are sorted as they are evaluated.
    seconds(json.comma(), "resultSortTime", Duration.ZERO);
    seconds(json.comma(), "queryPreparationTime", prepared.minus(queued));
    seconds(json.comma(), "innerEvalTime", evaluated.minus(prepared));
    seconds(json.comma(), "execQueueTime", queued);
    seconds(json.comma(), "execTotalTime", evaluated);
    json.raw("},\"samples\":{");
    SampleCounts samples = counted.get();
    if (call.parameters().text("stats").equals("all")) {
      json.raw("\"totalQueryableSamplesPerStep\":[");
      for (int i = 0; i < result.steps().count(); i++) {
        json.raw(i == 0 ? "[" : ",[").seconds(result.steps().timeMs(i));
        json.comma().number(samples.at(i)).raw("]");
      }
      json.raw("],");
    }
    json.raw("\"totalQueryableSamples\":").number(samples.total());
    json.raw(",\"peakSamples\":").number(call.control().budget().peakBytes() / SAMPLE_BYTES);
    json.raw("}}");
  }

  private static void seconds(JsonOutput json, String name, Duration time) throws IOException {
    json.string(name).raw(":").plainDouble(time.toNanos() / 1e9);
  }
}
