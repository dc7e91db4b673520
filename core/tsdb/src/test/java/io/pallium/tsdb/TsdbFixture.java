package io.pallium.tsdb;

import io.pallium.base.clock.ManualTimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import io.pallium.tsdb.compact.CompactionConfig;
import io.pallium.tsdb.compact.RetentionLimits;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.file.LocalDurableFiles;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.head.HeadLimits;
import io.pallium.tsdb.log.LogConfig;
import io.pallium.tsdb.log.LogReplayProgress;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A database in a directory of a test, with a clock that stands still, and short ways to write to
/// it and to read everything back.
final class TsdbFixture implements AutoCloseable {
  static final TenantId TENANT = new TenantId("tenant-1");
  static final TenantId OTHER = new TenantId("tenant-2");
  static final long NOW_MS = 1_800_000_000_000L;

  final ManualTimeSource time = new ManualTimeSource(NOW_MS);
  final Path directory;
  final HeadConfig head;
  final Function<TenantId, HeadLimits> limits;
  DurableFiles files;
  final int maxLogSegments;
  CompactionConfig compaction;
  long segmentBytes = 1 << 16;
  RetentionLimits retention = RetentionLimits.NONE;
  PrometheusRegistry registry = new PrometheusRegistry();
  Tsdb tsdb;

  TsdbFixture(Path directory) {
    this(directory, HeadConfig.defaults(), _ -> HeadLimits.defaults());
  }

  TsdbFixture(Path directory, HeadConfig head, Function<TenantId, HeadLimits> limits) {
    this(directory, head, limits, new LocalDurableFiles());
  }

  TsdbFixture(
      Path directory, HeadConfig head, Function<TenantId, HeadLimits> limits, DurableFiles files) {
    this(directory, head, limits, files, LogConfig.defaults().maxSegments());
  }

  /// @param maxLogSegments the number of segments above which the log asks for cuts
  TsdbFixture(
      Path directory,
      HeadConfig head,
      Function<TenantId, HeadLimits> limits,
      DurableFiles files,
      int maxLogSegments) {
    this.directory = directory;
    this.maxLogSegments = maxLogSegments;
    this.head = head;
    this.compaction = compaction(false);
    this.limits = limits;
    this.files = files;
    this.tsdb = open();
  }

  /// A configuration with ranges in milliseconds.
  static HeadConfig head(long blockRangeMs, long openRangeMs, int chunkSamples) {
    return new HeadConfig(
        Duration.ofMillis(blockRangeMs),
        Duration.ofMillis(openRangeMs),
        DataSize.ofBytes(0),
        chunkSamples,
        1 << 14,
        100,
        100,
        true);
  }

  /// Compactions when asked, of blocks up to three and nine block ranges.
  CompactionConfig compaction(boolean isEnabled) {
    return new CompactionConfig(
        isEnabled,
        Duration.ZERO,
        List.of(head.blockRange().multipliedBy(3), head.blockRange().multipliedBy(9)),
        1,
        DataSize.ZERO,
        Duration.ofMinutes(10));
  }

  /// Opens again with compactions.
  void restartCompacting() {
    compaction = compaction(true);
    restart();
  }

  void restart() {
    tsdb.close();
    tsdb = open();
  }

  /// The process ends, whatever it is doing, and begins again; on simulated files.
  void kill() {
    files = ((SimulatedFiles) files).restartProcess();
    tsdb.close();
    tsdb = open();
  }

  /// 8,000 characters that no two numbers have in common and that cannot be compressed much: to
  /// fill the log.
  static String noise(int number) {
    Random random = new Random(number);
    return random
        .ints(8000, '!', '\u007f')
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /// One batch of one sample per series and time, without refs. Samples of one series that follow
  /// each other are one entry of the batch.
  WriteResult write(TenantId tenant, Sample... samples) {
    WriteBatch batch = new WriteBatch().reset(tenant);
    Labels previous = Labels.EMPTY;
    for (Sample sample : samples) {
      byte[] labels = sample.labels().bytes();
      if (!sample.labels().equals(previous)) {
        batch.addSeries(WriteBatch.NO_REF, labels, 0, labels.length);
        previous = sample.labels();
      }
      if (sample.histogram() == null) {
        batch.addSample(sample.timestampMs(), sample.bits());
        batch.starts().set(batch.sampleCount() - 1, sample.startMs());
      } else {
        batch.addHistogram(sample.timestampMs(), sample.histogram());
        batch.histogramStarts().set(batch.histogramCount() - 1, sample.startMs());
      }
    }
    return tsdb.write(batch).join();
  }

  /// All samples of matching series in a range, series in the order they came.
  Map<Labels, TreeMap<Long, Object>> read(
      TenantId tenant, long minTimeMs, long maxTimeMs, LabelMatcher... matchers) {
    Map<Labels, TreeMap<Long, Object>> found = new LinkedHashMap<>();
    QueryControl control = QueryControl.unlimited();
    try (Querier querier = tsdb.querier(tenant, minTimeMs, maxTimeMs, control)) {
      SeriesSet set = querier.select(SelectHints.sorted(minTimeMs, maxTimeMs), List.of(matchers));
      while (set.next()) {
        TreeMap<Long, Object> samples = samples(set.samples(), control);
        if (!samples.isEmpty() && found.put(set.labels(), samples) != null) {
          throw new AssertionError("series twice: " + set.labels());
        }
      }
    }
    return found;
  }

  Map<Labels, TreeMap<Long, Object>> readAll(TenantId tenant) {
    return read(tenant, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  /// What a sample with a start timestamp reads as.
  ///
  /// @param value bits of a float, or a histogram
  record Started(Object value, long startMs) {
    /// The value alone if there is no start timestamp.
    static Object of(Object value, long startMs) {
      return startMs == 0 ? value : new Started(value, startMs);
    }

    /// What was given to [#of].
    static Object value(Object sample) {
      return sample instanceof Started started ? started.value : sample;
    }
  }

  /// Reads a cursor to its end: bits of floats, or histograms, [Started] where it is known when.
  static TreeMap<Long, Object> samples(SampleCursor cursor, QueryControl control) {
    TreeMap<Long, Object> samples = new TreeMap<>();
    SampleColumn column = new SampleColumn(control);
    while (cursor.nextRun(column)) {}
    for (int i = 0; i < column.size(); i++) {
      NativeHistogram histogram = column.histogram(i);
      long timestampMs = column.timestampsMs()[i];
      if (!samples.isEmpty() && samples.lastKey() >= timestampMs) {
        throw new AssertionError("not ascending: " + samples.lastKey() + ", " + timestampMs);
      }
      Object value = histogram != null ? histogram : Double.doubleToRawLongBits(column.values()[i]);
      samples.put(timestampMs, Started.of(value, column.startMs(i)));
    }
    column.release();
    return samples;
  }

  List<Labels> select(TenantId tenant, LabelMatcher... matchers) {
    List<Labels> found = new ArrayList<>();
    try (Querier querier =
        tsdb.querier(tenant, Long.MIN_VALUE, Long.MAX_VALUE, QueryControl.unlimited())) {
      SeriesSet set =
          querier.select(SelectHints.seriesOnly(Long.MIN_VALUE, Long.MAX_VALUE), List.of(matchers));
      while (set.next()) {
        found.add(set.labels());
      }
    }
    return found;
  }

  /// The value of a counter or gauge without labels.
  double metric(String name) {
    for (MetricSnapshot snapshot : registry.scrape(name::equals)) {
      return switch (snapshot) {
        case CounterSnapshot counter -> counter.getDataPoints().getFirst().getValue();
        case GaugeSnapshot gauge -> gauge.getDataPoints().getFirst().getValue();
        default -> throw new AssertionError(name + " is " + snapshot);
      };
    }
    throw new AssertionError("no metric " + name);
  }

  @Override
  public void close() {
    tsdb.close();
  }

  private Tsdb open() {
    registry = new PrometheusRegistry();
    return Tsdb.open(
        new TsdbConfig(
            directory, head, logConfig(), compaction, Duration.ofHours(1), Duration.ZERO),
        files,
        time,
        new TsdbLimits(limits, _ -> retention),
        registry,
        LogReplayProgress.NONE);
  }

  /// Not forced: these tests are about what is read back from memory and from the log.
  private LogConfig logConfig() {
    LogConfig defaults = LogConfig.defaults();
    return new LogConfig(
        false,
        Duration.ZERO,
        segmentBytes,
        defaults.bufferBytes(),
        defaults.reserveTimeout(),
        maxLogSegments,
        0);
  }

  /// One sample of one series: bits of a float, or a histogram.
  record Sample(
      Labels labels,
      long timestampMs,
      long bits,
      @Nullable NativeHistogram histogram,
      long startMs) {
    Sample(Labels labels, long timestampMs, long bits, @Nullable NativeHistogram histogram) {
      this(labels, timestampMs, bits, histogram, 0);
    }

    static Sample of(Labels labels, long timestampMs, double value) {
      return new Sample(labels, timestampMs, Double.doubleToRawLongBits(value), null);
    }

    static Sample of(Labels labels, long timestampMs, NativeHistogram histogram) {
      return new Sample(labels, timestampMs, 0, histogram);
    }

    Sample since(long newStartMs) {
      return new Sample(labels, timestampMs, bits, histogram, newStartMs);
    }

    /// As it is read.
    Object content() {
      return Started.of(histogram == null ? bits : histogram, startMs);
    }
  }
}
