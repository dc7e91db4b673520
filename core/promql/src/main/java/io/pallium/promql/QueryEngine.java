package io.pallium.promql;

import io.pallium.base.BadRequestException;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.TenantId;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.exec.Execution;
import io.pallium.promql.exec.ExecutionContext;
import io.pallium.promql.exec.ResultSeries;
import io.pallium.promql.exec.Semantics;
import io.pallium.promql.exec.Steps;
import io.pallium.promql.parse.PromqlParser;
import io.pallium.promql.plan.Plan;
import io.pallium.promql.plan.Planner;
import io.pallium.promql.plan.ScalarPlan;
import io.pallium.promql.plan.VectorPlan;
import io.pallium.storage.QueryControl;
import io.pallium.storage.Queryable;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// Evaluates PromQL as Prometheus 3.14 does, to the last bit. Immutable and thread-safe; each query
/// runs on the thread that asks, and its work on single series on the pool too.
///
/// All memory of a query is reserved from the budget of its [QueryControl] before it is allocated.
/// When a method throws, everything is given back; when it returns, what the result holds is given
/// back when that is closed.
public final class QueryEngine {
  private final EngineConfig config;
  private final Features features;
  private final Executor pool;

  /// @param features what is switched on for queries that do not say so themselves
  /// @param pool where the work on single series runs: a few platform threads, shared by all
  ///   queries; may refuse work, which the query's own thread then does
  public QueryEngine(EngineConfig config, Features features, Executor pool) {
    this.config = config;
    this.features = features;
    this.pool = pool;
  }

  /// What is switched on for queries that do not say so themselves.
  public Features features() {
    return features;
  }

  /// Parses a query for this engine.
  ///
  /// @throws BadRequestException if it cannot be parsed or does not type-check
  public ParsedQuery parse(String query) {
    return parse(query, features, QueryControl.unlimited());
  }

  /// Parses a query that is evaluated with features of its own.
  ///
  /// @param control whose memory the tree is reserved from while it grows; its evaluation reserves
  ///   it again
  /// @throws BadRequestException if it cannot be parsed, does not type-check, or is over a limit
  /// @throws io.pallium.base.LimitExceededException if its tree needs more memory than there is
  public ParsedQuery parse(String query, Features with, QueryControl control) {
    try (MemoryBudget growing = control.budget().child("tree of the query", Long.MAX_VALUE)) {
      Expr expr = PromqlParser.parse(query, with.parserOptions(), config.parserLimits(), growing);
      return new ParsedQuery(query, expr, with, growing.reservedBytes());
    }
  }

  /// Evaluates a query at one time.
  ///
  /// @param timeMs in milliseconds since the epoch
  /// @throws BadRequestException if it cannot be parsed or does not type-check
  /// @throws io.pallium.base.QueryFailedException if it cannot be evaluated
  /// @throws io.pallium.base.LimitExceededException if it needs more memory than the budget has
  /// @throws io.pallium.base.QueryTimeoutException if its time is over
  /// @throws io.pallium.base.QueryCanceledException if its caller went away
  public QueryResult instant(
      Queryable queryable,
      TenantId tenant,
      String query,
      long timeMs,
      QueryOptions options,
      QueryControl control) {
    return instant(queryable, tenant, parse(query, features, control), timeMs, options, control);
  }

  /// The same for a parsed query.
  public QueryResult instant(
      Queryable queryable,
      TenantId tenant,
      ParsedQuery query,
      long timeMs,
      QueryOptions options,
      QueryControl control) {
    Plan plan = planner(timeMs, timeMs, 0).plan(query.expr());
    return execute(
        context(queryable, tenant, query, options, control),
        query,
        plan,
        Steps.instant(timeMs),
        options.countsSamples(),
        true);
  }

  /// Evaluates a query at steps from `startMs` to `endMs`, both inclusive.
  ///
  /// @param stepMs the distance of the steps, at least 1
  /// @throws BadRequestException if the query cannot be parsed, does not type-check or is neither a
  ///   scalar nor an instant vector, or if the range is not one
  /// @throws io.pallium.base.PalliumException for what [#instant] throws
  public QueryResult range(
      Queryable queryable,
      TenantId tenant,
      String query,
      long startMs,
      long endMs,
      long stepMs,
      QueryOptions options,
      QueryControl control) {
    return range(
        queryable,
        tenant,
        parse(query, features, control),
        startMs,
        endMs,
        stepMs,
        options,
        control);
  }

  /// The same for a parsed query.
  public QueryResult range(
      Queryable queryable,
      TenantId tenant,
      ParsedQuery query,
      long startMs,
      long endMs,
      long stepMs,
      QueryOptions options,
      QueryControl control) {
    if (stepMs < 1) {
      throw new BadRequestException("the step must be at least 1 ms: " + stepMs);
    }
    if (endMs < startMs) {
      throw new BadRequestException("the end " + endMs + " is before the start " + startMs);
    }
    ValueType type = query.expr().type();
    if (type != ValueType.SCALAR && type != ValueType.VECTOR) {
      throw new BadRequestException(
          "invalid expression type \""
              + type.documentedName()
              + "\" for range query, must be Scalar or instant Vector");
    }
    Plan plan = planner(startMs, endMs, stepMs).plan(query.expr());
    Steps steps = Steps.range(startMs, endMs, stepMs);
    return execute(
        context(queryable, tenant, query, options, control),
        query,
        plan,
        steps,
        options.countsSamples(),
        false);
  }

  private Planner planner(long startMs, long endMs, long stepMs) {
    return new Planner(startMs, endMs, stepMs, config.defaultSubqueryStep().toMillis());
  }

  private ExecutionContext context(
      Queryable queryable,
      TenantId tenant,
      ParsedQuery query,
      QueryOptions options,
      QueryControl control) {
    long lookbackMs = options.lookback().orElse(config.lookback()).toMillis();
    Semantics semantics =
        new Semantics(
            query.features().has(Feature.START_TIMESTAMPS),
            query.features().has(Feature.DELAYED_NAME_REMOVAL),
            query.features().has(Feature.TYPE_AND_UNIT_LABELS));
    return new ExecutionContext(
        queryable, tenant, control, pool, config.parallelism(), lookbackMs, semantics);
  }

  private static QueryResult execute(
      ExecutionContext context,
      ParsedQuery query,
      Plan plan,
      Steps asked,
      boolean countsSamples,
      boolean isInstant) {
    Execution execution = new Execution(context);
    boolean isDone = false;
    try (context) {
      execution.reserve(query.bytes());
      Steps steps = countsSamples ? execution.counted(asked) : asked;
      ValueType type = isInstant ? query.expr().type() : ValueType.MATRIX;
      String text = null;
      List<ResultSeries> series =
          switch (plan) {
            case Plan.Text(String value) -> {
              text = value;
              yield List.of();
            }
            case Plan.Raw raw -> execution.raw(raw.source(), steps);
            case ScalarPlan scalar -> List.of(execution.scalar(scalar, steps));
            case VectorPlan vector -> execution.vector(vector, steps, !isInstant);
          };
      QueryResult result = result(context, execution, query, type, steps, series, text);
      isDone = true;
      return result;
    } finally {
      if (!isDone) {
        execution.close();
      }
    }
  }

  private static QueryResult result(
      ExecutionContext context,
      Execution execution,
      ParsedQuery query,
      ValueType type,
      Steps steps,
      List<ResultSeries> series,
      @Nullable String text) {
    return new QueryResult(
        type,
        steps,
        series,
        text,
        context.annotations().warnings(query.text()),
        context.annotations().infos(query.text()),
        execution);
  }
}
