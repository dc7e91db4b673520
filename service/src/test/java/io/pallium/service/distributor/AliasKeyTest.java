package io.pallium.service.distributor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/// Digests stand for the bytes they were made of: each half of them alone tells keys apart, however
/// alike the keys are. Of a million keys two share 64 random bits in one of 40 million runs.
final class AliasKeyTest {
  private final AliasKey.Digest digest = new AliasKey.Digest();

  @Test
  void tellsKeysWithOtherNumbersApart() {
    assertAllDiffer(
        500_000,
        i -> text("__name__http_requests_total instance10." + i + ":8080 jobapi podx-" + i));
  }

  @Test
  void tellsKeysWithOneOtherBitApart() {
    byte[] key = text("x".repeat(1000));
    assertAllDiffer(
        key.length * 8,
        bit -> {
          byte[] other = key.clone();
          other[bit / 8] ^= (byte) (1 << bit % 8);
          return other;
        });
  }

  @Test
  void tellsLengthsOfOneByteApart() {
    assertAllDiffer(2000, byte[]::new);
  }

  @Test
  void tellsTwoWordsInAnyPlacesApart() {
    // Words of eight bytes are what a step takes: no two of them may stand in for each other.
    assertAllDiffer(
        40 * 40,
        i -> {
          byte[] key = new byte[41 * 8];
          key[i / 40 * 8] = 1;
          key[(i % 40 + 1) * 8] ^= 2;
          return key;
        });
  }

  @Test
  void doesNotDependOnWhereTheBytesLie() {
    byte[] key = text("instance10.1.2.3:8080");
    byte[] moved = new byte[key.length + 30];
    System.arraycopy(key, 0, moved, 13, key.length);
    AliasKey one = new AliasKey();
    AliasKey other = new AliasKey();
    one.digest(digest, key, 0, key.length);
    other.digest(digest, moved, 13, key.length);

    assertThat(other.first()).isEqualTo(one.first());
    assertThat(other.second()).isEqualTo(one.second());
    assertThat(one.first()).isNotEqualTo(one.second());
  }

  private void assertAllDiffer(int count, IntFunction<byte[]> keys) {
    long[] firsts = new long[count];
    long[] seconds = new long[count];
    AliasKey key = new AliasKey();
    for (int i = 0; i < count; i++) {
      byte[] bytes = keys.apply(i);
      key.digest(digest, bytes, 0, bytes.length);
      firsts[i] = key.first();
      seconds[i] = key.second();
    }
    assertThat(distinct(firsts)).isEqualTo(count);
    assertThat(distinct(seconds)).isEqualTo(count);
  }

  private static long distinct(long[] values) {
    return Arrays.stream(values).distinct().count();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
