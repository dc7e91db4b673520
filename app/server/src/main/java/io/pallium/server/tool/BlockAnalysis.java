package io.pallium.server.tool;

import io.pallium.base.CorruptDataException;
import io.pallium.chunk.ChunkEncoding;
import io.pallium.model.LabelCursor;
import io.pallium.model.Labels;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.BlockReader;
import io.pallium.tsdb.block.BlockScan;
import java.io.PrintStream;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What is in a block: how many series by what, how long they live, and how well they compress.
final class BlockAnalysis {
  // A series that ends or begins further than this share of the block from its bounds has churned.
  private static final double CHURN_SHARE = 0.1;

  /// By number of the encoding; see [ChunkEncoding].
  private static final List<String> ENCODINGS =
      List.of(
          "",
          "floats",
          "histograms",
          "float histograms",
          "floats with start timestamps",
          "histograms with start timestamps",
          "float histograms with start timestamps");

  private final BlockReader block;
  private final Map<String, Long> seriesByMetric = new HashMap<>();
  private final Map<String, Long> seriesByPair = new HashMap<>();
  private final Map<String, Set<String>> valuesByName = new HashMap<>();
  private final long[] chunksByEncoding = new long[ENCODINGS.size()];
  private final long[] bytesByEncoding = new long[ENCODINGS.size()];
  private final long[] samplesByEncoding = new long[ENCODINGS.size()];
  private long series;
  private long churned;
  private long fullChunks;

  BlockAnalysis(BlockReader block) {
    this.block = block;
    try (BlockScan scan = block.scan()) {
      while (scan.next()) {
        countLabels(scan.labels());
        countChunks(scan);
      }
    }
  }

  private void countLabels(Labels labels) {
    series++;
    LabelCursor cursor = labels.cursor();
    while (cursor.next()) {
      String name = cursor.name();
      String value = cursor.value();
      valuesByName.computeIfAbsent(name, _ -> new HashSet<>()).add(value);
      seriesByPair.merge(name + "=" + value, 1L, Long::sum);
      if (name.equals(Labels.METRIC_NAME)) {
        seriesByMetric.merge(value, 1L, Long::sum);
      }
    }
  }

  private void countChunks(BlockScan scan) {
    BlockMeta meta = block.meta();
    double edgeMs = (meta.maxTimeMs() - meta.minTimeMs()) * CHURN_SHARE;
    int count = scan.chunkCount();
    if (count > 0
        && (scan.chunkMinMs(0) > meta.minTimeMs() + edgeMs
            || scan.chunkMaxMs(count - 1) < meta.maxTimeMs() - edgeMs)) {
      churned++;
    }
    for (int chunk = 0; chunk < count; chunk++) {
      scan.read(chunk);
      int encoding = scan.encoding();
      int samples = sampleCount(scan);
      chunksByEncoding[encoding]++;
      bytesByEncoding[encoding] += scan.lengthBytes();
      samplesByEncoding[encoding] += samples;
      fullChunks += samples >= 120 ? 1 : 0;
    }
  }

  private int sampleCount(BlockScan scan) {
    try {
      return ChunkEncoding.sampleCount(
          scan.encoding(), scan.buffer(), scan.offset(), scan.lengthBytes());
    } catch (CorruptDataException e) {
      throw new CorruptDataException(block.location() + ": a chunk " + e.getMessage(), e);
    }
  }

  void print(PrintStream out, int limit) {
    BlockMeta meta = block.meta();
    out.println("Series: " + series);
    out.println("Label names: " + valuesByName.size());
    out.println("Label pairs: " + seriesByPair.size());
    out.println("Samples: " + meta.stats().samples());
    out.println("Chunks: " + meta.stats().chunks() + ", " + fullChunks + " full");
    out.printf(
        Locale.ROOT,
        "Bytes: %d, %.3f per sample%n",
        block.lengthBytes(),
        (double) block.lengthBytes() / Math.max(1, meta.stats().samples()));
    for (int encoding = 1; encoding < ENCODINGS.size(); encoding++) {
      if (chunksByEncoding[encoding] > 0) {
        out.printf(
            Locale.ROOT,
            "  %-16s %d chunks, %.1f samples each, %.3f bytes per sample%n",
            ENCODINGS.get(encoding) + ":",
            chunksByEncoding[encoding],
            (double) samplesByEncoding[encoding] / chunksByEncoding[encoding],
            (double) bytesByEncoding[encoding] / Math.max(1, samplesByEncoding[encoding]));
      }
    }
    out.printf(
        Locale.ROOT,
        "Churn: %d series (%.1f %%) begin or end within the block%n",
        churned,
        100.0 * churned / Math.max(1, series));
    print(out, "Highest cardinality metric names", seriesByMetric, limit);
    Map<String, Long> values = new HashMap<>();
    valuesByName.forEach((name, set) -> values.put(name, (long) set.size()));
    print(out, "Highest cardinality labels", values, limit);
    print(out, "Most common label pairs", seriesByPair, limit);
    out.println();
  }

  private static void print(PrintStream out, String title, Map<String, Long> counts, int limit) {
    out.println();
    out.println(title + ":");
    counts.entrySet().stream()
        .sorted(
            Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(limit)
        .forEach(entry -> out.println(entry.getValue() + " " + entry.getKey()));
  }
}
