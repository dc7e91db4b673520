package io.pallium.service.distributor;

import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import java.util.Arrays;

/// Reads one `prometheus.Histogram` message. Whether it is an integer or a float histogram is what
/// its count says; arrays and a zero count of the other kind are ignored, as in Prometheus.
/// Confined to one thread; owned by a [RemoteWriteReader].
///
/// Source: prometheus/prompb types.proto and io/prometheus/write/v2/types.proto.
final class HistogramReader {
  private static final int COUNT_INT = ProtoCursor.tag(1, ProtoCursor.VARINT);
  private static final int COUNT_FLOAT = ProtoCursor.tag(2, ProtoCursor.FIXED64);
  private static final int SUM = ProtoCursor.tag(3, ProtoCursor.FIXED64);
  private static final int SCHEMA = ProtoCursor.tag(4, ProtoCursor.VARINT);
  private static final int ZERO_THRESHOLD = ProtoCursor.tag(5, ProtoCursor.FIXED64);
  private static final int ZERO_COUNT_INT = ProtoCursor.tag(6, ProtoCursor.VARINT);
  private static final int ZERO_COUNT_FLOAT = ProtoCursor.tag(7, ProtoCursor.FIXED64);
  private static final int NEGATIVE_SPANS = ProtoCursor.tag(8, ProtoCursor.BYTES);
  private static final int NEGATIVE_DELTAS = ProtoCursor.tag(9, ProtoCursor.BYTES);
  private static final int NEGATIVE_DELTA = ProtoCursor.tag(9, ProtoCursor.VARINT);
  private static final int NEGATIVE_COUNTS = ProtoCursor.tag(10, ProtoCursor.BYTES);
  private static final int NEGATIVE_COUNT = ProtoCursor.tag(10, ProtoCursor.FIXED64);
  private static final int POSITIVE_SPANS = ProtoCursor.tag(11, ProtoCursor.BYTES);
  private static final int POSITIVE_DELTAS = ProtoCursor.tag(12, ProtoCursor.BYTES);
  private static final int POSITIVE_DELTA = ProtoCursor.tag(12, ProtoCursor.VARINT);
  private static final int POSITIVE_COUNTS = ProtoCursor.tag(13, ProtoCursor.BYTES);
  private static final int POSITIVE_COUNT = ProtoCursor.tag(13, ProtoCursor.FIXED64);
  private static final int RESET_HINT = ProtoCursor.tag(14, ProtoCursor.VARINT);
  private static final int TIMESTAMP = ProtoCursor.tag(15, ProtoCursor.VARINT);
  private static final int CUSTOM_VALUES = ProtoCursor.tag(16, ProtoCursor.BYTES);
  private static final int CUSTOM_VALUE = ProtoCursor.tag(16, ProtoCursor.FIXED64);
  private static final int START_TIMESTAMP = ProtoCursor.tag(17, ProtoCursor.VARINT);
  private static final int FIELDS = 0x1fffe;

  private static final int SPAN_OFFSET = ProtoCursor.tag(1, ProtoCursor.VARINT);
  private static final int SPAN_LENGTH = ProtoCursor.tag(2, ProtoCursor.VARINT);
  private static final int SPAN_FIELDS = 0b110;

  private static final ResetHint[] HINTS = ResetHint.values();

  private final ProtoCursor cursor;
  private final Spans negativeSpans = new Spans();
  private final Spans positiveSpans = new Spans();
  private final Numbers negativeDeltas = new Numbers();
  private final Numbers negativeCounts = new Numbers();
  private final Numbers positiveDeltas = new Numbers();
  private final Numbers positiveCounts = new Numbers();
  private final Numbers customValues = new Numbers();
  private long timestampMs;
  private long startMs;

  HistogramReader(ProtoCursor cursor) {
    this.cursor = cursor;
  }

  /// The timestamp of the histogram read last.
  long timestampMs() {
    return timestampMs;
  }

  /// Since when the histogram read last counts; 0 if that is not said.
  long startMs() {
    return startMs;
  }

  /// Reads the message from the cursor's position to `end`.
  NativeHistogram read(int end) {
    clear();
    boolean isFloat = false;
    long countBits = 0;
    boolean isZeroFloat = false;
    long zeroCountBits = 0;
    long sumBits = 0;
    long zeroThresholdBits = 0;
    int schema = 0;
    int hint = 0;
    while (cursor.position() < end) {
      int tag = cursor.readTag(end, "Histogram");
      if (tag == COUNT_INT) {
        isFloat = false;
        countBits = cursor.readVarint(end, "Histogram.count_int");
      } else if (tag == COUNT_FLOAT) {
        isFloat = true;
        countBits = cursor.readFixed64(end, "Histogram.count_float");
      } else if (tag == SUM) {
        sumBits = cursor.readFixed64(end, "Histogram.sum");
      } else if (tag == SCHEMA) {
        schema = zigZag((int) cursor.readVarint(end, "Histogram.schema"));
      } else if (tag == ZERO_THRESHOLD) {
        zeroThresholdBits = cursor.readFixed64(end, "Histogram.zero_threshold");
      } else if (tag == ZERO_COUNT_INT) {
        isZeroFloat = false;
        zeroCountBits = cursor.readVarint(end, "Histogram.zero_count_int");
      } else if (tag == ZERO_COUNT_FLOAT) {
        isZeroFloat = true;
        zeroCountBits = cursor.readFixed64(end, "Histogram.zero_count_float");
      } else if (tag == RESET_HINT) {
        hint = (int) cursor.readVarint(end, "Histogram.reset_hint");
      } else if (tag == TIMESTAMP) {
        timestampMs = cursor.readVarint(end, "Histogram.timestamp");
      } else if (tag == START_TIMESTAMP) {
        startMs = cursor.readVarint(end, "Histogram.start_timestamp");
      } else if (!readArray(tag, end)) {
        cursor.skipUnknown(tag, FIELDS, end, "Histogram");
      }
    }
    return new NativeHistogram(
        hint >= 0 && hint < HINTS.length ? HINTS[hint] : ResetHint.UNKNOWN,
        isFloat,
        schema,
        Double.longBitsToDouble(zeroThresholdBits),
        isFloat == isZeroFloat ? zeroCountBits : 0,
        countBits,
        Double.longBitsToDouble(sumBits),
        positiveSpans.toArray(),
        (isFloat ? positiveCounts : positiveDeltas).toArray(),
        negativeSpans.toArray(),
        (isFloat ? negativeCounts : negativeDeltas).toArray(),
        customValues.toDoubles());
  }

  private void clear() {
    timestampMs = 0;
    startMs = 0;
    negativeSpans.count = 0;
    positiveSpans.count = 0;
    negativeDeltas.count = 0;
    negativeCounts.count = 0;
    positiveDeltas.count = 0;
    positiveCounts.count = 0;
    customValues.count = 0;
  }

  private boolean readArray(int tag, int end) {
    if (tag == NEGATIVE_SPANS) {
      readSpan(negativeSpans, end, "Histogram.negative_spans");
    } else if (tag == POSITIVE_SPANS) {
      readSpan(positiveSpans, end, "Histogram.positive_spans");
    } else if (tag == NEGATIVE_DELTAS) {
      readPackedDeltas(negativeDeltas, end, "Histogram.negative_deltas");
    } else if (tag == POSITIVE_DELTAS) {
      readPackedDeltas(positiveDeltas, end, "Histogram.positive_deltas");
    } else if (tag == NEGATIVE_DELTA) {
      negativeDeltas.add(zigZag(cursor.readVarint(end, "Histogram.negative_deltas")));
    } else if (tag == POSITIVE_DELTA) {
      positiveDeltas.add(zigZag(cursor.readVarint(end, "Histogram.positive_deltas")));
    } else if (tag == NEGATIVE_COUNTS) {
      readPackedDoubles(negativeCounts, end, "Histogram.negative_counts");
    } else if (tag == POSITIVE_COUNTS) {
      readPackedDoubles(positiveCounts, end, "Histogram.positive_counts");
    } else if (tag == NEGATIVE_COUNT) {
      negativeCounts.add(cursor.readFixed64(end, "Histogram.negative_counts"));
    } else if (tag == POSITIVE_COUNT) {
      positiveCounts.add(cursor.readFixed64(end, "Histogram.positive_counts"));
    } else if (tag == CUSTOM_VALUES) {
      readPackedDoubles(customValues, end, "Histogram.custom_values");
    } else if (tag == CUSTOM_VALUE) {
      customValues.add(cursor.readFixed64(end, "Histogram.custom_values"));
    } else {
      return false;
    }
    return true;
  }

  private void readSpan(Spans spans, int messageEnd, String what) {
    int end = cursor.readEnd(messageEnd, what);
    int offset = 0;
    int length = 0;
    while (cursor.position() < end) {
      int tag = cursor.readTag(end, what);
      if (tag == SPAN_OFFSET) {
        offset = zigZag((int) cursor.readVarint(end, "BucketSpan.offset"));
      } else if (tag == SPAN_LENGTH) {
        length = (int) cursor.readVarint(end, "BucketSpan.length");
      } else {
        cursor.skipUnknown(tag, SPAN_FIELDS, end, "BucketSpan");
      }
    }
    spans.add(offset, length);
  }

  private void readPackedDeltas(Numbers target, int messageEnd, String what) {
    int end = cursor.readEnd(messageEnd, what);
    while (cursor.position() < end) {
      target.add(zigZag(cursor.readVarint(end, what)));
    }
  }

  private void readPackedDoubles(Numbers target, int messageEnd, String what) {
    int end = cursor.readEnd(messageEnd, what);
    while (cursor.position() < end) {
      target.add(cursor.readFixed64(end, what));
    }
  }

  private static int zigZag(int value) {
    return value >>> 1 ^ -(value & 1);
  }

  private static long zigZag(long value) {
    return value >>> 1 ^ -(value & 1);
  }

  /// A growing array of longs.
  private static final class Numbers {
    private long[] values = new long[16];
    private int count;

    void add(long value) {
      if (count == values.length) {
        values = Arrays.copyOf(values, count * 2);
      }
      values[count++] = value;
    }

    long[] toArray() {
      return Arrays.copyOf(values, count);
    }

    double[] toDoubles() {
      double[] doubles = new double[count];
      for (int i = 0; i < count; i++) {
        doubles[i] = Double.longBitsToDouble(values[i]);
      }
      return doubles;
    }
  }

  /// A growing array of offset and length in turn.
  private static final class Spans {
    private int[] values = new int[16];
    private int count;

    void add(int offset, int length) {
      if (count == values.length) {
        values = Arrays.copyOf(values, count * 2);
      }
      values[count++] = offset;
      values[count++] = length;
    }

    int[] toArray() {
      return Arrays.copyOf(values, count);
    }
  }
}
