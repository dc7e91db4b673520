package io.pallium.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// Published vectors of XXH64.
final class XxHash64Test {
  @Test
  void hashesAsPublished() {
    assertThat(hash("", 0)).isEqualTo(0xEF46DB3751D8E999L);
    assertThat(hash("a", 0)).isEqualTo(0xD24EC4F1A98C6E5BL);
    assertThat(hash("abc", 0)).isEqualTo(0x44BC2CF5AD770999L);
    assertThat(hash("The quick brown fox jumps over the lazy dog", 0))
        .isEqualTo(0x0B242D361FDA71BCL);
    assertThat(hash("Nobody inspects the spammish repetition", 0)).isEqualTo(0xFBCEA83C8A378BF1L);
    assertThat(hash("I want an unsigned 64-bit seed!", 0)).isEqualTo(0xD4CB0A70A2B8C7C1L);
    assertThat(hash("I want an unsigned 64-bit seed!", 1)).isEqualTo(0xCE5087F12470D961L);
  }

  @Test
  void hashesASlice() {
    byte[] bytes = "--abc--".getBytes(StandardCharsets.UTF_8);
    assertThat(XxHash64.hash(bytes, 2, 3, 0)).isEqualTo(hash("abc", 0));
  }

  private static long hash(String text, long seed) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return XxHash64.hash(bytes, 0, bytes.length, seed);
  }
}
