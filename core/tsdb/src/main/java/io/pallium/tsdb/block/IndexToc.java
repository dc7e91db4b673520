package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;

/// The table of contents of an index: where its parts are, in bytes. What lies before the series
/// and from the table of postings on (symbols, and which lists there are) is what every query
/// needs. Source: docs/formats/index.md.
public record IndexToc(
    long symbolsStart, long seriesStart, long seriesEnd, long postingsTableStart) {

  /// Reads it from the end of an index.
  ///
  /// @throws CorruptDataException if that is none, or its checksum is not right
  public static IndexToc read(ByteSource index) {
    return read(index, true);
  }

  static IndexToc read(ByteSource index, boolean isVerifying) {
    String file = index.name();
    long size = index.lengthBytes();
    if (size < BlockLayout.INDEX_HEADER_BYTES + BlockLayout.TOC_BYTES
        || size > BlockLayout.MAX_INDEX_BYTES) {
      throw new CorruptDataException(
          file + " has " + size + " bytes; an index has at least 57 and at most 32 GiB");
    }
    ByteCursor cursor = new ByteCursor(index);
    if (cursor.be32() != (BlockLayout.INDEX_MAGIC & 0xffff_ffffL)
        || cursor.octet() != BlockLayout.INDEX_VERSION) {
      throw new CorruptDataException(file + " does not begin as an index of version 2");
    }
    long toc = size - BlockLayout.TOC_BYTES;
    if (isVerifying) {
      cursor.verify(toc, size - BlockLayout.CRC_BYTES, "table of contents");
    }
    cursor.range(toc, size);
    long symbols = section(cursor.be64(), toc, file);
    long series = section(cursor.be64(), toc, file);
    long seriesEnd = section(cursor.be64(), toc, file);
    cursor.skip(8);
    section(cursor.be64(), toc, file);
    return new IndexToc(symbols, series, seriesEnd, section(cursor.be64(), toc, file));
  }

  private static long section(long offset, long toc, String file) {
    if (offset < BlockLayout.INDEX_HEADER_BYTES || offset > toc) {
      throw new CorruptDataException(file + " has a section at " + offset + " of " + toc);
    }
    return offset;
  }
}
