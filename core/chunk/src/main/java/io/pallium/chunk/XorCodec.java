package io.pallium.chunk;

import io.pallium.base.CorruptDataException;
import io.pallium.base.HotPath;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// The XOR encoding of float samples, bit for bit that of Prometheus.
///
/// Nothing here is an object per series: whoever appends owns the bytes (`buffer[offset, offset +
/// capacityBytes)`) and the state, a row of [#STATE_LONGS] longs anywhere in a `long[]`, zeroed
/// before the first sample. Both may lie in pages that many series share: no byte outside the given
/// capacity is touched. The number of samples lives in the state and is put into the first two
/// bytes of the chunk only by [#seal], so that an append stays on the cache line of the last bits.
///
/// ```
/// state[0]  timestamp of the last sample, ms
/// state[1]  delta of the last two timestamps, ms
/// state[2]  bits of the last value
/// state[3]  bit 0-31 position in bits, 32-47 samples, 48-55 leading, 56-62 trailing, 63 has window
/// ```
///
/// Reading and writing go through 64-bit words; a sample with the usual interval and an unchanged
/// value costs two bits, and runs of those are decoded 28 at a time. Source: docs/formats/chunk.md.
@HotPath
public final class XorCodec {
  /// The longs of state per open chunk.
  public static final int STATE_LONGS = 4;

  /// The most samples in a chunk.
  public static final int MAX_SAMPLES = 0xffff;

  /// No sample needs more bytes than this, the header of an empty chunk included.
  public static final int MAX_SAMPLE_BYTES = 24;

  /// The bytes of the header, which holds the number of samples.
  public static final int HEADER_BYTES = 2;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final int TIMESTAMP = 0;
  private static final int DELTA = 1;
  private static final int VALUE = 2;
  private static final int PACKED = 3;
  private static final int FIRST_BIT = HEADER_BYTES * 8;

  private XorCodec() {}

  /// Appends one sample.
  ///
  /// @param capacityBytes how many bytes from `offset` on belong to the chunk
  /// @return false if the sample does not fit into the capacity or the chunk has [#MAX_SAMPLES];
  ///   then nothing has changed
  public static boolean append(
      byte[] buffer,
      int offset,
      int capacityBytes,
      long[] state,
      int stateOffset,
      long timestampMs,
      double value) {
    long packed = state[stateOffset + PACKED];
    int samples = (int) (packed >>> 32) & 0xffff;
    long valueBits = Double.doubleToRawLongBits(value);
    if (samples < 2) {
      return samples == 0
          ? appendFirst(buffer, offset, capacityBytes, state, stateOffset, timestampMs, valueBits)
          : appendSecond(buffer, offset, capacityBytes, state, stateOffset, timestampMs, valueBits);
    }
    if (samples == MAX_SAMPLES) {
      return false;
    }
    long delta = timestampMs - state[stateOffset + TIMESTAMP];
    long deltaOfDelta = delta - state[stateOffset + DELTA];
    if (deltaOfDelta > 1 << 19 || deltaOfDelta < -((1 << 19) - 1)) {
      return appendFar(buffer, offset, capacityBytes, state, stateOffset, timestampMs, valueBits);
    }
    long prefix;
    int prefixBits;
    if (deltaOfDelta == 0) {
      prefix = 0;
      prefixBits = 1;
    } else if (deltaOfDelta >= -((1 << 13) - 1) && deltaOfDelta <= 1 << 13) {
      prefix = 0b10L << 14 | deltaOfDelta & 0x3fff;
      prefixBits = 16;
    } else if (deltaOfDelta >= -((1 << 16) - 1) && deltaOfDelta <= 1 << 16) {
      prefix = 0b110L << 17 | deltaOfDelta & 0x1ffff;
      prefixBits = 20;
    } else {
      prefix = 0b1110L << 20 | deltaOfDelta & 0xfffff;
      prefixBits = 24;
    }
    int position = (int) packed;
    long after =
        appendValue(
            buffer,
            offset,
            capacityBytes,
            position,
            prefix,
            prefixBits,
            valueBits ^ state[stateOffset + VALUE],
            packed);
    if (after == 0) {
      return false;
    }
    state[stateOffset + TIMESTAMP] = timestampMs;
    state[stateOffset + DELTA] = delta;
    state[stateOffset + VALUE] = valueBits;
    state[stateOffset + PACKED] = after;
    return true;
  }

  /// The samples that a state has seen.
  public static int sampleCount(long[] state, int stateOffset) {
    return (int) (state[stateOffset + PACKED] >>> 32) & 0xffff;
  }

  /// The bytes that an open chunk fills, the header included; 0 before the first sample.
  public static int lengthBytes(long[] state, int stateOffset) {
    return (int) state[stateOffset + PACKED] + 7 >>> 3;
  }

  /// The timestamp of the last sample appended, in milliseconds.
  public static long lastTimestampMs(long[] state, int stateOffset) {
    return state[stateOffset + TIMESTAMP];
  }

  /// The bits of the last value appended.
  public static long lastValueBits(long[] state, int stateOffset) {
    return state[stateOffset + VALUE];
  }

  /// Writes the number of samples into the header, which makes the bytes a chunk. Can be repeated,
  /// and on a copy of the bytes.
  ///
  /// @return the length of the chunk in bytes
  public static int seal(byte[] buffer, int offset, long[] state, int stateOffset) {
    int samples = sampleCount(state, stateOffset);
    buffer[offset] = (byte) (samples >>> 8);
    buffer[offset + 1] = (byte) samples;
    return Math.max(HEADER_BYTES, lengthBytes(state, stateOffset));
  }

  /// The number of samples that a sealed chunk says it has.
  ///
  /// @throws CorruptDataException if the chunk is shorter than its header
  public static int sampleCount(byte[] source, int offset, int lengthBytes) {
    if (lengthBytes < HEADER_BYTES) {
      throw new CorruptDataException("xor chunk of " + lengthBytes + " bytes has no header");
    }
    return (source[offset] & 0xff) << 8 | source[offset + 1] & 0xff;
  }

  /// Decodes all samples of a sealed chunk into `timestampsMs[from, …)` and `values[from, …)`,
  /// which need room for [#sampleCount(byte[], int, int)] of them.
  ///
  /// @return the number of samples
  /// @throws CorruptDataException if the bytes are not a chunk; the arrays then hold anything
  public static int decode(
      byte[] source, int offset, int lengthBytes, long[] timestampsMs, double[] values, int from) {
    int samples = sampleCount(source, offset, lengthBytes);
    if (samples == 0) {
      return 0;
    }
    int end = from + samples;
    if (end > timestampsMs.length || end > values.length) {
      throw new IllegalArgumentException("no room for " + samples + " samples from " + from);
    }
    int limit = offset + lengthBytes;
    int position = FIRST_BIT;

    int varintBytes = varintLength(source, offset + HEADER_BYTES, limit);
    long zigzag = varint(source, offset + HEADER_BYTES, varintBytes);
    long timestampMs = zigzag >>> 1 ^ -(zigzag & 1);
    position += varintBytes * 8;
    long valueBits = peek(source, offset, position, limit);
    position += 64;
    timestampsMs[from] = timestampMs;
    values[from] = Double.longBitsToDouble(valueBits);
    if (samples == 1) {
      checkEnd(position, lengthBytes);
      return samples;
    }

    int second = offset + (position >>> 3);
    varintBytes = varintLength(source, second, limit);
    long delta = varint(source, second, varintBytes);
    position += varintBytes * 8;
    timestampMs += delta;
    int trailing = 0;
    int significant = 64;

    int index = from + 1;
    // The second sample has no delta of delta: it enters at its value.
    boolean isAtValue = true;
    while (true) {
      int at = offset + (position >>> 3);
      long word = at + 8 <= limit ? (long) LONG.get(source, at) : tail(source, at, limit);
      word <<= position & 7;
      int known = 64 - (position & 7);
      if (!isAtValue) {
        if (word >>> 62 == 0) {
          int run = Math.min(Long.numberOfLeadingZeros(word), known) >>> 1;
          run = Math.min(run, end - index);
          double value = Double.longBitsToDouble(valueBits);
          for (int last = index + run; index < last; index++) {
            timestampMs += delta;
            timestampsMs[index] = timestampMs;
            values[index] = value;
          }
          position += run * 2;
          if (index == end) {
            break;
          }
          continue;
        }
        if (word < 0) {
          int ones = Long.numberOfLeadingZeros(~word);
          if (ones >= 4) {
            delta += peek(source, offset, position + 4, limit);
            position += 68;
            timestampMs += delta;
            isAtValue = true;
            continue;
          }
          int width = ones == 1 ? 14 : 11 + 3 * ones;
          long raw = word << ones + 1 >>> 64 - width;
          delta += raw > 1L << width - 1 ? raw - (1L << width) : raw;
          word <<= ones + 1 + width;
          position += ones + 1 + width;
          known -= ones + 1 + width;
        } else {
          word <<= 1;
          position++;
          known--;
        }
        timestampMs += delta;
      }
      isAtValue = false;
      if (word >= 0) {
        position++;
      } else {
        if ((word & 1L << 62) != 0) {
          int leading = (int) (word >>> 57) & 0x1f;
          significant = (int) (word >>> 51) & 0x3f;
          if (significant == 0) {
            significant = 64;
          }
          trailing = 64 - leading - significant;
          if (trailing < 0) {
            throw badWindow(position, leading, significant);
          }
          word <<= 13;
          position += 13;
          known -= 13;
        } else {
          word <<= 2;
          position += 2;
          known -= 2;
        }
        if (known < significant) {
          word = peek(source, offset, position, limit);
        }
        valueBits ^= word >>> 64 - significant << trailing;
        position += significant;
      }
      timestampsMs[index] = timestampMs;
      values[index] = Double.longBitsToDouble(valueBits);
      if (++index == end) {
        break;
      }
    }
    checkEnd(position, lengthBytes);
    return samples;
  }

  private static boolean appendFirst(
      byte[] buffer,
      int offset,
      int capacityBytes,
      long[] state,
      int stateOffset,
      long timestampMs,
      long valueBits) {
    long zigzag = timestampMs << 1 ^ timestampMs >> 63;
    int varintBytes = varintLength(zigzag);
    int length = HEADER_BYTES + varintBytes + 8;
    if (length > capacityBytes) {
      return false;
    }
    putVarint(buffer, offset + HEADER_BYTES, zigzag);
    LONG.set(buffer, offset + HEADER_BYTES + varintBytes, valueBits);
    state[stateOffset + TIMESTAMP] = timestampMs;
    state[stateOffset + DELTA] = 0;
    state[stateOffset + VALUE] = valueBits;
    state[stateOffset + PACKED] = 1L << 32 | length * 8L;
    return true;
  }

  private static boolean appendSecond(
      byte[] buffer,
      int offset,
      int capacityBytes,
      long[] state,
      int stateOffset,
      long timestampMs,
      long valueBits) {
    long packed = state[stateOffset + PACKED];
    long delta = timestampMs - state[stateOffset + TIMESTAMP];
    int varintBytes = varintLength(delta);
    int position = (int) packed;
    int start = position >>> 3;
    if (start + varintBytes > capacityBytes) {
      return false;
    }
    long after =
        appendValue(
            buffer,
            offset,
            capacityBytes,
            position + varintBytes * 8,
            0,
            0,
            valueBits ^ state[stateOffset + VALUE],
            packed);
    if (after == 0) {
      return false;
    }
    putVarint(buffer, offset + start, delta);
    state[stateOffset + TIMESTAMP] = timestampMs;
    state[stateOffset + DELTA] = delta;
    state[stateOffset + VALUE] = valueBits;
    state[stateOffset + PACKED] = after;
    return true;
  }

  /// A delta of delta that needs all 64 bits.
  private static boolean appendFar(
      byte[] buffer,
      int offset,
      int capacityBytes,
      long[] state,
      int stateOffset,
      long timestampMs,
      long valueBits) {
    long packed = state[stateOffset + PACKED];
    int position = (int) packed;
    long delta = timestampMs - state[stateOffset + TIMESTAMP];
    int timestampBits = 4 + 64;
    // Room for the largest value is asked for before anything is written: so rare a sample may
    // close a chunk a few bytes early.
    if (position + timestampBits + 13 + 64 > capacityBytes * 8L) {
      return false;
    }
    int limit = offset + capacityBytes;
    put(buffer, offset, position, 0b1111, 4, limit);
    put(buffer, offset, position + 4, delta - state[stateOffset + DELTA], 64, limit);
    long after =
        appendValue(
            buffer,
            offset,
            capacityBytes,
            position + timestampBits,
            0,
            0,
            valueBits ^ state[stateOffset + VALUE],
            packed);
    state[stateOffset + TIMESTAMP] = timestampMs;
    state[stateOffset + DELTA] = delta;
    state[stateOffset + VALUE] = valueBits;
    state[stateOffset + PACKED] = after;
    return true;
  }

  /// Appends a prefix of at most 24 bits and a value.
  ///
  /// @return the new packed state with one more sample; 0 if it does not fit
  private static long appendValue(
      byte[] buffer,
      int offset,
      int capacityBytes,
      int position,
      long prefix,
      int prefixBits,
      long difference,
      long packed) {
    int limit = offset + capacityBytes;
    long window = packed & ~0xffff_ffffL;
    int bits;
    if (difference == 0) {
      bits = prefixBits + 1;
      if (position + bits > capacityBytes * 8L) {
        return 0;
      }
      put(buffer, offset, position, prefix << 1, bits, limit);
    } else {
      int leading = Math.min(31, Long.numberOfLeadingZeros(difference));
      int trailing = Long.numberOfTrailingZeros(difference);
      int oldLeading = (int) (packed >>> 48) & 0xff;
      int oldTrailing = (int) (packed >>> 56) & 0x7f;
      int control;
      if (packed < 0 && leading >= oldLeading && trailing >= oldTrailing) {
        leading = oldLeading;
        trailing = oldTrailing;
        prefix = prefix << 2 | 0b10;
        control = prefixBits + 2;
      } else {
        int significant = 64 - leading - trailing;
        prefix = (prefix << 2 | 0b11) << 11 | (long) leading << 6 | significant & 0x3f;
        control = prefixBits + 13;
        window =
            packed & 0xffff_0000_0000L
                | (long) leading << 48
                | (long) trailing << 56
                | Long.MIN_VALUE;
      }
      int significant = 64 - leading - trailing;
      bits = control + significant;
      if (position + bits > capacityBytes * 8L) {
        return 0;
      }
      if (bits <= 64) {
        put(buffer, offset, position, prefix << significant | difference >>> trailing, bits, limit);
      } else {
        put(buffer, offset, position, prefix, control, limit);
        put(buffer, offset, position + control, difference >>> trailing, significant, limit);
      }
    }
    return window + (1L << 32) | position + bits;
  }

  /// Writes the lowest `bits` (1 to 64) of `value`, the others being 0; what is behind them in the
  /// last byte becomes 0.
  private static void put(
      byte[] buffer, int offset, int position, long value, int bits, int limit) {
    int at = offset + (position >>> 3);
    int used = position & 7;
    int free = 64 - used;
    long word = used == 0 ? 0 : (buffer[at] & 0xff00L >>> used & 0xff) << 56;
    if (bits > free) {
      int rest = bits - free;
      LONG.set(buffer, at, word | value >>> rest);
      buffer[at + 8] = (byte) (value << 8 - rest);
      return;
    }
    word |= value << free - bits;
    if (at + 8 <= limit) {
      LONG.set(buffer, at, word);
      return;
    }
    for (int last = at + (used + bits - 1 >>> 3); at <= last; at++) {
      buffer[at] = (byte) (word >>> 56);
      word <<= 8;
    }
  }

  /// The 64 bits from a position on; zeros behind the limit.
  private static long peek(byte[] source, int offset, int position, int limit) {
    int at = offset + (position >>> 3);
    int used = position & 7;
    long word = at + 8 <= limit ? (long) LONG.get(source, at) : tail(source, at, limit);
    if (used == 0) {
      return word;
    }
    int next = at + 8 < limit ? source[at + 8] & 0xff : 0;
    return word << used | next >>> 8 - used;
  }

  private static long tail(byte[] source, int at, int limit) {
    long word = 0;
    for (int i = at; i < at + 8; i++) {
      word = word << 8 | (i < limit ? source[i] & 0xff : 0);
    }
    return word;
  }

  private static int varintLength(long value) {
    return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
  }

  private static void putVarint(byte[] buffer, int at, long value) {
    long rest = value;
    int i = at;
    while ((rest & ~0x7fL) != 0) {
      buffer[i++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    buffer[i] = (byte) rest;
  }

  private static int varintLength(byte[] source, int at, int limit) {
    for (int i = at; i < limit && i < at + 10; i++) {
      if (source[i] >= 0) {
        if (i == at + 9 && source[i] > 1) {
          break;
        }
        return i - at + 1;
      }
    }
    throw new CorruptDataException("xor chunk has a timestamp that does not end");
  }

  private static long varint(byte[] source, int at, int lengthBytes) {
    long value = 0;
    for (int i = 0; i < lengthBytes; i++) {
      value |= (source[at + i] & 0x7fL) << 7 * i;
    }
    return value;
  }

  private static void checkEnd(int position, int lengthBytes) {
    if (position > lengthBytes * 8L) {
      throw new CorruptDataException(
          "xor chunk of " + lengthBytes + " bytes needs " + (position + 7 >>> 3));
    }
  }

  private static CorruptDataException badWindow(int position, int leading, int significant) {
    return new CorruptDataException(
        "xor chunk has a value of "
            + leading
            + " leading and "
            + significant
            + " significant bits at bit "
            + position);
  }
}
