package io.pallium.server.tool;

import io.pallium.model.Labels;
import io.pallium.tsdb.BlockImport;
import io.pallium.tsdb.block.BlockWriter;
import io.pallium.tsdb.block.ChunkEncoder;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/// The samples of a text file as blocks of a day each. Memory holds the samples of one day; the
/// file is read once for each, and once before. Of samples of a series at one time, the last one
/// counts.
final class OpenMetricsImport implements BlockImport {
  private static final long RANGE_MS = 24L * 60 * 60 * 1000;

  private final DurableFiles files;
  private final Path text;
  private Runnable onBlock = () -> {};

  /// First and last time within each day that has samples.
  private final TreeMap<Long, long[]> days = new TreeMap<>();

  /// @throws IOException if the file is not of the format
  OpenMetricsImport(DurableFiles files, Path text) throws IOException {
    this.files = files;
    this.text = text;
    OpenMetricsText.read(
        text,
        (_, timestampMs, _) -> {
          long[] bounds =
              days.computeIfAbsent(
                  Math.floorDiv(timestampMs, RANGE_MS), _ -> new long[] {timestampMs, timestampMs});
          bounds[0] = Math.min(bounds[0], timestampMs);
          bounds[1] = Math.max(bounds[1], timestampMs);
        });
  }

  /// Has something called after each block.
  void onBlock(Runnable action) {
    onBlock = action;
  }

  @Override
  public List<Span> spans() {
    List<Span> spans = new ArrayList<>();
    days.values().forEach(day -> spans.add(new Span(text.toString(), day[0], day[1] + 1)));
    return spans;
  }

  @Override
  public void stage(Path directory, Supplier<String> names, List<BlockWriter> written)
      throws IOException {
    for (long day : days.keySet()) {
      TreeMap<Labels, TreeMap<Long, Double>> samples = new TreeMap<>();
      OpenMetricsText.read(
          text,
          (labels, timestampMs, value) -> {
            if (Math.floorDiv(timestampMs, RANGE_MS) == day) {
              samples.computeIfAbsent(labels, _ -> new TreeMap<>()).put(timestampMs, value);
            }
          });
      BlockWriter writer = new BlockWriter(files, directory, names.get());
      written.add(writer);
      ChunkEncoder encoder = new ChunkEncoder(writer);
      for (Map.Entry<Labels, TreeMap<Long, Double>> series : samples.entrySet()) {
        writer.addSeries(series.getKey());
        for (Map.Entry<Long, Double> sample : series.getValue().entrySet()) {
          encoder.add(sample.getKey(), sample.getValue().doubleValue(), null, 0);
        }
        encoder.end();
      }
      writer.seal();
      onBlock.run();
    }
  }
}
