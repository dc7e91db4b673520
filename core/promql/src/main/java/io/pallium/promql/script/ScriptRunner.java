package io.pallium.promql.script;

import io.pallium.base.BadRequestException;
import io.pallium.base.PalliumException;
import io.pallium.model.TenantId;
import io.pallium.promql.EngineConfig;
import io.pallium.promql.Feature;
import io.pallium.promql.Features;
import io.pallium.promql.ParsedQuery;
import io.pallium.promql.QueryEngine;
import io.pallium.promql.QueryOptions;
import io.pallium.promql.QueryResult;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.script.Expectation.RangeTimes;
import io.pallium.promql.script.ScriptCommand.Broken;
import io.pallium.promql.script.ScriptCommand.Clear;
import io.pallium.promql.script.ScriptCommand.Eval;
import io.pallium.promql.script.ScriptCommand.Load;
import io.pallium.promql.script.ScriptCommand.Question;
import io.pallium.storage.QueryControl;
import io.pallium.storage.Queryable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/// Runs scripts. An instant query is asked as it stands, then at other times with its own time
/// fixed by `@`, and each of these once more as a range query that has its time in the middle: all
/// must give the same. Confined to one thread.
public final class ScriptRunner {
  private static final Pattern DEPENDS_ON_QUERY = Pattern.compile("(start|end|range|step)\\(\\)");
  private static final long MINUTE_MS = 60_000;

  private final QueryEngine engine;
  private final UnaryOperator<Queryable> stored;

  /// @param engine what is tested
  public ScriptRunner(QueryEngine engine) {
    this(engine, UnaryOperator.identity());
  }

  private ScriptRunner(QueryEngine engine, UnaryOperator<Queryable> stored) {
    this.engine = engine;
    this.stored = stored;
  }

  /// A runner whose engine has everything experimental switched on, as Prometheus runs its scripts:
  /// but for annotations by types, which are off there.
  public static ScriptRunner withEverything() {
    Features features = Features.ALL.with(Feature.TYPE_AND_UNIT_LABELS, false);
    return new ScriptRunner(new QueryEngine(EngineConfig.defaults(), features, Runnable::run));
  }

  /// A runner that asks another store than plain memory.
  ///
  /// @param newStored puts all series of the given store into a new one, for the tenant
  ///   [TenantId#ANONYMOUS]; called for the first query after data were loaded or cleared
  public ScriptRunner over(UnaryOperator<Queryable> newStored) {
    return new ScriptRunner(engine, newStored);
  }

  /// Runs a script.
  ///
  /// @param file its name, for the report
  public ScriptReport run(String file, String script) {
    List<ScriptFailure> failures = new ArrayList<>();
    ScriptStore store = new ScriptStore();
    Queryable asked = null;
    int passed = 0;
    for (ScriptCommand command : ScriptParser.parse(script)) {
      switch (command) {
        case Clear _ -> {
          store = new ScriptStore();
          asked = null;
        }
        case Load load -> {
          asked = null;
          try {
            store.load(load);
          } catch (BadRequestException e) {
            failures.add(
                new ScriptFailure(file, load.line(), "load", "data that fit", e.getMessage()));
          }
        }
        case Broken broken ->
            failures.add(
                new ScriptFailure(
                    file, broken.line(), broken.text(), "a command", broken.reason()));
        case Eval eval -> {
          asked = asked == null ? stored.apply(store.data()) : asked;
          Mismatch mismatch = new Evaluation(asked, eval).run();
          if (mismatch == null) {
            passed++;
          } else {
            failures.add(
                new ScriptFailure(
                    file,
                    eval.line(),
                    eval.question().query(),
                    mismatch.expected(),
                    mismatch.got()));
          }
        }
      }
    }
    return new ScriptReport(file, passed, failures);
  }

  /// One `eval` in all its forms.
  private final class Evaluation {
    private final Queryable store;
    private final Question question;
    private final Expectation expected;

    Evaluation(Queryable store, Eval eval) {
      this.store = store;
      this.question = eval.question();
      this.expected = eval.expected();
    }

    /// What went wrong; null if nothing did.
    @org.jspecify.annotations.Nullable
    Mismatch run() {
      try {
        if (question.isRange()) {
          range();
          return null;
        }
        ParsedQuery query = engine.parse(question.query());
        instant(query, question.startMs());
        String fixed = AtTimes.fix(query.expr(), question.startMs());
        if (!fixed.isEmpty()) {
          ParsedQuery fixedQuery = engine.parse(fixed);
          for (long timeMs : AtTimes.others(question.startMs())) {
            instant(fixedQuery, timeMs);
          }
        }
        return null;
      } catch (Mismatch e) {
        return e;
      } catch (PalliumException e) {
        return new Mismatch("an answer", "failure: " + e.getMessage());
      } catch (RuntimeException | AssertionError e) {
        // A defect of the engine must not hide what the other queries give.
        return new Mismatch("an answer", "defect: " + e + " at " + e.getStackTrace()[0]);
      }
    }

    private void range() throws Mismatch {
      RangeTimes times = new RangeTimes(question.startMs(), question.endMs(), question.stepMs());
      ParsedQuery query = engine.parse(question.query());
      try (QueryResult result = range(query, times)) {
        requireNoFailure();
        expected.checkAnnotations(result.warnings(), result.infos());
        new ResultCheck(expected).check(result, times);
      } catch (PalliumException e) {
        checkFailure(e);
      }
    }

    private void instant(ParsedQuery query, long timeMs) throws Mismatch {
      ValueType type;
      try (QueryResult result =
          engine.instant(
              store,
              TenantId.ANONYMOUS,
              query,
              timeMs,
              QueryOptions.DEFAULT,
              QueryControl.unlimited())) {
        requireNoFailure();
        expected.checkAnnotations(result.warnings(), result.infos());
        new ResultCheck(expected).check(result, new RangeTimes(timeMs, timeMs, 0));
        type = result.type();
      } catch (PalliumException e) {
        checkFailure(e);
        return;
      } catch (Mismatch e) {
        throw of(query, "at " + timeMs + " ms", e);
      }
      if (expected.isOnlyInstant()
          || expected.isOrdered()
          || DEPENDS_ON_QUERY.matcher(query.text()).find()) {
        return;
      }
      RangeTimes around = new RangeTimes(timeMs - MINUTE_MS, timeMs + MINUTE_MS, MINUTE_MS);
      try (QueryResult result = range(query, around)) {
        new ResultCheck(expected).checkStep(result, timeMs, type);
      } catch (Mismatch e) {
        throw of(query, "as a range query at " + timeMs + " ms", e);
      } catch (PalliumException e) {
        throw of(
            query,
            "as a range query around " + timeMs + " ms",
            new Mismatch("an answer", "failure: " + e.getMessage()));
      }
    }

    private QueryResult range(ParsedQuery query, RangeTimes times) {
      return engine.range(
          store,
          TenantId.ANONYMOUS,
          query,
          times.startMs(),
          times.endMs(),
          times.stepMs(),
          QueryOptions.DEFAULT,
          QueryControl.unlimited());
    }

    /// Names the form of the query in which something went wrong, unless it is that of the script.
    private Mismatch of(ParsedQuery query, String form, Mismatch mismatch) {
      boolean isAsWritten =
          query.text().equals(question.query()) && form.equals("at " + question.startMs() + " ms");
      return isAsWritten
          ? mismatch
          : new Mismatch(
              mismatch.expected() + " from " + query.text() + " " + form, mismatch.got());
    }

    private void requireNoFailure() throws Mismatch {
      Expectation.Text failure = expected.failure();
      if (failure != null) {
        throw new Mismatch("the failure " + failure, "an answer");
      }
    }

    private void checkFailure(PalliumException e) throws Mismatch {
      Expectation.Text failure = expected.failure();
      if (failure == null) {
        throw new Mismatch("an answer", "failure: " + e.getMessage());
      }
      if (!failure.matches(e.getMessage())) {
        throw new Mismatch("the failure " + failure, e.getMessage());
      }
    }
  }
}
