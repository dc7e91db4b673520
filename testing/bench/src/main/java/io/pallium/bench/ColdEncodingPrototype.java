package io.pallium.bench;

import io.airlift.compress.v3.zstd.ZstdCompressor;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.tsdb.block.BlockReader;
import io.pallium.tsdb.block.BlockScan;
import io.pallium.tsdb.file.LocalDurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Encodes the float series of a block anew with [DecimalColumn] and prints sizes and times beside
/// those of the block's own chunks: `java -cp 'BENCH/*' io.pallium.bench.ColdEncodingPrototype
/// BLOCK`.
public final class ColdEncodingPrototype {
  private static final int ROUNDS = 5;
  private static final int PAGE_BYTES = 64 * 1024;

  /// One series as it was encoded anew.
  private record Cold(byte[] bytes, int samples) {}

  private ColdEncodingPrototype() {}

  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      throw new IllegalArgumentException("usage: ColdEncodingPrototype BLOCK");
    }
    List<Cold> series = new ArrayList<>();
    long chunkBytes = 0;
    long samples = 0;
    long kept = 0;
    int mostSamples = 0;
    try (BlockReader block = BlockReader.open(new LocalDurableFiles(), Path.of(args[0]))) {
      for (int round = 0; round < ROUNDS; round++) {
        System.out.printf("chunks of the block: %.1f M samples/s%n", scan(block) / 1e6);
      }
      try (BlockScan scan = block.scan()) {
        while (scan.next()) {
          long ownBytes = 0;
          for (int chunk = 0; chunk < scan.chunkCount(); chunk++) {
            scan.read(chunk);
            ownBytes += scan.lengthBytes();
          }
          chunkBytes += ownBytes;
          SampleColumn column = read(scan);
          samples += column.size();
          Cold cold = column.hasHistograms() ? null : encode(column);
          if (cold == null) {
            kept += ownBytes;
          } else {
            series.add(cold);
            mostSamples = Math.max(mostSamples, cold.samples);
          }
          column.release();
        }
      }
    }
    long coldBytes = series.stream().mapToLong(cold -> cold.bytes.length).sum();
    System.out.printf(
        "%d samples: chunks %.3f B a sample, decimal columns %.3f B (of it %.3f B not decimal),"
            + " the same in pages of zstd %.3f B%n",
        samples,
        (double) chunkBytes / samples,
        (double) (coldBytes + kept) / samples,
        (double) kept / samples,
        (double) (compressed(series) + kept) / samples);
    for (int round = 0; round < ROUNDS; round++) {
      System.out.printf("decimal columns: %.1f M samples/s%n", decode(series, mostSamples) / 1e6);
    }
  }

  private static SampleColumn read(BlockScan scan) {
    SampleColumn column = new SampleColumn(QueryControl.unlimited());
    SampleCursor cursor = scan.samples(0, scan.chunkCount());
    while (cursor.nextRun(column)) {
      // All of them.
    }
    return column;
  }

  private static double scan(BlockReader block) {
    long samples = 0;
    long nanos = 0;
    try (BlockScan scan = block.scan()) {
      SampleColumn column = new SampleColumn(QueryControl.unlimited());
      while (scan.next()) {
        column.clear();
        SampleCursor cursor = scan.samples(0, scan.chunkCount());
        long startNanos = System.nanoTime();
        while (cursor.nextRun(column)) {
          // All of them.
        }
        nanos += System.nanoTime() - startNanos;
        samples += column.size();
      }
    }
    return samples * 1e9 / nanos;
  }

  /// The series anew; null if its values are no decimals.
  private static @Nullable Cold encode(SampleColumn column) {
    int count = column.size();
    DecimalColumn codec = new DecimalColumn(count);
    byte[] bytes = new byte[32 * count + 256];
    int times = codec.encodeTimes(column.timestampsMs(), count, bytes, 0);
    int values = codec.encode(column.values(), count, bytes, times);
    if (values < 0) {
      return null;
    }
    double[] decoded = new double[count];
    long[] decodedTimes = new long[count];
    codec.decode(bytes, codec.decodeTimes(bytes, 0, count, decodedTimes), count, decoded);
    for (int i = 0; i < count; i++) {
      if (decodedTimes[i] != column.timestampsMs()[i]
          || Double.doubleToRawLongBits(decoded[i])
              != Double.doubleToRawLongBits(column.values()[i])) {
        throw new AssertionError("BUG: sample " + i + " is not what it was");
      }
    }
    byte[] exact = new byte[times + values];
    System.arraycopy(bytes, 0, exact, 0, exact.length);
    return new Cold(exact, count);
  }

  private static double decode(List<Cold> series, int mostSamples) {
    DecimalColumn codec = new DecimalColumn(mostSamples);
    double[] values = new double[mostSamples];
    long[] timestampsMs = new long[mostSamples];
    byte[] room = new byte[0];
    long samples = 0;
    double sum = 0;
    long nanos = 0;
    for (Cold cold : series) {
      // A reader may look eight bytes beyond the end.
      if (room.length < cold.bytes.length + 16) {
        room = new byte[cold.bytes.length * 2 + 16];
      }
      long startNanos = System.nanoTime();
      System.arraycopy(cold.bytes, 0, room, 0, cold.bytes.length);
      int at = codec.decodeTimes(room, 0, cold.samples, timestampsMs);
      codec.decode(room, at, cold.samples, values);
      nanos += System.nanoTime() - startNanos;
      samples += cold.samples;
      sum += values[cold.samples - 1];
    }
    if (Double.isNaN(sum)) {
      throw new AssertionError("BUG: decimals are numbers");
    }
    return samples * 1e9 / nanos;
  }

  /// The bytes of all series in pages that are compressed each.
  private static long compressed(List<Cold> series) {
    ZstdCompressor compressor = ZstdCompressor.create();
    byte[] page = new byte[PAGE_BYTES * 16];
    byte[] room = new byte[compressor.maxCompressedLength(page.length)];
    long total = 0;
    int used = 0;
    for (Cold cold : series) {
      if (used + cold.bytes.length > page.length || used >= PAGE_BYTES) {
        total += compressor.compress(page, 0, used, room, 0, room.length);
        used = 0;
      }
      System.arraycopy(cold.bytes, 0, page, used, cold.bytes.length);
      used += cold.bytes.length;
    }
    return total + compressor.compress(page, 0, used, room, 0, room.length);
  }
}
