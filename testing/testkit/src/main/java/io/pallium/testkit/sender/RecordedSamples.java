package io.pallium.testkit.sender;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.airlift.compress.v3.snappy.SnappyDecompressor;
import io.pallium.model.Labels;
import io.pallium.testkit.naive.Point;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The float samples of remote write 1.0 bodies, decoded with a protobuf library and kept by series
/// and time: what a store that lost nothing and doubled nothing holds. Thread-safe.
public final class RecordedSamples {
  private final SnappyDecompressor decompressor = SnappyDecompressor.create();
  private final Map<Labels, TreeMap<Long, Double>> series = new HashMap<>();
  private long bodies;
  private long newestMs;

  /// Adds a compressed body. A sample that is there already is the same one sent again.
  public synchronized void add(byte[] body) {
    byte[] plain = new byte[decompressor.getUncompressedLength(body, 0)];
    decompressor.decompress(body, 0, body.length, plain, 0, plain.length);
    bodies++;
    try {
      CodedInputStream request = CodedInputStream.newInstance(plain);
      for (int tag = request.readTag(); tag != 0; tag = request.readTag()) {
        if (WireFormat.getTagFieldNumber(tag) == 1) {
          addSeries(request.readBytes().newCodedInput());
        } else {
          request.skipField(tag);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// How many bodies were added.
  public synchronized long bodies() {
    return bodies;
  }

  /// The newest time of any sample, in milliseconds since the epoch; 0 without samples.
  public synchronized long newestMs() {
    return newestMs;
  }

  /// How many samples there are.
  public synchronized long sampleCount() {
    return series.values().stream().mapToLong(TreeMap::size).sum();
  }

  /// All samples by series, in order of time.
  public synchronized Map<Labels, List<Point>> series() {
    Map<Labels, List<Point>> copy = new HashMap<>();
    series.forEach(
        (labels, samples) -> {
          List<Point> points = new ArrayList<>();
          samples.forEach((time, value) -> points.add(new Point(time, value)));
          copy.put(labels, points);
        });
    return copy;
  }

  private void addSeries(CodedInputStream in) throws IOException {
    Map<String, String> labels = new HashMap<>();
    TreeMap<Long, Double> samples = new TreeMap<>();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> addLabel(in.readBytes().newCodedInput(), labels);
        case 2 -> addSample(in.readBytes().newCodedInput(), samples);
        default -> in.skipField(tag);
      }
    }
    if (!samples.isEmpty()) {
      newestMs = Math.max(newestMs, samples.lastKey());
      series.computeIfAbsent(Labels.of(labels), unused -> new TreeMap<>()).putAll(samples);
    }
  }

  private static void addLabel(CodedInputStream in, Map<String, String> labels) throws IOException {
    String name = "";
    String value = "";
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> name = in.readString();
        case 2 -> value = in.readString();
        default -> in.skipField(tag);
      }
    }
    labels.put(name, value);
  }

  private static void addSample(CodedInputStream in, TreeMap<Long, Double> samples)
      throws IOException {
    double value = 0;
    long timestampMs = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> value = Double.longBitsToDouble(in.readRawLittleEndian64());
        case 2 -> timestampMs = in.readInt64();
        default -> in.skipField(tag);
      }
    }
    samples.put(timestampMs, value);
  }
}
