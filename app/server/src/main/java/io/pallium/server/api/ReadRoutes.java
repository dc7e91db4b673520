package io.pallium.server.api;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.ServerBuilder;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.promql.QueryEngine;
import io.pallium.storage.Queryable;
import io.pallium.storage.RecentFacts;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;

/// The endpoints of the Prometheus query API, under both of their prefixes.
public final class ReadRoutes {
  private static final List<String> PREFIXES = List.of("/prometheus/api/v1", "/api/v1");
  private static final List<HttpMethod> GET = List.of(HttpMethod.GET);
  private static final List<HttpMethod> GET_AND_POST = List.of(HttpMethod.GET, HttpMethod.POST);

  /// What queries are bound by.
  ///
  /// @param budget what all queries together may use
  /// @param maxQueryBytes what one query may use
  /// @param timeout how long a query may take at the most
  public record Bounds(
      int maxConcurrent,
      int maxWaiting,
      MemoryBudget budget,
      long maxQueryBytes,
      Duration timeout,
      Duration clientTimeout) {}

  private final ReadHandler.Setting setting;
  private final QueryApi queries;
  private final SeriesApi series;
  private final ExemplarApi exemplars;
  private final StatusApi status;

  /// @param threads runs calls, a thread each; they may block
  public ReadRoutes(
      QueryEngine engine,
      Queryable storage,
      RecentFacts facts,
      TenantResolver tenants,
      Bounds bounds,
      Executor threads,
      TimeSource time,
      PrometheusRegistry registry,
      ProcessDescription process) {
    QueryGate gate = new QueryGate(bounds.maxConcurrent(), bounds.maxWaiting(), time);
    this.setting =
        new ReadHandler.Setting(
            tenants,
            gate,
            bounds.budget(),
            bounds.maxQueryBytes(),
            bounds.timeout(),
            bounds.clientTimeout(),
            threads,
            time,
            new ReadMetrics(registry, gate, bounds.budget()));
    this.queries = new QueryApi(engine, storage);
    this.series = new SeriesApi(storage, facts);
    this.exemplars = new ExemplarApi(engine, facts);
    this.status = new StatusApi(process, engine.features(), facts, time);
  }

  /// Adds the routes to a server.
  public void addTo(ServerBuilder server) {
    add(server, "/query", "query", GET_AND_POST, queries::instant);
    add(server, "/query_range", "query_range", GET_AND_POST, queries::range);
    add(server, "/format_query", "format_query", GET_AND_POST, queries::format);
    add(server, "/parse_query", "parse_query", GET_AND_POST, queries::parseQuery);
    add(server, "/labels", "labels", GET_AND_POST, series::labelNames);
    add(server, "/label/{name}/values", "label_values", GET, series::labelValues);
    add(server, "/series", "series", GET_AND_POST, series::series);
    add(server, "/metadata", "metadata", GET, series::metadata);
    add(server, "/query_exemplars", "query_exemplars", GET_AND_POST, exemplars::exemplars);
    add(server, "/status/buildinfo", "buildinfo", GET, status::buildInfo);
    add(server, "/status/config", "status", GET, status::config);
    add(server, "/status/flags", "status", GET, status::flags);
    add(server, "/status/runtimeinfo", "status", GET, status::runtimeInfo);
    add(server, "/status/walreplay", "status", GET, status::walReplay);
    add(server, "/status/tsdb", "status_tsdb", GET, status::tsdb);
    add(server, "/features", "status", GET, status::features);
    // What Pallium has none of is answered with none, so that Grafana shows empty pages and no
    // errors.
    addNone(server, "/rules", "rules", "{\"groups\":[]}");
    addNone(server, "/alerts", "alerts", "{\"alerts\":[]}");
    addNone(
        server,
        "/targets",
        "targets",
        "{\"activeTargets\":[],\"droppedTargets\":[],\"droppedTargetCounts\":{}}");
    addNone(server, "/targets/metadata", "targets", "[]");
    addNone(server, "/scrape_pools", "targets", "{\"scrapePools\":[]}");
    addNone(
        server,
        "/alertmanagers",
        "alertmanagers",
        "{\"activeAlertmanagers\":[],\"droppedAlertmanagers\":[]}");
    addNone(server, "/notifications", "notifications", "[]");
  }

  private void addNone(ServerBuilder server, String path, String endpoint, String data) {
    add(server, path, endpoint, GET, call -> ApiAnswer.of(json -> json.raw(data)));
  }

  private void add(
      ServerBuilder server,
      String path,
      String endpoint,
      List<HttpMethod> methods,
      Function<ApiCall, ApiAnswer> answer) {
    // As in Prometheus, the others have no such parameter and ignore it whatever it is.
    boolean isTimed = endpoint.equals("query") || endpoint.equals("query_range");
    ReadHandler handler = new ReadHandler(endpoint, setting, methods, isTimed, answer);
    for (String prefix : PREFIXES) {
      server.service(prefix + path, handler);
    }
  }
}
