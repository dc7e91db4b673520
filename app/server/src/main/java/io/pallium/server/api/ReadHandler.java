package io.pallium.server.api;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.pallium.base.PalliumException;
import io.pallium.base.QueryCanceledException;
import io.pallium.base.UnavailableException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.TenantId;
import io.pallium.storage.QueryControl;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;

/// One endpoint of the query API: finds the tenant, waits for a place among the running queries,
/// lets the endpoint work out its answer on a virtual thread, and sends it. A client that goes away
/// cancels the work.
final class ReadHandler implements HttpService {
  private static final int MAX_FORM_BYTES = 10 * 1024 * 1024;

  /// The body, its text, and the parameters cut out of it.
  private static final int FORM_COPIES = 3;

  /// What all endpoints share.
  ///
  /// @param budget what all queries together may use
  /// @param maxQueryBytes what one query may use
  /// @param timeout how long a query may take at the most
  /// @param clientTimeout how long a client may take to send a form, and to take a piece of an
  ///   answer
  record Setting(
      TenantResolver tenants,
      QueryGate gate,
      MemoryBudget budget,
      long maxQueryBytes,
      Duration timeout,
      Duration clientTimeout,
      Executor threads,
      TimeSource time,
      ReadMetrics metrics) {}

  private final String endpoint;
  private final Setting setting;
  private final List<HttpMethod> methods;
  private final boolean isTimed;
  private final Function<ApiCall, ApiAnswer> answer;

  /// @param endpoint the name in metrics
  /// @param methods what it can be called with
  /// @param isTimed whether the parameter `timeout` means something to it
  /// @param answer works out the answer; may block
  ReadHandler(
      String endpoint,
      Setting setting,
      List<HttpMethod> methods,
      boolean isTimed,
      Function<ApiCall, ApiAnswer> answer) {
    this.endpoint = endpoint;
    this.setting = setting;
    this.methods = List.copyOf(methods);
    this.isTimed = isTimed;
    this.answer = answer;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
    if (!methods.contains(request.method())) {
      return ErrorMapping.methodNotAllowed(ctx.path(), methods.toArray(HttpMethod[]::new));
    }
    TenantId tenant;
    try {
      tenant = setting.tenants().resolve(request);
    } catch (PalliumException e) {
      return ErrorMapping.plain(e);
    }
    ctx.setMaxRequestLength(MAX_FORM_BYTES);
    ctx.setRequestTimeout(TimeoutMode.SET_FROM_NOW, setting.clientTimeout());
    MemoryBudget budget =
        setting.budget().child("querier.max-query-memory", setting.maxQueryBytes());
    try {
      reserveForm(budget, Math.min(request.headers().contentLength(), MAX_FORM_BYTES));
    } catch (PalliumException e) {
      budget.close();
      return ErrorMapping.envelope(e);
    }
    return HttpResponse.of(
        request
            .aggregate()
            .whenComplete((_, _) -> ctx.clearRequestTimeout())
            .thenApply(whole -> respond(ctx, whole, tenant, budget))
            .exceptionally(
                failure -> {
                  budget.close();
                  return ErrorMapping.envelope(failure);
                }));
  }

  /// @param bytes less than 0 if they are not known
  private static void reserveForm(MemoryBudget budget, long bytes) {
    budget.reserve(FORM_COPIES * Math.max(0, bytes));
  }

  /// @param budget closed by the query's thread; still open if this fails
  private HttpResponse respond(
      ServiceRequestContext ctx,
      AggregatedHttpRequest request,
      TenantId tenant,
      MemoryBudget budget) {
    if (request.headers().contentLength() < 0) {
      reserveForm(budget, request.content().length());
    }
    ApiParameters parameters = new ApiParameters(parameters(ctx, request));
    QueryControl control = new QueryControl(budget, setting.time(), timeout(parameters));
    var _ = ctx.whenRequestCancelling().thenAccept(cause -> control.cancel());
    String name = ctx.pathParams().getOrDefault("name", "");
    ApiCall call = new ApiCall(tenant, parameters, name, setting.time().nowMs(), control);
    CompletableFuture<HttpResponse> decided = new CompletableFuture<>();
    ResponseBody body =
        new ResponseBody(
            decided,
            MediaType.JSON,
            request.headers().get(HttpHeaderNames.ACCEPT_ENCODING, ""),
            setting.clientTimeout());
    // Here and not on the query's thread, which may not run before long queries have made room.
    QueryGate.Visit visit = setting.gate().arrive(control);
    try {
      setting.threads().execute(() -> work(call, visit, body, decided));
    } catch (RejectedExecutionException e) {
      visit.close();
      throw new UnavailableException("this node is stopping", e);
    }
    return HttpResponse.of(decided);
  }

  private Duration timeout(ApiParameters parameters) {
    Long asked = isTimed ? parameters.optionalDurationMs("timeout") : null;
    return asked == null || asked > setting.timeout().toMillis()
        ? setting.timeout()
        : Duration.ofMillis(asked);
  }

  private void work(
      ApiCall call,
      QueryGate.Visit visit,
      ResponseBody body,
      CompletableFuture<HttpResponse> decided) {
    long startNanos = setting.time().nowNanos();
    int status = 200;
    try (MemoryBudget _ = call.control().budget();
        body;
        visit) {
      visit.enter();
      send(answer.apply(call), body);
    } catch (Throwable failure) {
      status = ErrorMapping.statusCode(failure);
      // Once a piece of the answer is out this does nothing, and the answer is broken off.
      var _ = decided.complete(ErrorMapping.envelope(failure));
      if (failure instanceof Error error) {
        throw error;
      }
    } finally {
      setting.metrics().observe(endpoint, status, setting.time().nowNanos() - startNanos);
    }
  }

  private static void send(ApiAnswer answer, ResponseBody body) {
    try {
      JsonOutput json = new JsonOutput(body, ResponseBody.PIECE_BYTES);
      answer.write(json);
      json.flush();
      body.finish();
    } catch (IOException e) {
      throw new QueryCanceledException("the client went away while its answer was sent", e);
    } finally {
      answer.release().run();
    }
  }

  /// The parameters of a call: those of the URL, and of a form in the body.
  static QueryParams parameters(ServiceRequestContext ctx, AggregatedHttpRequest request) {
    String query = ctx.query();
    QueryParams url = query == null ? QueryParams.of() : QueryParams.fromQueryString(query, false);
    MediaType type = request.contentType();
    if (request.method() != HttpMethod.POST
        || type == null
        || !type.belongsTo(MediaType.FORM_DATA)) {
      return url;
    }
    return QueryParams.fromQueryString(request.contentUtf8(), false).toBuilder().add(url).build();
  }
}
