package io.pallium.service.distributor;

import io.pallium.base.BadRequestException;
import io.pallium.base.HotPath;
import java.util.Arrays;
import java.util.BitSet;

/// Rewrites a remote write 2.0 request (protobuf `io.prometheus.write.v2.Request`) as the 1.0
/// request that says the same, for [RemoteWriteReader]. Samples and histograms are copied with
/// their start timestamps, which 1.0 does not know and the reader does. Labels are written out, in
/// the bytes that a 1.0 sender has for them, so that a series has one alias whichever way it comes.
///
/// What series say about their metric families becomes an entry per metric name. Room is taken for
/// every byte before it is written: a few symbols can stand for very much. Confined to one thread;
/// used again for the next request.
///
/// Source: prometheus/prompb io/prometheus/write/v2/types.proto.
@HotPath
final class RemoteWriteTranslator {
  private static final String REQUEST = "Request";
  private static final int SYMBOLS = ProtoCursor.tag(4, ProtoCursor.BYTES);
  private static final int SERIES = ProtoCursor.tag(5, ProtoCursor.BYTES);
  private static final int REQUEST_FIELDS = 1 << 4 | 1 << 5;

  private static final int LABELS_REFS = ProtoCursor.tag(1, ProtoCursor.BYTES);
  private static final int LABELS_REF = ProtoCursor.tag(1, ProtoCursor.VARINT);
  private static final int SAMPLES = ProtoCursor.tag(2, ProtoCursor.BYTES);
  private static final int HISTOGRAMS = ProtoCursor.tag(3, ProtoCursor.BYTES);
  private static final int EXEMPLARS = ProtoCursor.tag(4, ProtoCursor.BYTES);
  private static final int METADATA = ProtoCursor.tag(5, ProtoCursor.BYTES);
  private static final int SERIES_FIELDS = 0b111110;

  private static final int EXEMPLAR_VALUE = ProtoCursor.tag(2, ProtoCursor.FIXED64);
  private static final int EXEMPLAR_TIMESTAMP = ProtoCursor.tag(3, ProtoCursor.VARINT);
  private static final int EXEMPLAR_FIELDS = 0b1110;

  private static final int METADATA_TYPE = ProtoCursor.tag(1, ProtoCursor.VARINT);
  private static final int METADATA_HELP = ProtoCursor.tag(3, ProtoCursor.VARINT);
  private static final int METADATA_UNIT = ProtoCursor.tag(4, ProtoCursor.VARINT);
  private static final int METADATA_FIELDS = 0b11010;

  /// The same things in a 1.0 request.
  private static final int SERIES_1 = ProtoCursor.tag(1, ProtoCursor.BYTES);

  private static final int METADATA_1 = ProtoCursor.tag(3, ProtoCursor.BYTES);
  private static final byte LABELS_1 = (byte) ProtoCursor.tag(1, ProtoCursor.BYTES);
  private static final byte LABEL_NAME_1 = (byte) ProtoCursor.tag(1, ProtoCursor.BYTES);
  private static final byte LABEL_VALUE_1 = (byte) ProtoCursor.tag(2, ProtoCursor.BYTES);
  private static final int EXEMPLARS_1 = ProtoCursor.tag(3, ProtoCursor.BYTES);
  private static final int HISTOGRAMS_1 = ProtoCursor.tag(4, ProtoCursor.BYTES);
  private static final int METADATA_FAMILY_1 = ProtoCursor.tag(2, ProtoCursor.BYTES);
  private static final int METADATA_HELP_1 = ProtoCursor.tag(4, ProtoCursor.BYTES);
  private static final int METADATA_UNIT_1 = ProtoCursor.tag(5, ProtoCursor.BYTES);

  private static final byte[] NAME = {'_', '_', 'n', 'a', 'm', 'e', '_', '_'};

  /// A length that is not known yet is written in this many bytes.
  private static final int LENGTH_BYTES = 5;

  private static final int MAX_VARINT_BYTES = 10;
  private static final int SYMBOL_BYTES = 8;

  private final RequestRoom room;
  private final ProtoCursor cursor = new ProtoCursor();

  private int symbolCount;
  private int[] symbolStarts = new int[64];
  private int[] symbolEnds = new int[64];

  private int refCount;
  private int[] refs = new int[32];

  /// The metric names, by symbol, whose family has its entry.
  private final BitSet described = new BitSet();

  private int metadataType;
  private int helpRef;
  private int unitRef;

  private byte[] out = new byte[4096];
  private int length;

  /// @param room where what is written takes room
  RemoteWriteTranslator(RequestRoom room) {
    this.room = room;
  }

  /// Rewrites the request in `body[0, lengthBytes)`.
  ///
  /// @return the array that holds the result until the next call
  /// @throws BadRequestException if the body is not a valid request as far as it is looked into, or
  ///   would be too large
  byte[] translate(byte[] body, int lengthBytes) {
    length = 0;
    symbolCount = 0;
    described.clear();
    // Symbols may stand behind the series that use them.
    cursor.reset(body, 0);
    while (cursor.position() < lengthBytes) {
      int tag = cursor.readTag(lengthBytes, REQUEST);
      if (tag == SYMBOLS) {
        int end = cursor.readEnd(lengthBytes, "Request.symbols");
        noteSymbol(cursor.position(), end);
        cursor.position(end);
      } else {
        cursor.skip(tag, lengthBytes, REQUEST);
      }
    }
    cursor.reset(body, 0);
    while (cursor.position() < lengthBytes) {
      int tag = cursor.readTag(lengthBytes, REQUEST);
      if (tag == SERIES) {
        addSeries(cursor.readEnd(lengthBytes, "Request.timeseries"));
      } else if (tag == SYMBOLS) {
        cursor.skip(tag, lengthBytes, REQUEST);
      } else {
        cursor.skipUnknown(tag, REQUEST_FIELDS, lengthBytes, REQUEST);
      }
    }
    return out;
  }

  /// The bytes of the result.
  int lengthBytes() {
    return length;
  }

  private void noteSymbol(int start, int end) {
    room.take(SYMBOL_BYTES);
    if (symbolCount == symbolStarts.length) {
      symbolStarts = Arrays.copyOf(symbolStarts, symbolCount * 2);
      symbolEnds = Arrays.copyOf(symbolEnds, symbolCount * 2);
    }
    symbolStarts[symbolCount] = start;
    symbolEnds[symbolCount++] = end;
  }

  private void addSeries(int end) {
    int start = beginMessage(SERIES_1);
    refCount = 0;
    metadataType = 0;
    helpRef = 0;
    unitRef = 0;
    boolean isDescribed = false;
    int exemplars = -1;
    while (cursor.position() < end) {
      int fieldStart = cursor.position();
      int tag = cursor.readTag(end, "TimeSeries");
      if (tag == SAMPLES) {
        cursor.position(cursor.readEnd(end, "TimeSeries.samples"));
        copy(fieldStart, cursor.position());
      } else if (tag == HISTOGRAMS) {
        addBytes(HISTOGRAMS_1, cursor.readEnd(end, "TimeSeries.histograms"));
      } else if (tag == EXEMPLARS) {
        exemplars = exemplars < 0 ? fieldStart : exemplars;
        cursor.position(cursor.readEnd(end, "TimeSeries.exemplars"));
      } else if (tag == METADATA) {
        readMetadata(cursor.readEnd(end, "TimeSeries.metadata"));
        isDescribed = true;
      } else if (!readRefs(tag, end, "TimeSeries.labels_refs")) {
        cursor.skipUnknown(tag, SERIES_FIELDS, end, "TimeSeries");
      }
    }
    addLabels("TimeSeries.labels_refs");
    int name = isDescribed ? nameSymbol() : -1;
    if (exemplars >= 0) {
      cursor.position(exemplars);
      addExemplars(end);
    }
    endMessage(start);
    if (name >= 0) {
      addMetadata(name);
    }
  }

  /// Exemplars have refs of their own, so they come after those of the series are written out.
  private void addExemplars(int end) {
    while (cursor.position() < end) {
      int tag = cursor.readTag(end, "TimeSeries");
      if (tag == EXEMPLARS) {
        addExemplar(cursor.readEnd(end, "TimeSeries.exemplars"));
      } else {
        cursor.skip(tag, end, "TimeSeries");
      }
    }
  }

  private void addExemplar(int end) {
    int start = beginMessage(EXEMPLARS_1);
    refCount = 0;
    while (cursor.position() < end) {
      int fieldStart = cursor.position();
      int tag = cursor.readTag(end, "Exemplar");
      if (tag == EXEMPLAR_VALUE || tag == EXEMPLAR_TIMESTAMP) {
        cursor.skip(tag, end, "Exemplar");
        copy(fieldStart, cursor.position());
      } else if (!readRefs(tag, end, "Exemplar.labels_refs")) {
        cursor.skipUnknown(tag, EXEMPLAR_FIELDS, end, "Exemplar");
      }
    }
    addLabels("Exemplar.labels_refs");
    endMessage(start);
  }

  private void readMetadata(int end) {
    while (cursor.position() < end) {
      int tag = cursor.readTag(end, "Metadata");
      if (tag == METADATA_TYPE) {
        metadataType = (int) cursor.readVarint(end, "Metadata.type");
      } else if (tag == METADATA_HELP) {
        helpRef = symbol(cursor.readVarint(end, "Metadata.help_ref"), "Metadata.help_ref");
      } else if (tag == METADATA_UNIT) {
        unitRef = symbol(cursor.readVarint(end, "Metadata.unit_ref"), "Metadata.unit_ref");
      } else {
        cursor.skipUnknown(tag, METADATA_FIELDS, end, "Metadata");
      }
    }
  }

  /// Adds an entry for a metric name, unless it has one or nothing is known of it.
  private void addMetadata(int name) {
    if (described.get(name) || (metadataType == 0 && helpRef == 0 && unitRef == 0)) {
      return;
    }
    described.set(name);
    int start = beginMessage(METADATA_1);
    addVarint(METADATA_TYPE);
    addVarint(metadataType);
    addSymbol(METADATA_FAMILY_1, name);
    if (helpRef != 0) {
      addSymbol(METADATA_HELP_1, helpRef);
    }
    if (unitRef != 0) {
      addSymbol(METADATA_UNIT_1, unitRef);
    }
    endMessage(start);
  }

  /// The symbol of the metric name in the refs; -1 if there is none.
  private int nameSymbol() {
    for (int i = 0; i < refCount; i += 2) {
      if (Arrays.equals(
          cursor.source(), symbolStarts[refs[i]], symbolEnds[refs[i]], NAME, 0, NAME.length)) {
        return refs[i + 1];
      }
    }
    return -1;
  }

  /// Reads refs, packed or not.
  ///
  /// @return false if the field is none of them
  private boolean readRefs(int tag, int end, String what) {
    if (tag == LABELS_REF) {
      addRef(cursor.readVarint(end, what), what);
      return true;
    }
    if (tag != LABELS_REFS) {
      return false;
    }
    int refsEnd = cursor.readEnd(end, what);
    while (cursor.position() < refsEnd) {
      addRef(cursor.readVarint(refsEnd, what), what);
    }
    return true;
  }

  private void addRef(long ref, String what) {
    int symbol = symbol(ref, what);
    if (refCount == refs.length) {
      room.take((long) refCount * Integer.BYTES);
      refs = Arrays.copyOf(refs, refCount * 2);
    }
    refs[refCount++] = symbol;
  }

  private int symbol(long ref, String what) {
    // The first symbol is the empty text, and a sender without symbols may mean it all the same.
    if (ref < 0 || (ref >= symbolCount && ref != 0)) {
      throw cursor.malformed("symbol " + Long.toUnsignedString(ref) + " of " + symbolCount, what);
    }
    return (int) ref;
  }

  private void addLabels(String what) {
    if ((refCount & 1) != 0 || (refCount > 0 && symbolCount == 0)) {
      throw cursor.malformed("a label name without a value", what);
    }
    // Room is taken once for all of them: they are most of what a request has.
    long bytes = 0;
    for (int i = 0; i < refCount; i += 2) {
      long label = labelBytes(refs[i], refs[i + 1]);
      bytes += 1 + varintBytes(label) + label;
    }
    room.take(bytes);
    ensure(bytes);
    for (int i = 0; i < refCount; i += 2) {
      out[length++] = LABELS_1;
      putVarint(labelBytes(refs[i], refs[i + 1]));
      putText(LABEL_NAME_1, refs[i]);
      putText(LABEL_VALUE_1, refs[i + 1]);
    }
  }

  /// The length of a label as a message.
  private long labelBytes(int name, int value) {
    long nameLength = symbolEnds[name] - symbolStarts[name];
    long valueLength = symbolEnds[value] - symbolStarts[value];
    return 2 + varintBytes(nameLength) + nameLength + varintBytes(valueLength) + valueLength;
  }

  /// Writes a symbol where there is room for it.
  private void putText(byte tag, int symbol) {
    int start = symbolStarts[symbol];
    int bytes = symbolEnds[symbol] - start;
    out[length++] = tag;
    putVarint(bytes);
    System.arraycopy(cursor.source(), start, out, length, bytes);
    length += bytes;
  }

  private void addSymbol(int tag, int symbol) {
    addVarint(tag);
    addVarint(symbolEnds[symbol] - symbolStarts[symbol]);
    copy(symbolStarts[symbol], symbolEnds[symbol]);
  }

  /// Adds a field with the bytes from the cursor's position to `end`.
  private void addBytes(int tag, int end) {
    addVarint(tag);
    addVarint(end - cursor.position());
    copy(cursor.position(), end);
    cursor.position(end);
  }

  /// @return where the message begins
  private int beginMessage(int tag) {
    addVarint(tag);
    room.take(LENGTH_BYTES);
    ensure(LENGTH_BYTES);
    length += LENGTH_BYTES;
    return length;
  }

  private void endMessage(int start) {
    int rest = length - start;
    for (int i = LENGTH_BYTES; i > 0; i--) {
      out[start - i] = (byte) (rest & 0x7f | (i > 1 ? 0x80 : 0));
      rest >>>= 7;
    }
  }

  private void addVarint(long value) {
    ensure(MAX_VARINT_BYTES);
    int start = length;
    putVarint(value);
    room.take(length - start);
  }

  /// Writes a number where there is room for it.
  private void putVarint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    out[length++] = (byte) rest;
  }

  private void copy(int from, int to) {
    room.take(to - from);
    ensure(to - from);
    System.arraycopy(cursor.source(), from, out, length, to - from);
    length += to - from;
  }

  private void ensure(long more) {
    if (out.length - length < more) {
      long needed = (long) length + more;
      if (needed > Integer.MAX_VALUE - 16) {
        throw BadRequestException.tooLarge("the request has more than 2 GiB with its labels");
      }
      out =
          Arrays.copyOf(
              out, (int) Math.min(Integer.MAX_VALUE - 16, Math.max(needed, out.length * 2L)));
    }
  }

  private static int varintBytes(long value) {
    return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
  }
}
