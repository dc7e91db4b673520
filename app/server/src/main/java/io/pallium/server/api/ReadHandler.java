package io.pallium.server.api;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.pallium.base.PalliumException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.TenantId;
import io.pallium.storage.QueryControl;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One endpoint of the query API: finds the tenant, waits for a place among the running queries,
/// lets the endpoint work out its answer on a virtual thread, and sends it. A client that goes away
/// cancels the work.
final class ReadHandler implements HttpService {
  private static final Logger log = LoggerFactory.getLogger(ReadHandler.class);
  private static final int MAX_FORM_BYTES = 10 * 1024 * 1024;

  /// What all endpoints share.
  ///
  /// @param budget what all queries together may use
  /// @param maxQueryBytes what one query may use
  /// @param timeout how long a query may take at the most
  record Setting(
      TenantResolver tenants,
      QueryGate gate,
      MemoryBudget budget,
      long maxQueryBytes,
      Duration timeout,
      Executor threads,
      TimeSource time,
      ReadMetrics metrics) {}

  private final String endpoint;
  private final Setting setting;
  private final Function<ApiCall, ApiAnswer> answer;

  /// @param endpoint the name in metrics
  /// @param answer works out the answer; may block
  ReadHandler(String endpoint, Setting setting, Function<ApiCall, ApiAnswer> answer) {
    this.endpoint = endpoint;
    this.setting = setting;
    this.answer = answer;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
    ctx.clearRequestTimeout();
    TenantId tenant;
    try {
      tenant = setting.tenants().resolve(request);
    } catch (PalliumException e) {
      return ErrorMapping.plain(e);
    }
    ctx.setMaxRequestLength(MAX_FORM_BYTES);
    return HttpResponse.of(
        request
            .aggregate()
            .thenApply(whole -> respond(ctx, whole, tenant))
            .exceptionally(ErrorMapping::envelope));
  }

  private HttpResponse respond(
      ServiceRequestContext ctx, AggregatedHttpRequest request, TenantId tenant) {
    QueryParams parameters = parameters(ctx, request);
    HttpResponseWriter response = HttpResponse.streaming();
    QueryControl control;
    ApiCall call;
    MemoryBudget budget =
        setting.budget().child("querier.max-query-memory", setting.maxQueryBytes());
    try {
      ApiParameters read = new ApiParameters(parameters);
      Long asked = read.optionalDurationMs("timeout");
      Duration timeout =
          asked == null || asked > setting.timeout().toMillis()
              ? setting.timeout()
              : Duration.ofMillis(asked);
      control = new QueryControl(budget, setting.time(), timeout);
      String name = ctx.pathParams().getOrDefault("name", "");
      call = new ApiCall(tenant, read, name, setting.time().nowMs(), control);
    } catch (PalliumException e) {
      return ErrorMapping.envelope(e);
    }
    var _ = ctx.whenRequestCancelling().thenAccept(cause -> control.cancel());
    java.util.concurrent.CompletableFuture<HttpResponse> decided =
        new java.util.concurrent.CompletableFuture<>();
    String acceptEncoding = request.headers().get(HttpHeaderNames.ACCEPT_ENCODING, "");
    setting.threads().execute(() -> work(call, budget, response, acceptEncoding, decided));
    return HttpResponse.of(decided);
  }

  private void work(
      ApiCall call,
      MemoryBudget budget,
      HttpResponseWriter response,
      String acceptEncoding,
      java.util.concurrent.CompletableFuture<HttpResponse> decided) {
    long startNanos = setting.time().nowNanos();
    int status = 200;
    try (budget) {
      setting.gate().enter(call.control());
      try {
        ApiAnswer result = answer.apply(call);
        decided.complete(response);
        send(result, response, acceptEncoding);
      } finally {
        setting.gate().leave();
      }
    } catch (Throwable failure) {
      status = ErrorMapping.statusCode(failure);
      if (!decided.complete(ErrorMapping.envelope(failure))) {
        response.abort(failure);
      }
      if (failure instanceof Error error) {
        throw error;
      }
    } finally {
      setting.metrics().observe(endpoint, status, setting.time().nowNanos() - startNanos);
    }
  }

  private static void send(ApiAnswer answer, HttpResponseWriter response, String acceptEncoding) {
    try (ResponseBody body = new ResponseBody(response, MediaType.JSON, acceptEncoding)) {
      JsonOutput json = new JsonOutput(body, ResponseBody.PIECE_BYTES);
      answer.write(json);
      json.flush();
    } catch (IOException e) {
      log.debug("a client went away while its answer was sent", e);
      response.abort(e);
    } finally {
      answer.release().run();
    }
  }

  private static QueryParams parameters(ServiceRequestContext ctx, AggregatedHttpRequest request) {
    QueryParams url = ctx.queryParams();
    MediaType type = request.contentType();
    if (request.method() != HttpMethod.POST
        || type == null
        || !type.belongsTo(MediaType.FORM_DATA)) {
      return url;
    }
    return QueryParams.fromQueryString(request.contentUtf8()).toBuilder().add(url).build();
  }
}
