package io.pallium.bench;

import io.airlift.compress.v3.snappy.SnappyCompressor;
import io.pallium.service.distributor.RemoteWriteVersion;
import java.io.ByteArrayOutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/// Remote write requests like those of a server that scrapes pods: one sample each of series with
/// ten labels, half of them counters, a quarter gauges, a quarter constant; in 2.0 each with a
/// start timestamp. A request is made once; its times and values are then overwritten where they
/// stand. Confined to one thread.
public final class WriteRequests {
  /// Series of one request: what Prometheus sends at once, or close to it.
  public static final int SERIES_PER_REQUEST = 1_000;

  /// The distance of two samples of a series.
  public static final long INTERVAL_MS = 15_000;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int SERIES_PER_POD = 100;
  private static final int TIMESTAMP_BYTES = 6;
  private static final long LEAST_TIMESTAMP_MS = 1L << 35;
  private static final int START_MS = 1_000_000_000;

  private final byte[][] requests;
  private final int[][] valueOffsets;
  private final double[] values;
  private final SnappyCompressor compressor = SnappyCompressor.create();
  private byte[] compressed = new byte[0];
  private long scrape;

  /// Requests of remote write 1.0.
  ///
  /// @param requestCount how many requests one scrape of all series takes
  public WriteRequests(int requestCount) {
    this(RemoteWriteVersion.V1, requestCount);
  }

  /// @param requestCount how many requests one scrape of all series takes
  public WriteRequests(RemoteWriteVersion version, int requestCount) {
    requests = new byte[requestCount][];
    valueOffsets = new int[requestCount][SERIES_PER_REQUEST];
    values = new double[requestCount * SERIES_PER_REQUEST];
    for (int request = 0; request < requestCount; request++) {
      requests[request] = version == RemoteWriteVersion.V1 ? build(request) : buildV2(request);
    }
  }

  /// Moves all series on by one scrape.
  ///
  /// @param timestampMs the time of all samples: 1971 or later
  public void nextScrape(long timestampMs) {
    if (timestampMs < LEAST_TIMESTAMP_MS) {
      throw new IllegalArgumentException("time " + timestampMs + " is before 1971");
    }
    for (int series = 0; series < values.length; series++) {
      values[series] = next(series, scrape, values[series]);
    }
    for (int request = 0; request < requests.length; request++) {
      byte[] bytes = requests[request];
      for (int i = 0; i < SERIES_PER_REQUEST; i++) {
        int at = valueOffsets[request][i];
        double value = values[request * SERIES_PER_REQUEST + i];
        LONG.set(bytes, at, Double.doubleToRawLongBits(value));
        putTimestamp(bytes, at + Long.BYTES + 1, timestampMs);
      }
    }
    scrape++;
  }

  /// A request of the present scrape, as protobuf. Overwritten by [#nextScrape].
  public byte[] request(int index) {
    return requests[index];
  }

  /// Compresses a request of the present scrape into [#compressed].
  ///
  /// @return the length of the body in bytes
  public int compress(int index) {
    byte[] request = requests[index];
    int room = compressor.maxCompressedLength(request.length);
    if (compressed.length < room) {
      compressed = new byte[room];
    }
    return compressor.compress(request, 0, request.length, compressed, 0, room);
  }

  /// The body that was compressed last, with room behind it. Overwritten by [#compress].
  public byte[] compressed() {
    return compressed;
  }

  /// The labels of a series.
  public static Map<String, String> labels(int series) {
    int pod = series / SERIES_PER_POD;
    int kind = series % SERIES_PER_POD;
    Map<String, String> labels = new TreeMap<>();
    labels.put("__name__", name(kind));
    labels.put("cluster", "cluster-west-2");
    labels.put("container", "service-" + pod % 12);
    labels.put("instance", "10.20." + pod / 250 + "." + pod % 250 + ":9100");
    labels.put("job", "team/service-" + pod % 12);
    labels.put("namespace", "namespace-" + pod % 5);
    labels.put("node", "node-" + pod / 20 + ".west.example.internal");
    labels.put("path", "/v1/resource/" + kind % 10);
    labels.put("pod", "service-" + pod % 12 + "-" + Integer.toHexString(pod * 0x9e3779b1));
    labels.put("quantity", "kind-" + kind);
    return labels;
  }

  private static String name(int kind) {
    if (kind < 50) {
      return "requests_handled_total";
    }
    return kind < 75 ? "queue_waiting_seconds" : "container_limit_bytes";
  }

  /// The value of a series in a scrape, from that in the one before.
  static double next(int series, long scrape, double value) {
    int kind = series % SERIES_PER_POD;
    long random = (series * 0x9e3779b97f4a7c15L ^ scrape) * 0xbf58476d1ce4e5b9L;
    if (kind < 50) {
      return value + (random >>> 58);
    }
    if (kind < 75) {
      return Math.abs(value + (random >> 52)) / 100.0;
    }
    return 536_870_912;
  }

  private byte[] build(int request) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < SERIES_PER_REQUEST; i++) {
      ByteArrayOutputStream one = new ByteArrayOutputStream();
      labels(request * SERIES_PER_REQUEST + i).forEach((name, value) -> addLabel(one, name, value));
      int valueAt = addSample(one, false);
      out.write(1 << 3 | 2);
      putVarint(out, one.size());
      valueOffsets[request][i] = out.size() + valueAt;
      out.writeBytes(one.toByteArray());
    }
    return out.toByteArray();
  }

  private byte[] buildV2(int request) {
    Map<String, Integer> symbols = new LinkedHashMap<>(Map.of("", 0));
    ByteArrayOutputStream series = new ByteArrayOutputStream();
    for (int i = 0; i < SERIES_PER_REQUEST; i++) {
      ByteArrayOutputStream refs = new ByteArrayOutputStream();
      labels(request * SERIES_PER_REQUEST + i)
          .forEach(
              (name, value) -> {
                putVarint(refs, symbols.computeIfAbsent(name, _ -> symbols.size()));
                putVarint(refs, symbols.computeIfAbsent(value, _ -> symbols.size()));
              });
      ByteArrayOutputStream one = new ByteArrayOutputStream();
      one.write(1 << 3 | 2);
      putVarint(one, refs.size());
      one.writeBytes(refs.toByteArray());
      int valueAt = addSample(one, true);
      series.write(5 << 3 | 2);
      putVarint(series, one.size());
      valueOffsets[request][i] = series.size() + valueAt;
      series.writeBytes(one.toByteArray());
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    symbols.keySet().forEach(symbol -> addText(out, 4, symbol));
    for (int i = 0; i < SERIES_PER_REQUEST; i++) {
      valueOffsets[request][i] += out.size();
    }
    out.writeBytes(series.toByteArray());
    return out.toByteArray();
  }

  /// Adds a sample: value (fixed64) and timestamp (varint), of fixed length.
  ///
  /// @return where the value stands
  private static int addSample(ByteArrayOutputStream out, boolean hasStart) {
    ByteArrayOutputStream start = new ByteArrayOutputStream();
    if (hasStart) {
      start.write(3 << 3);
      putVarint(start, START_MS);
    }
    out.write(2 << 3 | 2);
    out.write(1 + Long.BYTES + 1 + TIMESTAMP_BYTES + start.size());
    out.write(1 << 3 | 1);
    int valueAt = out.size();
    out.writeBytes(new byte[Long.BYTES]);
    out.write(2 << 3);
    out.writeBytes(new byte[TIMESTAMP_BYTES]);
    out.writeBytes(start.toByteArray());
    return valueAt;
  }

  private static void addLabel(ByteArrayOutputStream out, String name, String value) {
    ByteArrayOutputStream label = new ByteArrayOutputStream();
    addText(label, 1, name);
    addText(label, 2, value);
    out.write(1 << 3 | 2);
    putVarint(out, label.size());
    out.writeBytes(label.toByteArray());
  }

  private static void addText(ByteArrayOutputStream out, int field, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.write(field << 3 | 2);
    putVarint(out, utf8.length);
    out.writeBytes(utf8);
  }

  private static void putVarint(ByteArrayOutputStream out, int value) {
    int rest = value;
    while (rest > 0x7f) {
      out.write(rest & 0x7f | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }

  private static void putTimestamp(byte[] target, int offset, long timestampMs) {
    for (int i = 0; i < TIMESTAMP_BYTES; i++) {
      int more = i < TIMESTAMP_BYTES - 1 ? 0x80 : 0;
      target[offset + i] = (byte) (timestampMs >>> 7 * i & 0x7f | more);
    }
  }
}
