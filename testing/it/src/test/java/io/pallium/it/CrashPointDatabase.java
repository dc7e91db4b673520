package io.pallium.it;

import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import io.pallium.tsdb.Tsdb;
import io.pallium.tsdb.TsdbConfig;
import io.pallium.tsdb.TsdbLimits;
import io.pallium.tsdb.compact.CompactionConfig;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.file.LocalDurableFiles;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.log.LogConfig;
import io.pallium.tsdb.log.LogReplayProgress;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/// A process with a database of small files, of which a journal says what it was given: arguments
/// `write DIRECTORY JOURNAL POINT COUNTDOWN`, which halts at the crash point, or closes after many
/// batches; or `check DIRECTORY JOURNAL`, which ends with 1 if something is missing, twice there or
/// was refused.
public final class CrashPointDatabase {
  private static final TenantId TENANT = new TenantId("crash");
  private static final int SERIES = 40;
  private static final int BATCHES = 1_500;
  private static final long STEP_MS = 10;
  private static final String SENT = "sent ";
  private static final String STORED = "stored ";

  private CrashPointDatabase() {}

  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[1]);
    Path journal = Path.of(args[2]);
    if (args[0].equals("write")) {
      CrashPoint point = CrashPoint.valueOf(args[3]);
      write(new HaltingFiles(directory, point, Integer.parseInt(args[4])), directory, journal);
    } else {
      check(directory, journal);
    }
  }

  private static Tsdb open(DurableFiles files, Path directory) {
    return Tsdb.open(
        new TsdbConfig(
            directory,
            new HeadConfig(
                Duration.ofMillis(200 * STEP_MS),
                Duration.ofMillis(300 * STEP_MS),
                DataSize.ZERO,
                10,
                1 << 14,
                100,
                100,
                false),
            new LogConfig(true, Duration.ZERO, 1 << 14, 1 << 20, Duration.ofSeconds(5), 1_000, 0),
            CompactionConfig.defaults().withInterval(Duration.ZERO),
            Duration.ofHours(1),
            Duration.ZERO),
        files,
        TimeSource.SYSTEM,
        TsdbLimits.DEFAULTS,
        new PrometheusRegistry(),
        LogReplayProgress.NONE);
  }

  private static void write(DurableFiles files, Path directory, Path journal) throws IOException {
    List<String> before = linesOf(journal);
    long timeMs =
        before.isEmpty()
            ? System.currentTimeMillis() - Duration.ofHours(1).toMillis()
            : timeOf(before.getLast());
    try (Tsdb tsdb = open(files, directory)) {
      for (int i = 1; i <= BATCHES; i++) {
        timeMs += STEP_MS;
        note(journal, SENT + timeMs);
        WriteResult result = tsdb.write(batch(timeMs, 0)).join();
        if (result.storedSamples() != SERIES) {
          throw new AssertionError("refused: " + result.firstRejection());
        }
        note(journal, STORED + timeMs);
        if (tsdb.write(batch(timeMs, 1)).join().storedSamples() > 0) {
          throw new AssertionError("another value is stored at " + timeMs);
        }
        if (i % 20 == 0) {
          tsdb.maintain();
        }
      }
    }
  }

  /// @param error added to the value that every sample has
  private static WriteBatch batch(long timeMs, int error) {
    WriteBatch batch = new WriteBatch().reset(TENANT);
    for (int i = 0; i < SERIES; i++) {
      byte[] labels = Labels.of("__name__", "m" + i).bytes();
      batch.addSeries(WriteBatch.NO_REF, labels, 0, labels.length);
      batch.addSample(timeMs, Double.doubleToRawLongBits(value(timeMs) + error));
    }
    return batch;
  }

  /// Hard to compress, so that files fill.
  private static double value(long timeMs) {
    return new Random(timeMs).nextGaussian();
  }

  private static long timeOf(String line) {
    return Long.parseLong(line.substring(line.indexOf(' ') + 1));
  }

  private static void note(Path journal, String line) throws IOException {
    Files.writeString(journal, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static List<String> linesOf(Path journal) throws IOException {
    return Files.exists(journal) ? Files.readAllLines(journal) : List.of();
  }

  private static void check(Path directory, Path journal) throws IOException {
    Set<Long> sent = new HashSet<>();
    Set<Long> stored = new TreeSet<>();
    for (String line : linesOf(journal)) {
      (line.startsWith(STORED) ? stored : sent).add(timeOf(line));
    }
    int series = 0;
    QueryControl control = QueryControl.unlimited();
    try (Tsdb tsdb = open(new LocalDurableFiles(), directory);
        Querier querier = tsdb.querier(TENANT, Long.MIN_VALUE, Long.MAX_VALUE, control)) {
      SeriesSet found =
          querier.select(SelectHints.sorted(Long.MIN_VALUE, Long.MAX_VALUE), List.of());
      while (found.next()) {
        SampleColumn column = new SampleColumn(control);
        SampleCursor samples = found.samples();
        while (samples.nextRun(column)) {}
        check(found.labels(), column, sent, stored);
        series++;
      }
    }
    if (series != SERIES && !stored.isEmpty()) {
      fail(series + " series");
    }
    System.out.printf("%d acknowledged times of %d series are there once%n", stored.size(), series);
  }

  private static void check(Labels labels, SampleColumn column, Set<Long> sent, Set<Long> stored) {
    Set<Long> times = new HashSet<>();
    for (int i = 0; i < column.size(); i++) {
      long timeMs = column.timestampsMs()[i];
      if (!times.add(timeMs) || !sent.contains(timeMs) || column.values()[i] != value(timeMs)) {
        fail(labels + " at " + timeMs + ": " + column.values()[i]);
      }
    }
    for (long timeMs : stored) {
      if (!times.contains(timeMs)) {
        fail(labels + " at " + timeMs + " is lost");
      }
    }
  }

  private static void fail(String what) {
    System.out.println(what);
    System.exit(1);
  }
}
