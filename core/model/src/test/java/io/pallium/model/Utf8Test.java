package io.pallium.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import org.junit.jupiter.api.Test;

/// UTF-8 as the JDK's strict decoder sees it.
final class Utf8Test {
  @Property(tries = 2000)
  void agreesWithTheJdkOnAnyBytes(@ForAll byte[] bytes) {
    assertThat(Utf8.isValid(bytes, 0, bytes.length)).isEqualTo(isValidForJdk(bytes));
  }

  @Property
  void takesAnyTextThatTheJdkEncodes(@ForAll String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertThat(Utf8.isValid(bytes, 0, bytes.length)).isTrue();
  }

  /// Drawn from few characters, so that texts share beginnings, below and above the surrogates.
  @Property
  void comparesTextsAsTheirBytesCompare(
      @ForAll @Chars({'a', '\u00e9', '\ue000', '\uffff'}) String a,
      @ForAll @Chars({'a', '\u00e9', '\ue000', '\uffff'}) String b,
      @ForAll boolean hasSurrogates) {
    String left = hasSurrogates ? a.replace("\u00e9", "\ud83d\ude00") : a;
    String right = hasSurrogates ? b.replace("\u00e9", "\ud83d\ude01") : b;
    int expected =
        Arrays.compareUnsigned(
            left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
    assertThat(Integer.signum(Utf8.compare(left, right))).isEqualTo(Integer.signum(expected));
  }

  @Test
  void agreesWithTheJdkOnAllShortSequences() {
    byte[] bytes = new byte[4];
    for (int first = 0x80; first < 0x100; first++) {
      for (int second = 0; second < 0x100; second++) {
        for (int third : new int[] {0, 0x7f, 0x80, 0xbf, 0xc0}) {
          bytes[0] = (byte) first;
          bytes[1] = (byte) second;
          bytes[2] = (byte) third;
          bytes[3] = (byte) third;
          if (Utf8.isValid(bytes, 0, 4) != isValidForJdk(bytes)) {
            throw new AssertionError(first + " " + second + " " + third);
          }
        }
      }
    }
  }

  private static boolean isValidForJdk(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
