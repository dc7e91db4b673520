package io.pallium.tsdb.block;

import io.pallium.model.LabelCursor;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;

/// Writes the index of a block. Series come in label order with the places of their chunks; since
/// the symbols stand in front of them in the file and are not known before the last one, the series
/// go to a scratch file first. Confined to one thread.
///
/// Memory: the bytes of all distinct names and values, 4 bytes per series, 12 per distinct label,
/// and 8 per series (or [#MIN_BATCH]) for the postings of a batch of names. Source:
/// docs/formats/index.md.
final class IndexWriter implements AutoCloseable {
  /// How many labels of series are sorted at once, at the least.
  private static final int MIN_BATCH = 1 << 20;

  private final DurableFiles files;
  private final Path index;
  private final Path scratch;
  private final BlockOutput scratchOutput;
  private final SymbolCollector symbols = new SymbolCollector();
  private final LabelCursor labels = new LabelCursor();
  private int[] references = new int[1024];
  private int series;

  /// Offsets of postings lists and the ranks of their labels, in the order of the table.
  private int[] tableNames = new int[256];

  private int[] tableValues = new int[256];
  private long[] tableOffsets = new long[256];
  private int tableSize;

  IndexWriter(DurableFiles files, Path index, Path scratch) throws IOException {
    this.files = files;
    this.index = index;
    this.scratch = scratch;
    this.scratchOutput = new BlockOutput(files, scratch);
  }

  /// Adds a series.
  ///
  /// @param chunks the chunk part of the series' entry, as it goes into the file
  void add(byte[] canonicalLabels, ChunkEntries chunks) throws IOException {
    int size = 0;
    labels.reset(canonicalLabels, 0, canonicalLabels.length);
    while (labels.next()) {
      size++;
    }
    scratchOutput.uvarint(size);
    labels.reset(canonicalLabels, 0, canonicalLabels.length);
    while (labels.next()) {
      scratchOutput.uvarint(
          symbols.number(labels.source(), labels.nameOffset(), labels.nameLengthBytes()));
      scratchOutput.uvarint(
          symbols.number(labels.source(), labels.valueOffset(), labels.valueLengthBytes()));
    }
    scratchOutput.uvarint(chunks.lengthBytes());
    scratchOutput.bytes(chunks.bytes(), 0, chunks.lengthBytes());
    series++;
  }

  /// Writes the index, forces it and deletes the scratch file.
  void finish() throws IOException {
    scratchOutput.flush();
    int[] order = symbols.sorted();
    int[] ranks = new int[order.length];
    for (int rank = 0; rank < order.length; rank++) {
      ranks[order[rank]] = rank;
    }
    try (Arena arena = Arena.ofConfined();
        BlockOutput out = new BlockOutput(files, index)) {
      ByteCursor entries =
          new ByteCursor(
              new MappedBlockFiles.MappedSource(scratch.toString(), files.map(scratch, arena)));
      out.be32(BlockLayout.INDEX_MAGIC);
      out.octet(BlockLayout.INDEX_VERSION);
      long symbolsOffset = out.position();
      writeSymbols(out, order);
      long seriesOffset = out.position();
      int[] uses = writeSeries(out, entries, ranks);
      long postingsOffset = out.position();
      writePostings(out, entries, ranks, uses);
      long tableOffset = out.position();
      writePostingsTable(out, order);
      out.beginChecksum();
      out.be64(symbolsOffset);
      out.be64(seriesOffset);
      // Prometheus writes label indices no more and lets both entries point to what follows.
      out.be64(postingsOffset);
      out.be64(tableOffset);
      out.be64(postingsOffset);
      out.be64(tableOffset);
      out.endChecksum();
      out.force();
    }
    scratchOutput.close();
    files.delete(scratch);
  }

  @Override
  public void close() throws IOException {
    scratchOutput.close();
  }

  private void writeSymbols(BlockOutput out, int[] order) throws IOException {
    long length = 4;
    for (int symbol : order) {
      int bytes = symbols.lengthBytes(symbol);
      length += BlockOutput.uvarintLength(bytes) + bytes;
    }
    out.be32(sectionLength("symbols", length));
    out.beginChecksum();
    out.be32(order.length);
    for (int symbol : order) {
      writeSymbol(out, symbol);
    }
    out.endChecksum();
  }

  private void writeSymbol(BlockOutput out, int symbol) throws IOException {
    int bytes = symbols.lengthBytes(symbol);
    out.uvarint(bytes);
    out.bytes(symbols.bytes(), symbols.offset(symbol), bytes);
  }

  /// @return by rank of a symbol, how many series have it as a name
  private int[] writeSeries(BlockOutput out, ByteCursor entries, int[] ranks) throws IOException {
    int[] uses = new int[ranks.length];
    int[] pairs = new int[64];
    byte[] chunks = new byte[1024];
    references = new int[series];
    for (int i = 0; i < series; i++) {
      int size = (int) entries.uvarint();
      if (pairs.length < 2 * size) {
        pairs = new int[4 * size];
      }
      long length = BlockOutput.uvarintLength(size);
      for (int k = 0; k < 2 * size; k++) {
        pairs[k] = ranks[(int) entries.uvarint()];
        length += BlockOutput.uvarintLength(pairs[k]);
        if (k % 2 == 0) {
          uses[pairs[k]]++;
        }
      }
      int chunkBytes = (int) entries.uvarint();
      if (chunks.length < chunkBytes) {
        chunks = new byte[2 * chunkBytes];
      }
      entries.copy(chunks, chunkBytes);
      out.pad(BlockLayout.SERIES_ALIGNMENT);
      if (out.position() >= BlockLayout.MAX_INDEX_BYTES) {
        throw new AssertionError("BUG: the index of a block is larger than 32 GiB");
      }
      references[i] = (int) (out.position() / BlockLayout.SERIES_ALIGNMENT);
      out.uvarint(length + chunkBytes);
      out.beginChecksum();
      out.uvarint(size);
      for (int k = 0; k < 2 * size; k++) {
        out.uvarint(pairs[k]);
      }
      out.bytes(chunks, 0, chunkBytes);
      out.endChecksum();
    }
    return uses;
  }

  private void writePostings(BlockOutput out, ByteCursor entries, int[] ranks, int[] uses)
      throws IOException {
    out.pad(BlockLayout.POSTINGS_ALIGNMENT);
    // The list of all series has the empty name and value, which are not symbols.
    writeList(out, -1, -1, references, 0, series);
    long batchLimit = Math.max(MIN_BATCH, series);
    int from = 0;
    while (from < uses.length) {
      int to = from;
      long total = 0;
      while (to < uses.length && (total == 0 || total + uses[to] <= batchLimit)) {
        total += uses[to++];
      }
      if (total > 0) {
        writeBatch(out, entries, ranks, uses, from, to, (int) total);
      }
      from = to;
    }
  }

  /// Writes the postings of all labels whose names have the ranks `[from, to)`.
  private void writeBatch(
      BlockOutput out, ByteCursor entries, int[] ranks, int[] uses, int from, int to, int total)
      throws IOException {
    int[] next = new int[to - from + 1];
    for (int name = from; name < to; name++) {
      next[name - from + 1] = next[name - from] + uses[name];
    }
    int[] starts = next.clone();
    long[] pairs = new long[total];
    entries.range(0, scratchOutput.position());
    for (int i = 0; i < series; i++) {
      int size = (int) entries.uvarint();
      for (int k = 0; k < size; k++) {
        int name = ranks[(int) entries.uvarint()];
        int value = ranks[(int) entries.uvarint()];
        if (name >= from && name < to) {
          pairs[next[name - from]++] = (long) value << 32 | references[i] & 0xffff_ffffL;
        }
      }
      entries.skip(entries.uvarint());
    }
    int[] list = new int[1024];
    for (int name = from; name < to; name++) {
      int start = starts[name - from];
      int end = starts[name - from + 1];
      Arrays.sort(pairs, start, end);
      while (start < end) {
        int value = (int) (pairs[start] >>> 32);
        int length = 0;
        while (start < end && (int) (pairs[start] >>> 32) == value) {
          if (length == list.length) {
            list = Arrays.copyOf(list, length * 2);
          }
          list[length++] = (int) pairs[start++];
        }
        writeList(out, name, value, list, 0, length);
      }
    }
  }

  private void writeList(BlockOutput out, int name, int value, int[] list, int offset, int length)
      throws IOException {
    out.pad(BlockLayout.POSTINGS_ALIGNMENT);
    if (tableSize == tableOffsets.length) {
      tableNames = Arrays.copyOf(tableNames, tableSize * 2);
      tableValues = Arrays.copyOf(tableValues, tableSize * 2);
      tableOffsets = Arrays.copyOf(tableOffsets, tableSize * 2);
    }
    tableNames[tableSize] = name;
    tableValues[tableSize] = value;
    tableOffsets[tableSize] = out.position();
    tableSize++;
    out.be32(sectionLength("postings", 4L + 4L * length));
    out.beginChecksum();
    out.be32(length);
    for (int i = offset; i < offset + length; i++) {
      out.be32(list[i]);
    }
    out.endChecksum();
  }

  private void writePostingsTable(BlockOutput out, int[] order) throws IOException {
    long length = 4;
    for (int i = 0; i < tableSize; i++) {
      length +=
          1
              + tableSymbolLength(tableNames[i], order)
              + tableSymbolLength(tableValues[i], order)
              + BlockOutput.uvarintLength(tableOffsets[i]);
    }
    out.be32(sectionLength("postings offset table", length));
    out.beginChecksum();
    out.be32(tableSize);
    for (int i = 0; i < tableSize; i++) {
      out.uvarint(2);
      writeTableSymbol(out, tableNames[i], order);
      writeTableSymbol(out, tableValues[i], order);
      out.uvarint(tableOffsets[i]);
    }
    out.endChecksum();
  }

  private long tableSymbolLength(int rank, int[] order) {
    if (rank < 0) {
      return 1;
    }
    int bytes = symbols.lengthBytes(order[rank]);
    return (long) BlockOutput.uvarintLength(bytes) + bytes;
  }

  private void writeTableSymbol(BlockOutput out, int rank, int[] order) throws IOException {
    if (rank < 0) {
      out.uvarint(0);
      return;
    }
    writeSymbol(out, order[rank]);
  }

  private static long sectionLength(String section, long length) {
    if (length >>> 32 != 0) {
      throw new AssertionError("BUG: " + section + " of a block take " + length + " bytes");
    }
    return length;
  }
}
