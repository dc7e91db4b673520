package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.airlift.compress.v3.snappy.SnappyCompressor;
import io.pallium.server.TestServer.Answer;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Remote write 2.0 over HTTP: its answers, and what becomes of its start timestamps.
class RemoteWrite2ContractTest {
  private static final String TYPE = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
  private static final String WRITTEN = "x-prometheus-remote-write-";
  private static final long T0 = System.currentTimeMillis() / 1000 * 1000 - 3_600_000;

  @TempDir Path directory;

  /// A sample of a counter: time, value and start timestamp.
  private record Sample(long timestampMs, double value, long startMs) {}

  @Test
  void theAnswerCountsWhatWasStored() {
    try (TestServer server = TestServer.start(directory)) {
      Answer stored = push(server, new Sample(T0, 1, 0), new Sample(T0 + 1, 2, 0));
      Answer partly = push(server, new Sample(T0 + 2, 3, 0), new Sample(T0 - 1, 3, 0));
      Answer failed = server.push(new byte[] {1, 2, 3}, "Content-Type", TYPE);

      assertThat(stored.status()).isEqualTo(204);
      assertThat(written(stored)).containsExactly(2L, 0L, 0L);
      assertThat(partly.status()).isEqualTo(400);
      assertThat(partly.body()).contains("sample-out-of-order");
      assertThat(written(partly)).containsExactly(1L, 0L, 0L);
      assertThat(failed.status()).isEqualTo(400);
      assertThat(written(failed)).containsExactly(0L, 0L, 0L);
      assertThat(
              server
                  .push(TestServer.sample(T0, 1, "__name__", "up"))
                  .headers()
                  .firstValue(WRITTEN + "samples-written"))
          .isEmpty();
    }
  }

  @Test
  void aCounterThatBeganAnewBetweenTwoSamplesIsReset() {
    // The value does not show it.
    Sample[] samples = {
      new Sample(T0, 10, T0 - 60_000),
      new Sample(T0 + 15_000, 12, T0 - 60_000),
      new Sample(T0 + 30_000, 15, T0 + 16_000)
    };
    String[] flags = {"--head.store-start-timestamps=true"};
    try (TestServer server = TestServer.start(directory, flags)) {
      assertThat(push(server, samples).status()).isEqualTo(204);
      assertResets(server, 1);
    }
    try (TestServer server = TestServer.start(directory, flags)) {
      assertResets(server, 1);
      assertThat(server.post("/ingester/flush?wait=true", "").status()).isEqualTo(204);
      assertResets(server, 1);
    }
    // What was stored is there whether more is to be stored or not.
    try (TestServer server = TestServer.start(directory)) {
      assertResets(server, 1);
    }
  }

  @Test
  void startTimestampsAreDroppedByDefault() {
    try (TestServer server = TestServer.start(directory)) {
      Answer answer =
          push(server, new Sample(T0, 10, T0 - 60_000), new Sample(T0 + 15_000, 12, T0 + 1));

      assertThat(answer.status()).isEqualTo(204);
      assertResets(server, 0);
    }
  }

  private static void assertResets(TestServer server, int expected) {
    String path =
        "/prometheus/api/v1/query?query="
            + TestServer.encode("resets(c[5m])")
            + "&time="
            + (T0 / 1000 + 40);
    assertThat(server.get(path + "&features=use-start-timestamps").body())
        .contains(",\"" + expected + "\"]");
    assertThat(server.get(path).body()).contains(",\"0\"]");
  }

  private static long[] written(Answer answer) {
    return Arrays.stream(new String[] {"samples", "histograms", "exemplars"})
        .mapToLong(
            kind -> answer.headers().firstValueAsLong(WRITTEN + kind + "-written").orElseThrow())
        .toArray();
  }

  private static Answer push(TestServer server, Sample... samples) {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    for (String symbol : new String[] {"", "__name__", "c"}) {
      field(request, 4, symbol.getBytes(StandardCharsets.UTF_8));
    }
    ByteArrayOutputStream series = new ByteArrayOutputStream();
    field(series, 1, new byte[] {1, 2});
    for (Sample sample : samples) {
      ByteArrayOutputStream message = new ByteArrayOutputStream();
      varint(message, 1 << 3 | 1);
      message.writeBytes(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(sample.value).array());
      varint(message, 2 << 3);
      varint(message, sample.timestampMs);
      varint(message, 3 << 3);
      varint(message, sample.startMs);
      field(series, 2, message.toByteArray());
    }
    field(request, 5, series.toByteArray());
    return server.push(snappy(request.toByteArray()), "Content-Type", TYPE);
  }

  private static void field(ByteArrayOutputStream out, int number, byte[] bytes) {
    varint(out, number << 3 | 2);
    varint(out, bytes.length);
    out.writeBytes(bytes);
  }

  private static void varint(ByteArrayOutputStream out, long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  private static byte[] snappy(byte[] raw) {
    SnappyCompressor compressor = SnappyCompressor.create();
    byte[] target = new byte[compressor.maxCompressedLength(raw.length)];
    int length = compressor.compress(raw, 0, raw.length, target, 0, target.length);
    return Arrays.copyOf(target, length);
  }
}
