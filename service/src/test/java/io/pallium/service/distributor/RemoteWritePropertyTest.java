package io.pallium.service.distributor;

import static io.pallium.service.distributor.DistributorFixture.NOW_MS;
import static io.pallium.service.distributor.DistributorFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.BadRequestException;
import io.pallium.model.Labels;
import io.pallium.service.distributor.FakeIngester.Stored;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/// Any legal encoding of a request gives the same samples, and any bytes give an answer.
final class RemoteWritePropertyTest {
  /// A series as a test means it.
  private record Series(Map<String, String> labels, List<long[]> samples) {}

  @Property(tries = 400)
  void readsEveryLegalEncoding(@ForAll long seed) {
    Random random = new Random(seed);
    DistributorFixture fixture = new DistributorFixture();
    List<Stored> expected = new ArrayList<>();
    for (int request = 0; request < 4; request++) {
      List<Series> all = randomSeries(random);
      ProtoWriter body = new ProtoWriter();
      for (Series series : all) {
        junk(body, random, 20);
        message(body, 1, encode(series, random), random);
        for (long[] sample : series.samples) {
          expected.add(new Stored(TENANT, Labels.of(series.labels), sample[0], sample[1]));
        }
      }
      junk(body, random, 20);

      assertThat(fixture.push(TENANT, body).join().isComplete()).isTrue();
    }

    assertThat(fixture.ingester().samples).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Property(tries = 3000)
  void answersAnyBytesAndAppliesNoHalfOfARequest(@ForAll long seed) {
    Random random = new Random(seed);
    DistributorFixture fixture = new DistributorFixture();
    ProtoWriter body = new ProtoWriter();
    for (Series series : randomSeries(random)) {
      message(body, 1, encode(series, random), random);
    }
    byte[] damaged = damage(body.toBytes(), random);

    CompletableFuture<PushOutcome> outcome = fixture.pushRaw(DistributorFixture.snappy(damaged));

    answerIsBadRequestOrOutcome(fixture, outcome);
  }

  @Property(tries = 2000)
  void answersAnyBytesInPlaceOfASnappyBlock(@ForAll byte[] bytes) {
    DistributorFixture fixture = new DistributorFixture();

    answerIsBadRequestOrOutcome(fixture, fixture.pushRaw(bytes));
  }

  @Property(tries = 1000)
  void answersDamagedSnappyBlocks(@ForAll long seed) {
    Random random = new Random(seed);
    DistributorFixture fixture = new DistributorFixture();
    ProtoWriter body = new ProtoWriter();
    for (Series series : randomSeries(random)) {
      message(body, 1, encode(series, random), random);
    }

    answerIsBadRequestOrOutcome(
        fixture, fixture.pushRaw(damage(DistributorFixture.snappy(body.toBytes()), random)));
  }

  private static void answerIsBadRequestOrOutcome(
      DistributorFixture fixture, CompletableFuture<PushOutcome> outcome) {
    assertThat(outcome).isDone();
    if (outcome.isCompletedExceptionally()) {
      assertThat(outcome.exceptionNow()).isInstanceOf(BadRequestException.class);
      assertThat(fixture.ingester().batches).isZero();
    } else {
      assertThat(outcome.join().storedSamples()).isEqualTo(fixture.ingester().samples.size());
    }
    assertThat(fixture.gauge("pallium_distributor_inflight_bytes")).isZero();
  }

  private static byte[] damage(byte[] bytes, Random random) {
    if (bytes.length == 0) {
      return bytes;
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return random.nextBoolean()
        ? bytes
        : java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
  }

  private static List<Series> randomSeries(Random random) {
    List<Series> all = new ArrayList<>();
    for (int i = random.nextInt(6); i >= 0; i--) {
      Map<String, String> labels = new TreeMap<>();
      labels.put("__name__", "metric_" + random.nextInt(5));
      for (int k = random.nextInt(5); k > 0; k--) {
        labels.put(
            "label_" + (char) ('a' + random.nextInt(26)) + "\u00e9",
            "v".repeat(1 + random.nextInt(200)) + "\ud83d\ude00");
      }
      List<long[]> samples = new ArrayList<>();
      for (int k = random.nextInt(4); k >= 0; k--) {
        samples.add(new long[] {randomTimestamp(random), randomBits(random)});
      }
      all.add(new Series(labels, samples));
    }
    return all;
  }

  private static long randomTimestamp(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> 0;
      case 1 -> Long.MIN_VALUE;
      case 2 -> -random.nextInt(Integer.MAX_VALUE);
      default -> NOW_MS - random.nextInt(Integer.MAX_VALUE);
    };
  }

  private static long randomBits(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> 0x7ff0000000000002L; // stale
      case 2 -> 0xfff8000000000000L | random.nextInt(); // any NaN
      default -> random.nextLong();
    };
  }

  /// Encodes a series in any order of fields; labels are sorted or not.
  private static ProtoWriter encode(Series series, Random random) {
    boolean isPlain = random.nextBoolean();
    List<ProtoWriter> fields = new ArrayList<>();
    series.labels.forEach(
        (name, value) ->
            fields.add(message(new ProtoWriter(), 1, label(name, value, random), random)));
    for (long[] sample : series.samples) {
      fields.add(
          message(new ProtoWriter(), 2, sample(sample[0], sample[1], isPlain, random), random));
    }
    if (random.nextInt(3) == 0) {
      fields.add(
          message(
              new ProtoWriter(),
              1,
              new ProtoWriter().textField(1, "empty").textField(2, ""),
              random));
    }
    if (!isPlain) {
      for (int i = random.nextInt(3); i > 0; i--) {
        fields.add(junk(new ProtoWriter(), random, 9));
      }
      Collections.shuffle(fields, random);
    }
    ProtoWriter out = new ProtoWriter();
    fields.forEach(field -> out.raw(field.toBytes()));
    return out;
  }

  private static ProtoWriter label(String name, String value, Random random) {
    ProtoWriter label = new ProtoWriter();
    if (random.nextInt(4) == 0) {
      label.textField(1, "overwritten");
    }
    if (random.nextBoolean()) {
      label.textField(2, value).textField(1, name);
    } else {
      label.textField(1, name).textField(2, value);
    }
    return junk(label, random, 9);
  }

  private static ProtoWriter sample(long timestampMs, long bits, boolean isPlain, Random random) {
    ProtoWriter sample = new ProtoWriter();
    if (isPlain) {
      // As Go writes it: zeros are left out.
      if (bits != 0) {
        sample.fixed64Field(1, bits);
      }
      return timestampMs == 0 ? sample : sample.varintField(2, timestampMs);
    }
    if (random.nextInt(4) == 0) {
      sample.fixed64Field(1, 42).varintField(2, 42);
    }
    if (random.nextBoolean()) {
      sample.tag(2, 0).varint(timestampMs, 1 + random.nextInt(10)).fixed64Field(1, bits);
    } else {
      sample.fixed64Field(1, bits).tag(2, 0).varint(timestampMs, 1 + random.nextInt(10));
    }
    return junk(sample, random, 9);
  }

  /// A nested message whose tag and length may be longer than needed.
  private static ProtoWriter message(
      ProtoWriter out, int field, ProtoWriter content, Random random) {
    byte[] bytes = content.toBytes();
    int extra = random.nextInt(4) == 0 ? random.nextInt(6) : 1;
    return out.varint((long) field << 3 | 2, extra).varint(bytes.length, extra).raw(bytes);
  }

  /// Perhaps an unknown field of any wire type.
  private static ProtoWriter junk(ProtoWriter out, Random random, int lowestField) {
    int field = lowestField + random.nextInt(1000);
    return switch (random.nextInt(8)) {
      case 0 -> out.varintField(field, random.nextLong());
      case 1 -> out.fixed64Field(field, random.nextLong());
      case 2 -> out.fixed32Field(field, random.nextInt());
      case 3 -> out.bytesField(field, new byte[random.nextInt(40)]);
      default -> out;
    };
  }
}
