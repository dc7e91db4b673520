package io.pallium.server.api;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.pallium.base.BadRequestException;
import io.pallium.base.PalliumException;
import io.pallium.base.UnavailableException;
import io.pallium.model.LabelMatcher;
import io.pallium.model.TenantId;
import io.pallium.tsdb.Tsdb;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The endpoints that change what a database holds: deletion of series, as in Prometheus, and
/// cutting the head into blocks, as in Cortex. They answer with 204.
public final class AdminRoutes {
  private static final Logger log = LoggerFactory.getLogger(AdminRoutes.class);
  private static final List<String> PREFIXES =
      List.of("/prometheus/api/v1/admin/tsdb", "/api/v1/admin/tsdb");
  private static final HttpMethod[] METHODS = {HttpMethod.POST, HttpMethod.PUT};
  private static final int MAX_FORM_BYTES = 1 << 20;

  private final Database database;
  private final TenantResolver tenants;
  private final boolean isDeletionEnabled;
  private final Executor threads;
  private final Duration clientTimeout;

  /// What the endpoints change.
  public interface Database {
    /// Deletes what a tenant's matching series have in `[minTimeMs, maxTimeMs]`; durable on return.
    void delete(TenantId tenant, List<LabelMatcher> matchers, long minTimeMs, long maxTimeMs);

    /// Rewrites a tenant's blocks on the local disk without what was deleted from them.
    void removeDeleted(TenantId tenant);

    /// Cuts what is in memory of all tenants into blocks.
    void flush();

    /// A database that is alone.
    static Database of(Tsdb tsdb) {
      return new Database() {
        @Override
        public void delete(
            TenantId tenant, List<LabelMatcher> matchers, long minTimeMs, long maxTimeMs) {
          tsdb.delete(tenant, matchers, minTimeMs, maxTimeMs);
        }

        @Override
        public void removeDeleted(TenantId tenant) {
          tsdb.removeDeleted(tenant);
        }

        @Override
        public void flush() {
          tsdb.tenants().forEach(tsdb::flush);
        }
      };
    }
  }

  /// @param isDeletionEnabled whether series may be deleted
  /// @param threads runs calls, a thread each; they may block
  public AdminRoutes(
      Database database,
      TenantResolver tenants,
      boolean isDeletionEnabled,
      Executor threads,
      Duration clientTimeout) {
    this.database = database;
    this.tenants = tenants;
    this.isDeletionEnabled = isDeletionEnabled;
    this.threads = threads;
    this.clientTimeout = clientTimeout;
  }

  /// What an endpoint does; may block.
  private interface Action {
    void run(TenantId tenant, ApiParameters parameters);
  }

  /// Adds the routes to a server.
  public void addTo(ServerBuilder server) {
    for (String prefix : PREFIXES) {
      server.service(prefix + "/delete_series", endpoint(this::deleteSeries));
      server.service(
          prefix + "/clean_tombstones", endpoint((tenant, _) -> cleanTombstones(tenant)));
    }
    server.service("/ingester/flush", endpoint((_, parameters) -> flush(parameters)));
  }

  private void deleteSeries(TenantId tenant, ApiParameters parameters) {
    requireEnabled();
    if (!parameters.has("match[]")) {
      throw new BadRequestException("no match[] parameter provided");
    }
    long startMs = parameters.timeMs("start", ApiParameters.MIN_TIME_MS);
    long endMs = parameters.timeMs("end", ApiParameters.MAX_TIME_MS);
    List<List<LabelMatcher>> selectors;
    try {
      selectors = parameters.matchers();
    } catch (BadRequestException e) {
      throw ApiParameters.invalid("match[]", e.getMessage());
    }
    if (startMs > endMs) {
      throw new BadRequestException("end timestamp must not be before start time");
    }
    for (List<LabelMatcher> matchers : selectors) {
      database.delete(tenant, matchers, startMs, endMs);
    }
  }

  private void cleanTombstones(TenantId tenant) {
    requireEnabled();
    database.removeDeleted(tenant);
  }

  private void requireEnabled() {
    if (!isDeletionEnabled) {
      throw new UnavailableException("admin APIs disabled");
    }
  }

  /// Cuts what the head holds of all tenants: at once with `wait=true`, else in the background.
  private void flush(ApiParameters parameters) {
    if (parameters.text("wait").equals("true")) {
      database.flush();
    } else {
      threads.execute(
          () -> {
            try {
              database.flush();
            } catch (PalliumException e) {
              log.warn("a flush that was asked for failed, the samples stay in the head", e);
            }
          });
    }
  }

  private HttpService endpoint(Action action) {
    return (ctx, request) -> serve(ctx, request, action);
  }

  private HttpResponse serve(ServiceRequestContext ctx, HttpRequest request, Action action) {
    if (!List.of(METHODS).contains(request.method())) {
      return ErrorMapping.methodNotAllowed(ctx.path(), METHODS);
    }
    TenantId tenant;
    try {
      tenant = tenants.resolve(request);
    } catch (PalliumException e) {
      return ErrorMapping.of(ctx.path(), e);
    }
    ctx.setMaxRequestLength(MAX_FORM_BYTES);
    ctx.setRequestTimeout(TimeoutMode.SET_FROM_NOW, clientTimeout);
    return HttpResponse.of(
        request
            .aggregate()
            .whenComplete((_, _) -> ctx.clearRequestTimeout())
            .thenCompose(whole -> work(ctx, whole, tenant, action))
            .exceptionally(failure -> ErrorMapping.of(ctx.path(), failure)));
  }

  private CompletableFuture<HttpResponse> work(
      ServiceRequestContext ctx, AggregatedHttpRequest request, TenantId tenant, Action action) {
    ApiParameters parameters = new ApiParameters(ReadHandler.parameters(ctx, request));
    return CompletableFuture.supplyAsync(
        () -> {
          action.run(tenant, parameters);
          return HttpResponse.of(HttpStatus.NO_CONTENT);
        },
        threads);
  }
}
