package io.pallium.model;

import org.jspecify.annotations.Nullable;

/// Turns a [WriteResult] into bytes for another process and back.
///
/// Source: docs/formats/write-batch.md.
public final class WriteResultCodec {
  private static final int VERSION = 1;
  private static final String WHAT = "a write result";
  private static final String ID_PREFIX = "err-pallium-";
  private static final RejectReason[] REASONS = RejectReason.values();

  private WriteResultCodec() {}

  /// Encodes a result.
  ///
  /// @return a new array
  public static byte[] encode(WriteResult result) {
    ByteWriter out = new ByteWriter();
    out.putByte(VERSION);
    out.putLong(result.incarnation());
    out.putVarint(result.seriesCount());
    out.putVarint(result.storedSamples());
    putRefs(out, result);
    putUnknownRefs(out, result);
    putRejected(out, result);
    return out.toBytes();
  }

  /// Reads a result, from exactly `source[offset, offset + lengthBytes)`.
  ///
  /// @param seriesCount how many series the batch had that this answers
  /// @throws CorruptDataException if the bytes are not a result of a version that is known, or not
  ///   one for such a batch
  public static WriteResult decode(byte[] source, int offset, int lengthBytes, int seriesCount) {
    ByteReader in = new ByteReader(WHAT, source, offset, lengthBytes);
    int version = in.readByte();
    if (version != VERSION) {
      throw in.corrupt("version " + version + " is not known");
    }
    long incarnation = in.readLong();
    long count = in.readVarint();
    if (count != seriesCount) {
      throw in.corrupt("it is about " + count + " series, the batch had " + seriesCount);
    }
    WriteResult result = new WriteResult(incarnation, seriesCount);
    result.addStored(in.readVarint());
    readRefs(in, result);
    readUnknownRefs(in, result);
    readRejected(in, result);
    in.requireEnd();
    return result;
  }

  private static void putRefs(ByteWriter out, WriteResult result) {
    int count = 0;
    for (int i = 0; i < result.seriesCount(); i++) {
      count += result.ref(i) == WriteBatch.NO_REF ? 0 : 1;
    }
    out.putVarint(count);
    int previous = -1;
    long previousRef = 0;
    for (int i = 0; i < result.seriesCount(); i++) {
      long ref = result.ref(i);
      if (ref != WriteBatch.NO_REF) {
        out.putVarint(i - previous);
        out.putSigned(ref - previousRef);
        previous = i;
        previousRef = ref;
      }
    }
  }

  private static void readRefs(ByteReader in, WriteResult result) {
    int count = in.readCount(2);
    int series = -1;
    long ref = 0;
    for (int i = 0; i < count; i++) {
      series = nextSeries(in, series, result.seriesCount());
      ref += in.readSigned();
      if (ref == WriteBatch.NO_REF) {
        throw in.corrupt("ref 0 is given out");
      }
      result.assignRef(series, ref);
    }
  }

  private static void putUnknownRefs(ByteWriter out, WriteResult result) {
    out.putVarint(result.unknownRefCount());
    int previous = -1;
    for (int i = 0; i < result.unknownRefCount(); i++) {
      out.putVarint(result.unknownRef(i) - previous);
      previous = result.unknownRef(i);
    }
  }

  private static void readUnknownRefs(ByteReader in, WriteResult result) {
    int count = in.readCount(1);
    int series = -1;
    for (int i = 0; i < count; i++) {
      series = nextSeries(in, series, result.seriesCount());
      result.addUnknownRef(series);
    }
  }

  private static int nextSeries(ByteReader in, int previous, int seriesCount) {
    int step = in.readInt(seriesCount);
    if (step == 0 || previous + step >= seriesCount) {
      throw in.corrupt("series " + (previous + step) + " of " + seriesCount);
    }
    return previous + step;
  }

  private static void putRejected(ByteWriter out, WriteResult result) {
    int count = 0;
    for (RejectReason reason : REASONS) {
      count += result.rejected(reason) > 0 ? 1 : 0;
    }
    out.putVarint(count);
    for (RejectReason reason : REASONS) {
      if (result.rejected(reason) > 0) {
        out.putText(id(reason));
        out.putVarint(result.rejected(reason));
      }
    }
    RejectReason first = result.firstReason();
    out.putText(first == null ? "" : id(first));
    out.putText(result.firstRejection());
  }

  private static void readRejected(ByteReader in, WriteResult result) {
    int count = in.readCount(2);
    for (int i = 0; i < count; i++) {
      RejectReason reason = reason(in, in.readText());
      result.addRejected(reason, in.readVarint());
    }
    String first = in.readText();
    String text = in.readText();
    if (!first.isEmpty()) {
      result.describeFirst(reason(in, first), text);
    } else if (!text.isEmpty()) {
      throw in.corrupt("it describes a refusal without a reason");
    }
  }

  private static String id(RejectReason reason) {
    return reason.errorId().substring(ID_PREFIX.length());
  }

  private static RejectReason reason(ByteReader in, String id) {
    RejectReason found = find(id);
    if (found == null) {
      throw in.corrupt("the reason is not known");
    }
    return found;
  }

  private static @Nullable RejectReason find(String id) {
    for (RejectReason reason : REASONS) {
      if (id(reason).equals(id)) {
        return reason;
      }
    }
    return null;
  }
}
