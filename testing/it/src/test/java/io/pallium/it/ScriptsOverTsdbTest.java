package io.pallium.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.clock.ManualTimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.promql.script.ScriptReport;
import io.pallium.promql.script.ScriptRunner;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.Queryable;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import io.pallium.tsdb.Tsdb;
import io.pallium.tsdb.TsdbConfig;
import io.pallium.tsdb.TsdbLimits;
import io.pallium.tsdb.compact.CompactionConfig;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.log.LogConfig;
import io.pallium.tsdb.log.LogReplayProgress;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The scripts of PromQL over the real database instead of plain memory: what they say must hold
/// wherever the samples lie, start timestamps and reset hints of histograms included.
class ScriptsOverTsdbTest {
  private static final Path ROOT = Path.of(System.getProperty("pallium.root", "../.."));
  private static final Path OWN = ROOT.resolve("core/promql/src/test/resources/promql");
  private static final Path SHARED =
      Path.of(System.getProperty("pallium.shared", "")).resolve("promqltest");

  /// No chunk and no block is to end for its time alone, since plain memory has neither.
  private static final Duration RANGE = Duration.ofDays(100_000);

  private @Nullable Tsdb tsdb;

  /// Where the samples are when they are asked for.
  enum Place {
    HEAD,
    REPLAYED_HEAD,
    BLOCKS
  }

  @AfterEach
  void close() {
    if (tsdb != null) {
      tsdb.close();
      tsdb = null;
    }
  }

  @ParameterizedTest
  @EnumSource
  void passAsOverPlainMemory(Place place) throws IOException {
    ScriptRunner runner = ScriptRunner.withEverything().over(loaded -> stored(loaded, place));
    List<String> failures = new ArrayList<>();
    int passed = 0;
    for (Path script : scripts()) {
      ScriptReport report = runner.run(script.getFileName().toString(), Files.readString(script));
      passed += report.passed();
      report.failures().forEach(failure -> failures.add(failure.toString()));
    }

    assertThat(failures).isEmpty();
    assertThat(passed).isGreaterThan(100);
  }

  private static List<Path> scripts() throws IOException {
    List<Path> scripts = new ArrayList<>();
    for (Path folder : List.of(OWN, SHARED)) {
      if (Files.isDirectory(folder)) {
        try (Stream<Path> found = Files.walk(folder)) {
          found.filter(file -> file.toString().endsWith(".test")).sorted().forEach(scripts::add);
        }
      }
    }
    return scripts;
  }

  /// A new database with the same samples.
  private Queryable stored(Queryable loaded, Place place) {
    close();
    SimulatedFiles files = new SimulatedFiles(1);
    Tsdb opened = open(files);
    QueryControl control = QueryControl.unlimited();
    try (Querier querier =
        loaded.querier(TenantId.ANONYMOUS, Long.MIN_VALUE, Long.MAX_VALUE, control)) {
      SeriesSet set = querier.select(SelectHints.sorted(Long.MIN_VALUE, Long.MAX_VALUE), List.of());
      while (set.next()) {
        write(opened, set.labels(), set.samples());
      }
    }
    if (place == Place.REPLAYED_HEAD) {
      opened.close();
      opened = open(files);
    }
    if (place == Place.BLOCKS) {
      opened.flush(TenantId.ANONYMOUS);
    }
    tsdb = opened;
    return opened;
  }

  private static void write(Tsdb tsdb, Labels labels, SampleCursor samples) {
    SampleColumn column = new SampleColumn(QueryControl.unlimited());
    WriteBatch batch = new WriteBatch().reset(TenantId.ANONYMOUS);
    batch.addSeries(WriteBatch.NO_REF, labels.bytes(), 0, labels.bytes().length);
    boolean hasMore = true;
    while (hasMore) {
      column.clear();
      hasMore = samples.nextRun(column);
      for (int i = 0; i < column.size(); i++) {
        long timestampMs = column.timestampsMs()[i];
        NativeHistogram histogram = column.histogram(i);
        if (histogram == null) {
          batch.addSample(timestampMs, Double.doubleToRawLongBits(column.values()[i]));
          batch.starts().set(batch.sampleCount() - 1, column.startMs(i));
        } else {
          batch.addHistogram(timestampMs, histogram);
          batch.histogramStarts().set(batch.histogramCount() - 1, column.startMs(i));
        }
      }
    }
    WriteResult result = tsdb.write(batch).join();
    assertThat(result.firstRejection()).isEmpty();
  }

  private static Tsdb open(SimulatedFiles files) {
    HeadConfig head =
        new HeadConfig(RANGE, RANGE, DataSize.ofBytes(0), 1000, 1 << 20, 100, 100, true);
    return Tsdb.open(
        new TsdbConfig(
            Path.of("/data"),
            head,
            LogConfig.defaults(),
            CompactionConfig.defaults(),
            Duration.ofHours(1),
            Duration.ZERO),
        files,
        new ManualTimeSource(RANGE.toMillis()),
        TsdbLimits.DEFAULTS,
        new PrometheusRegistry(),
        LogReplayProgress.NONE);
  }
}
