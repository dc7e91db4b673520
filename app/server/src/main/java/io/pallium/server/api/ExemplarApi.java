package io.pallium.server.api;

import io.pallium.base.BadRequestException;
import io.pallium.model.Exemplar;
import io.pallium.model.LabelMatcher;
import io.pallium.promql.Features;
import io.pallium.promql.ParsedQuery;
import io.pallium.promql.QueryEngine;
import io.pallium.promql.ast.Selectors;
import io.pallium.promql.ast.VectorSelector;
import io.pallium.storage.RecentFacts;
import io.pallium.storage.SeriesExemplars;
import java.io.IOException;
import java.util.List;

/// `GET|POST /query_exemplars`: the exemplars of all series that a query selects.
final class ExemplarApi {
  private final QueryEngine engine;
  private final RecentFacts facts;

  ExemplarApi(QueryEngine engine, RecentFacts facts) {
    this.engine = engine;
    this.facts = facts;
  }

  ApiAnswer exemplars(ApiCall call) {
    ApiParameters parameters = call.parameters();
    long startMs = parameters.timeMs("start", ApiParameters.MIN_TIME_MS);
    long endMs = parameters.timeMs("end", ApiParameters.MAX_TIME_MS);
    if (endMs < startMs) {
      throw new BadRequestException("end timestamp must not be before start timestamp");
    }
    Features features = QueryApi.features(engine, parameters);
    ParsedQuery query = engine.parse(parameters.text("query"), features, call.control());
    call.control().budget().reserve(query.bytes());
    List<List<LabelMatcher>> selectors =
        Selectors.of(query.expr()).stream().map(VectorSelector::matchers).distinct().toList();
    List<SeriesExemplars> found =
        selectors.isEmpty()
            ? List.of()
            : facts.exemplars(call.tenant(), startMs, endMs, selectors, call.control());
    return ApiAnswer.of(json -> write(json, found));
  }

  private static void write(JsonOutput json, List<SeriesExemplars> found) throws IOException {
    json.raw("[");
    boolean isFirst = true;
    for (SeriesExemplars series : found) {
      json.raw(isFirst ? "{\"seriesLabels\":" : ",{\"seriesLabels\":").labels(series.series());
      isFirst = false;
      json.raw(",\"exemplars\":[");
      for (int i = 0; i < series.exemplars().size(); i++) {
        Exemplar exemplar = series.exemplars().get(i);
        json.raw(i == 0 ? "{\"labels\":" : ",{\"labels\":").labels(exemplar.labels());
        json.raw(",\"value\":").quotedDouble(exemplar.value());
        json.raw(",\"timestamp\":").seconds(exemplar.timestampMs()).raw("}");
      }
      json.raw("]}");
    }
    json.raw("]");
  }
}
