package io.pallium.bench;

import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.WriteBatch;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Finds series by their labels among a million of one tenant in the head: 10,000 pods of 100
/// series each, and a label with a value of its own for each series.
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class LabelLookupBenchmark {
  private static final int SERIES = 1_000_000;
  private static final int BATCH = 10_000;
  private static final String POD = WriteRequests.labels(SERIES / 2).getOrDefault("pod", "");

  /// What is looked for; behind it, how many series that is.
  public enum Lookup {
    /// 1.
    ONE_SERIES(LabelMatcher.of(LabelMatcher.Type.EQUAL, "id", "id-777777")),
    /// 50.
    METRIC_OF_A_POD(
        LabelMatcher.of(LabelMatcher.Type.EQUAL, "__name__", "requests_handled_total"),
        LabelMatcher.of(LabelMatcher.Type.EQUAL, "pod", POD)),
    /// 100.
    ONE_OF_THREE_PODS(LabelMatcher.of(LabelMatcher.Type.REGEX, "pod", POD + "|none|nobody")),
    /// 52, by a regular expression that is tried on 10,000 values.
    PODS_BY_PREFIX(
        LabelMatcher.of(LabelMatcher.Type.REGEX, "pod", "service-7-1.*"),
        LabelMatcher.of(LabelMatcher.Type.EQUAL, "quantity", "kind-7")),
    /// 10,000.
    ONE_KIND(LabelMatcher.of(LabelMatcher.Type.EQUAL, "quantity", "kind-7")),
    /// 41,700, all of them compared with the other matcher.
    METRIC_OF_A_JOB(
        LabelMatcher.of(LabelMatcher.Type.EQUAL, "__name__", "requests_handled_total"),
        LabelMatcher.of(LabelMatcher.Type.EQUAL, "job", "team/service-3")),
    /// 3,979, by a regular expression that is tried on a million values.
    MILLION_VALUES(LabelMatcher.of(LabelMatcher.Type.REGEX, "id", ".*7(7|8)?77.*"));

    @SuppressWarnings("ImmutableEnumChecker") // Nobody changes what List.of gave.
    private final List<LabelMatcher> matchers;

    Lookup(LabelMatcher... matchers) {
      this.matchers = List.of(matchers);
    }
  }

  @Param public Lookup lookup = Lookup.ONE_SERIES;

  private final Database database = new Database(false);
  private long timestampMs;

  @Setup
  public void createSeries() {
    timestampMs = System.currentTimeMillis();
    WriteBatch batch = new WriteBatch();
    for (int first = 0; first < SERIES; first += BATCH) {
      batch.reset(Database.TENANT);
      for (int i = first; i < first + BATCH; i++) {
        Map<String, String> labels = WriteRequests.labels(i);
        labels.put("id", "id-" + i);
        byte[] bytes = Labels.of(labels).bytes();
        batch.addSeries(WriteBatch.NO_REF, bytes, 0, bytes.length);
        batch.addSample(timestampMs, Double.doubleToRawLongBits(i));
      }
      var unused = database.tsdb().write(batch).join();
    }
    System.out.println(lookup + ": " + select() + " series");
  }

  @TearDown
  public void close() {
    database.close();
  }

  /// Finds the series, without their samples and in any order.
  @Benchmark
  public int select() {
    SelectHints hints = new SelectHints(timestampMs, timestampMs, 0, 0, false, true);
    QueryControl control = QueryControl.unlimited();
    try (Querier querier =
        database.tsdb().querier(Database.TENANT, timestampMs, timestampMs, control)) {
      SeriesSet series = querier.select(hints, lookup.matchers);
      int count = 0;
      while (series.next()) {
        count++;
      }
      return count;
    }
  }
}
