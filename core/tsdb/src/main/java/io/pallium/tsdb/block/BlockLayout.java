package io.pallium.tsdb.block;

import java.util.Locale;

/// Names, magic numbers and widths of the files of a block. Source: docs/formats/block.md,
/// docs/formats/index.md.
final class BlockLayout {
  static final String META = "meta.json";
  static final String INDEX = "index";
  static final String TOMBSTONES = "tombstones";
  static final String CHUNKS = "chunks";
  static final String UNFINISHED_SUFFIX = ".tmp-for-creation";

  static final int CHUNKS_MAGIC = 0x85bd40dd;
  static final int CHUNKS_VERSION = 1;
  static final int CHUNKS_HEADER_BYTES = 8;
  static final long MAX_SEGMENT_BYTES = 512L << 20;

  /// A chunk of a file is a varint, an encoding, the bytes and a checksum.
  static final int CHUNK_FRAME_BYTES = 5 + 1 + 4;

  static final int TOMBSTONES_MAGIC = 0x0130ba30;
  static final int TOMBSTONES_VERSION = 1;
  static final int TOMBSTONES_HEADER_BYTES = 5;

  static final int INDEX_MAGIC = 0xbaaad700;
  static final int INDEX_VERSION = 2;
  static final int INDEX_HEADER_BYTES = 5;
  static final int TOC_BYTES = 6 * 8 + 4;
  static final int SERIES_ALIGNMENT = 16;
  static final int POSTINGS_ALIGNMENT = 4;
  static final int CRC_BYTES = 4;

  /// References of series count 16 bytes. They are 32 bits wide in the file; we use 31, so that
  /// they are positive numbers here.
  static final long MAX_INDEX_BYTES = 32L << 30;

  private BlockLayout() {}

  static String segmentName(int index) {
    return String.format(Locale.ROOT, "%06d", index + 1);
  }
}
