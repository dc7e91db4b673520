package io.pallium.base.config;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A number of bytes, with the unit in the type.
///
/// @param bytes 0 or more
public record DataSize(long bytes) implements Comparable<DataSize> {
  public static final DataSize ZERO = new DataSize(0);

  private static final Pattern TEXT = Pattern.compile("(\\d{1,20}(?:\\.\\d{1,20})?) ?([A-Za-z]*)");
  private static final BigDecimal MAX_BYTES = BigDecimal.valueOf(Long.MAX_VALUE);

  /// Largest first: `toString` takes the first that divides the size.
  private static final String[] UNITS = {
    "EiB", "EB", "PiB", "PB", "TiB", "TB", "GiB", "GB", "MiB", "MB", "KiB", "KB"
  };

  private static final long[] UNIT_BYTES = {
    1L << 60,
    1_000_000_000_000_000_000L,
    1L << 50,
    1_000_000_000_000_000L,
    1L << 40,
    1_000_000_000_000L,
    1L << 30,
    1_000_000_000L,
    1L << 20,
    1_000_000L,
    1L << 10,
    1_000L
  };

  private static final Map<String, String> AMBIGUOUS =
      Map.of("k", "K", "m", "M", "g", "G", "t", "T", "p", "P", "e", "E");

  public DataSize {
    if (bytes < 0) {
      throw new IllegalArgumentException("size must not be negative, was " + bytes);
    }
  }

  public static DataSize ofBytes(long bytes) {
    return new DataSize(bytes);
  }

  public static DataSize ofKibibytes(long count) {
    return new DataSize(Math.multiplyExact(count, 1L << 10));
  }

  public static DataSize ofMebibytes(long count) {
    return new DataSize(Math.multiplyExact(count, 1L << 20));
  }

  public static DataSize ofGibibytes(long count) {
    return new DataSize(Math.multiplyExact(count, 1L << 30));
  }

  /// Reads `64KiB`, `10MB`, `1.5GiB`, `512B` or a bare number of bytes; units in any case.
  ///
  /// @throws IllegalArgumentException if the text is no size, with the value and what would be
  ///   right
  public static DataSize parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw notASize(text);
    }
    BigDecimal bytes =
        new BigDecimal(matcher.group(1))
            .multiply(BigDecimal.valueOf(unitBytes(text, matcher.group(2))));
    if (bytes.compareTo(MAX_BYTES) > 0) {
      throw new IllegalArgumentException(
          Quoted.value(text) + " is more than the largest size, 8EiB less 1 byte");
    }
    if (bytes.stripTrailingZeros().scale() > 0) {
      throw new IllegalArgumentException(Quoted.value(text) + " is not a whole number of bytes");
    }
    return new DataSize(bytes.longValueExact());
  }

  private static long unitBytes(String text, String unit) {
    if (unit.isEmpty() || unit.equalsIgnoreCase("B")) {
      return 1;
    }
    for (int i = 0; i < UNITS.length; i++) {
      if (UNITS[i].equalsIgnoreCase(unit)) {
        return UNIT_BYTES[i];
      }
    }
    String letter = AMBIGUOUS.get(unit.toLowerCase(Locale.ROOT));
    if (letter != null) {
      throw new IllegalArgumentException(
          Quoted.value(text)
              + " does not say which unit, write "
              + letter
              + "iB (powers of 1024) or "
              + letter
              + "B (powers of 1000)");
    }
    throw notASize(text);
  }

  private static IllegalArgumentException notASize(String text) {
    return new IllegalArgumentException(
        Quoted.value(text) + " is not a size, write it like 64KiB, 10MB or a number of bytes");
  }

  @Override
  public int compareTo(DataSize other) {
    return Long.compare(bytes, other.bytes);
  }

  /// The size in the largest unit that divides it; `parse` reads it back as the same size.
  @Override
  public String toString() {
    if (bytes > 0) {
      for (int i = 0; i < UNITS.length; i++) {
        if (bytes % UNIT_BYTES[i] == 0) {
          return bytes / UNIT_BYTES[i] + UNITS[i];
        }
      }
    }
    return bytes + "B";
  }
}
