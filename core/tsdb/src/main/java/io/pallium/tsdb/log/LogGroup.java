package io.pallium.tsdb.log;

import static io.pallium.tsdb.log.LogLayout.INT_LE;

import io.pallium.base.HotPath;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Records that are written and forced together. Filled under the log's lock, written by the log's
/// thread.
@HotPath
final class LogGroup {
  private static final int INITIAL_BYTES = 256 * 1024;
  private static final int KEPT_BYTES = 8 << 20;

  private byte[] bytes = new byte[INITIAL_BYTES];
  private int length;
  private int count;
  private @Nullable LogAppend first;
  private @Nullable LogAppend last;

  boolean isEmpty() {
    return length == 0;
  }

  byte[] bytes() {
    return bytes;
  }

  int lengthBytes() {
    return length;
  }

  int count() {
    return count;
  }

  /// The first append; the others follow it by their links.
  @Nullable LogAppend first() {
    return first;
  }

  void add(byte[] record, int recordLength, int mask, LogAppend append) {
    if (bytes.length - length < recordLength) {
      long wanted = Math.max(bytes.length * 2L, (long) length + recordLength);
      bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, Integer.MAX_VALUE - 16));
    }
    System.arraycopy(record, 0, bytes, length, recordLength);
    int check = length + LogLayout.RECORD_CHECK;
    INT_LE.set(bytes, check, (int) INT_LE.get(bytes, check) ^ mask);
    length += recordLength;
    count++;
    if (last == null) {
      first = append;
    } else {
      last.next = append;
    }
    last = append;
  }

  void clear() {
    if (bytes.length > KEPT_BYTES) {
      bytes = new byte[INITIAL_BYTES];
    }
    length = 0;
    count = 0;
    first = null;
    last = null;
  }
}
