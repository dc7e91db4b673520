package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import io.pallium.model.Labels;
import io.pallium.model.LabelsWriter;
import io.pallium.storage.QueryControl;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The index of a block. What is kept on the heap: 4 bytes per symbol, 4 per label, and the label
/// names; of a source that is not mapped also its symbols and its table of postings. Immutable and
/// thread-safe; readers bring their own [Access].
///
/// The checksums of symbols, postings table and table of contents are compared when it is opened,
/// those of postings lists and series when they are read. Source: docs/formats/index.md.
final class IndexReader {
  /// What most series and lists of postings are shorter than.
  private static final int ESTIMATED_BYTES = 1024;

  private final ByteSource source;
  private final boolean isVerifying;
  private final ByteSource.Window symbols;
  private final int[] symbolOffsets;
  private final long seriesStart;
  private final long seriesEnd;
  private final ByteSource.Window table;
  private final long allPostings;

  /// Where the value of each entry of the postings table is, from the start of [#table] on,
  /// unsigned.
  private final int[] entryOffsets;

  private final byte[][] names;

  /// By index of a name, its first entry; one more at the end.
  private final int[] nameStarts;

  IndexReader(ByteSource source, boolean isVerifying) {
    this.source = source;
    this.isVerifying = isVerifying;
    ByteCursor cursor = new ByteCursor(source);
    String file = source.name();
    IndexToc toc = IndexToc.read(source, isVerifying);
    this.seriesStart = toc.seriesStart();
    this.seriesEnd = toc.seriesEnd();
    this.symbols = part(cursor, toc.symbolsStart(), "symbols");
    this.symbolOffsets = symbolOffsets(cursor);
    this.table = part(cursor, toc.postingsTableStart(), "postings offset table");
    long tableStart = table.start();
    int entries = tableCount(cursor);
    long all = 0;
    int[] offsets = new int[entries];
    List<byte[]> foundNames = new ArrayList<>();
    int[] starts = new int[64];
    int kept = 0;
    for (int i = 0; i < entries; i++) {
      if (cursor.octet() != 2) {
        throw cursor.corrupt("an entry of the postings offset table is not of a name and a value");
      }
      int nameLength = cursor.count();
      byte[] last = foundNames.isEmpty() ? null : foundNames.getLast();
      int order = last == null ? 1 : cursor.compareTo(nameLength, last);
      boolean isAll = nameLength == 0;
      if (!isAll && order != 0) {
        if (order < 0) {
          throw cursor.corrupt("the postings offset table is not in order");
        }
        if (foundNames.size() + 1 == starts.length) {
          starts = Arrays.copyOf(starts, starts.length * 2);
        }
        starts[foundNames.size()] = kept;
        foundNames.add(cursor.bytes(nameLength));
      } else {
        cursor.skip(nameLength);
      }
      long valueAt = cursor.position() - tableStart;
      cursor.skip(cursor.count());
      long postings = cursor.uvarint();
      if (isAll) {
        all = postings;
      } else {
        offsets[kept++] = (int) valueAt;
      }
    }
    starts[foundNames.size()] = kept;
    this.entryOffsets = Arrays.copyOf(offsets, kept);
    this.names = foundNames.toArray(byte[][]::new);
    this.nameStarts = Arrays.copyOf(starts, names.length + 1);
    if (all == 0 && kept > 0) {
      throw new CorruptDataException(file + " has no list of all series");
    }
    this.allPostings = all;
  }

  /// What is kept on the heap, but for symbols and table where the source is not mapped.
  long heapBytes() {
    long bytes = 4L * (symbolOffsets.length + entryOffsets.length + nameStarts.length);
    for (byte[] name : names) {
      bytes += name.length + 24L;
    }
    return bytes;
  }

  /// A way to read, confined to one thread.
  Access access() {
    return new Access(source);
  }

  /// A way to read for a query, confined to one thread; to be closed.
  Access access(QueryControl control) {
    return new Access(source.forQuery(control));
  }

  /// Checks a part that begins with its length, and leaves the cursor on what comes after that.
  private ByteSource.Window part(ByteCursor cursor, long offset, String what) {
    cursor.range(offset, source.lengthBytes() - BlockLayout.TOC_BYTES);
    long lengthBytes = cursor.be32();
    long start = cursor.position();
    verify(cursor, start, start + lengthBytes, what);
    ByteSource.Window part = cursor.window(start, start + lengthBytes);
    cursor.range(start, start + lengthBytes);
    return part;
  }

  private void verify(ByteCursor cursor, long from, long to, String what) {
    cursor.range(from, to);
    if (isVerifying) {
      cursor.verify(from, to, what);
    }
  }

  private static int tableCount(ByteCursor cursor) {
    long count = cursor.be32();
    // Each element takes a byte at the least.
    if (count > cursor.left()) {
      throw cursor.corrupt("a count of " + count + " before " + cursor.left() + " bytes");
    }
    return (int) count;
  }

  private static int[] symbolOffsets(ByteCursor cursor) {
    long start = cursor.position();
    int[] offsets = new int[tableCount(cursor)];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = (int) (cursor.position() - start);
      cursor.skip(cursor.count());
    }
    return offsets;
  }

  /// Reads through a cursor and buffers of its own. Confined to one thread; valid as long as the
  /// block is open.
  final class Access implements AutoCloseable {
    private final ByteSource bytes;
    private final ByteCursor cursor;
    private final ByteCursor symbolCursor;
    private final ByteCursor tableCursor;
    private final LabelsWriter labels = new LabelsWriter();
    private byte[] nameBuffer = new byte[64];
    private byte[] valueBuffer = new byte[128];

    private Access(ByteSource bytes) {
      this.bytes = bytes;
      this.cursor = new ByteCursor(bytes);
      this.symbolCursor = new ByteCursor(bytes, symbols);
      this.tableCursor = new ByteCursor(bytes, table);
    }

    /// Whether reading is better planned.
    boolean isFar() {
      return bytes.isFar();
    }

    /// Says that the list of an entry is going to be read. Lists lie in the order of their entries.
    void planPostings(int entry) {
      if (bytes.isFar()) {
        long start = postingsOffset(entry);
        long next = entry + 1 < entryOffsets.length ? postingsOffset(entry + 1) : start;
        bytes.plan(start, next > start ? next - start : ESTIMATED_BYTES);
      }
    }

    /// Says that some series are going to be read, `references[from, to)`.
    void planSeries(int[] references, int from, int to) {
      for (int i = from; i < to; i++) {
        bytes.plan((long) references[i] * BlockLayout.SERIES_ALIGNMENT, ESTIMATED_BYTES);
      }
    }

    /// Lets go of what was read for the query.
    @Override
    public void close() {
      bytes.close();
    }

    /// Label names in order.
    List<String> labelNames() {
      List<String> all = new ArrayList<>(names.length);
      for (byte[] name : names) {
        all.add(new String(name, StandardCharsets.UTF_8));
      }
      return all;
    }

    /// The bytes of a name, not to be changed.
    byte[] nameBytes(int nameIndex) {
      return names[nameIndex];
    }

    /// The index of a name among [#labelNames]; negative if it is not there.
    int nameIndex(byte[] name) {
      return Arrays.binarySearch(names, name, Arrays::compareUnsigned);
    }

    /// The first entry of a name in the postings table. Entries of a name are in order of values.
    int firstEntry(int nameIndex) {
      return nameStarts[nameIndex];
    }

    /// The entry after the last of a name.
    int endEntry(int nameIndex) {
      return nameStarts[nameIndex + 1];
    }

    /// Reads the value of an entry into [#valueBuffer].
    ///
    /// @return its length in bytes
    int readValue(int entry) {
      int length = toValue(entry);
      valueBuffer = room(valueBuffer, length);
      tableCursor.copy(valueBuffer, length);
      return length;
    }

    /// What [#readValue] has read; valid until the next call.
    byte[] valueBuffer() {
      return valueBuffer;
    }

    /// The value of an entry.
    byte[] value(int entry) {
      return tableCursor.bytes(toValue(entry));
    }

    /// The entry of a name and a value; negative if there is none.
    int entry(int nameIndex, byte[] value) {
      int low = nameStarts[nameIndex];
      int high = nameStarts[nameIndex + 1] - 1;
      while (low <= high) {
        int middle = low + high >>> 1;
        int order = tableCursor.compareTo(toValue(middle), value);
        if (order == 0) {
          return middle;
        }
        if (order < 0) {
          low = middle + 1;
        } else {
          high = middle - 1;
        }
      }
      return -1;
    }

    /// The series that have the label of an entry.
    PostingsList postings(int entry) {
      return list(postingsOffset(entry));
    }

    /// All series.
    PostingsList allPostings() {
      return allPostings == 0
          ? new PostingsList(cursor.window(0, 0), source.name(), 0)
          : list(allPostings);
    }

    /// The place after the last that a reference to a series can name.
    int endReference() {
      return (int) (seriesEnd / BlockLayout.SERIES_ALIGNMENT) + 1;
    }

    /// Reads where the chunks of a series are.
    ///
    /// @return how many of them have a time in `[minMs, maxMs]` and were put into `into`
    int readChunks(int reference, long minMs, long maxMs, ChunkPlaces into) {
      skipLabels(reference);
      into.clear();
      int count = cursor.count();
      long chunkMinMs = 0;
      long chunkMaxMs = 0;
      long place = 0;
      for (int i = 0; i < count; i++) {
        chunkMinMs = i == 0 ? cursor.svarint() : chunkMaxMs + cursor.uvarint();
        chunkMaxMs = chunkMinMs + cursor.uvarint();
        place = i == 0 ? cursor.uvarint() : place + cursor.svarint();
        if (chunkMinMs <= maxMs && chunkMaxMs >= minMs) {
          into.add(chunkMinMs, chunkMaxMs, place);
        }
      }
      return into.count();
    }

    /// The labels of a series.
    Labels readLabels(int reference) {
      int size = toSeries(reference);
      labels.reset();
      for (int i = 0; i < size; i++) {
        int name = nextSymbol();
        int value = nextSymbol();
        int nameLength = toSymbol(name);
        nameBuffer = room(nameBuffer, nameLength);
        symbolCursor.copy(nameBuffer, nameLength);
        int valueLength = toSymbol(value);
        valueBuffer = room(valueBuffer, valueLength);
        symbolCursor.copy(valueBuffer, valueLength);
        labels.add(nameBuffer, 0, nameLength, valueBuffer, 0, valueLength);
      }
      return labels.toLabels();
    }

    /// The symbols of a series: name and value in turn, in `into` from 0 on, which grows if needed.
    int[] readSymbols(int reference, int[] into) {
      int size = 2 * toSeries(reference);
      int[] target = into.length <= size ? new int[size + 1] : into;
      target[0] = size;
      for (int i = 1; i <= size; i++) {
        target[i] = nextSymbol();
      }
      return target;
    }

    /// A symbol decoded. Numbers of symbols are in the order of their bytes.
    String symbol(int number) {
      return new String(symbolCursor.bytes(toSymbol(number)), StandardCharsets.UTF_8);
    }

    int symbolCount() {
      return symbolOffsets.length;
    }

    /// Whether a symbol is before another in the order of bytes.
    boolean isBefore(int symbol, int other) {
      byte[] bytes = symbolCursor.bytes(toSymbol(other));
      return symbolCursor.compareTo(toSymbol(symbol), bytes) < 0;
    }

    /// The number of a symbol; negative if it is not there.
    int symbolNumber(byte[] text) {
      int low = 0;
      int high = symbolOffsets.length - 1;
      while (low <= high) {
        int middle = low + high >>> 1;
        int order = symbolCursor.compareTo(toSymbol(middle), text);
        if (order == 0) {
          return middle;
        }
        if (order < 0) {
          low = middle + 1;
        } else {
          high = middle - 1;
        }
      }
      return -1;
    }

    private void skipLabels(int reference) {
      int size = toSeries(reference);
      for (int i = 0; i < size; i++) {
        cursor.uvarint();
        cursor.uvarint();
      }
    }

    /// @return the number of labels, which follow
    private int toSeries(int reference) {
      long at = (long) reference * BlockLayout.SERIES_ALIGNMENT;
      if (at < seriesStart || at >= seriesEnd) {
        throw new CorruptDataException(source.name() + " has no series at offset " + at);
      }
      cursor.range(at, seriesEnd);
      int length = cursor.count();
      long start = cursor.position();
      if (isVerifying) {
        cursor.verify(start, start + length, "series");
      }
      return cursor.range(start, start + length).count();
    }

    private int nextSymbol() {
      long number = cursor.uvarint();
      if (number < 0 || number >= symbolOffsets.length) {
        throw cursor.corrupt("a symbol " + number + " of " + symbolOffsets.length);
      }
      return (int) number;
    }

    private int toSymbol(int number) {
      long at = symbols.start() + (symbolOffsets[number] & 0xffff_ffffL);
      return symbolCursor.range(at, symbols.end()).count();
    }

    private int toValue(int entry) {
      long at = table.start() + (entryOffsets[entry] & 0xffff_ffffL);
      return tableCursor.range(at, table.end()).count();
    }

    private long postingsOffset(int entry) {
      int length = toValue(entry);
      tableCursor.skip(length);
      return tableCursor.uvarint();
    }

    private PostingsList list(long offset) {
      cursor.range(Math.max(0, offset), source.lengthBytes());
      long length = cursor.be32();
      long start = cursor.position();
      if (isVerifying) {
        cursor.verify(start, start + length, "postings");
      }
      cursor.range(start, start + length);
      long count = cursor.be32();
      if (count * 4 + 4 != length) {
        throw cursor.corrupt("a postings list of " + count + " series in " + length + " bytes");
      }
      return new PostingsList(cursor.window(start + 4, start + length), source.name(), (int) count);
    }

    private static byte[] room(byte[] buffer, int length) {
      return buffer.length < length ? new byte[2 * length] : buffer;
    }
  }
}
