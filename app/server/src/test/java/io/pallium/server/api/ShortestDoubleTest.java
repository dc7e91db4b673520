package io.pallium.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShortestDoubleTest {
  /// Expected texts are those of Go's strconv in the notation that the Prometheus API uses.
  @ParameterizedTest
  @CsvSource({
    "0,0",
    "-0.0,-0",
    "1,1",
    "-1.5,-1.5",
    "0.1,0.1",
    "0.3,0.3",
    "0.30000000000000004,0.30000000000000004",
    "100000000000000000000,100000000000000000000",
    "1e21,1e+21",
    "1.5e300,1.5e+300",
    "0.000001,0.000001",
    "0.00000099,9.9e-07",
    "1e-7,1e-07",
    "4.9e-324,5e-324",
    "2.2250738585072014e-308,2.2250738585072014e-308",
    "1.7976931348623157e308,1.7976931348623157e+308",
    "9007199254740993,9007199254740992",
    "123456789.123,123456789.123",
    "1767571200.123,1767571200.123",
    "2e-323,2e-323",
    "9.5367431640625e-7,9.5367431640625e-07",
    "5e15,5000000000000000",
    "8.41e21,8.41e+21"
  })
  void writesTheShortestTextInPrometheusNotation(double value, String expected) {
    assertThat(text(value)).isEqualTo(expected);
  }

  @Test
  void writesNotANumberAndInfinities() {
    assertThat(text(Double.NaN)).isEqualTo("NaN");
    assertThat(text(Double.POSITIVE_INFINITY)).isEqualTo("+Inf");
    assertThat(text(Double.NEGATIVE_INFINITY)).isEqualTo("-Inf");
  }

  @Property(tries = 5000)
  void readsBackToTheSameBitsAndIsNoLongerThanTheLibrary(@ForAll long bits) {
    assertShortest(Double.longBitsToDouble(bits));
  }

  @Property(tries = 5000)
  void decimalsOfFewDigitsAreWrittenAsTheyWere(
      @ForAll @net.jqwik.api.constraints.LongRange(min = 0, max = 999_999_999_999L) long digits,
      @ForAll @net.jqwik.api.constraints.IntRange(min = 0, max = 9) int scale) {
    BigDecimal decimal = BigDecimal.valueOf(digits, scale);
    double value = decimal.doubleValue();

    String text = text(value);

    if (value >= 1e-6 || value == 0) {
      assertThat(text).isEqualTo(strip(decimal).toPlainString());
    } else {
      assertThat(new BigDecimal(text)).isEqualByComparingTo(decimal);
    }
  }

  @Test
  void powersOfTwoAndTheirNeighboursReadBack() {
    for (int exponent = -1074; exponent < 1024; exponent++) {
      double power = Math.scalb(1.0, exponent);
      assertShortest(power);
      assertShortest(Math.nextUp(power));
      assertShortest(Math.nextDown(power));
    }
  }

  @Test
  void writesTimestampsAsSeconds() {
    assertThat(seconds(0)).isEqualTo("0");
    assertThat(seconds(1)).isEqualTo("0.001");
    assertThat(seconds(-1500)).isEqualTo("-1.500");
    assertThat(seconds(1_767_571_200_020L)).isEqualTo("1767571200.020");
    assertThat(seconds(1_767_571_200_000L)).isEqualTo("1767571200");
  }

  @Test
  void anyDoubleFitsTheRoomThatIsDeclared() {
    Random random = new Random(7);
    for (int i = 0; i < 200_000; i++) {
      assertThat(text(Double.longBitsToDouble(random.nextLong())).length())
          .isLessThanOrEqualTo(ShortestDouble.MAX_BYTES);
    }
  }

  private static void assertShortest(double value) {
    String text = text(value);
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return;
    }
    assertThat(Double.doubleToRawLongBits(Double.parseDouble(text)))
        .as(text)
        .isEqualTo(Double.doubleToRawLongBits(value));
    assertThat(significantDigits(text))
        .as("%s against %s", text, value)
        .isLessThanOrEqualTo(significantDigits(Double.toString(value)));
  }

  private static int significantDigits(String text) {
    return strip(new BigDecimal(text)).precision();
  }

  private static BigDecimal strip(BigDecimal decimal) {
    return decimal.signum() == 0 ? BigDecimal.ZERO : decimal.stripTrailingZeros();
  }

  private static String text(double value) {
    byte[] target = new byte[ShortestDouble.MAX_BYTES];
    int end = ShortestDouble.write(value, target, 0);
    return new String(target, 0, end, StandardCharsets.US_ASCII);
  }

  private static String seconds(long timestampMs) {
    byte[] target = new byte[ShortestDouble.MAX_BYTES];
    int end = ShortestDouble.writeSeconds(timestampMs, target, 0);
    return new String(target, 0, end, StandardCharsets.US_ASCII);
  }
}
