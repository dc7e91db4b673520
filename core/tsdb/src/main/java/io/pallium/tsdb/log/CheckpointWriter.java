package io.pallium.tsdb.log;

import static io.pallium.tsdb.log.LogLayout.INT_LE;

import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.tsdb.file.AppendFile;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/// Writes a checkpoint file: what the head holds but for closed chunks, cut into records of a
/// bounded size, and which segments it stands for. Confined.
///
/// Source: docs/formats/wal.md.
final class CheckpointWriter implements CheckpointContent.Sink, AutoCloseable {
  private static final long RECORD_BYTES = 256 * 1024;

  private final AppendFile file;
  private final long position;
  private final int salt;
  private final LogRecordWriter record = new LogRecordWriter();
  private long tenantNumber;
  private boolean hasBatch;
  private long recordCount;

  /// @param number of the first segment that the checkpoint does not stand for
  /// @param position of its first record
  CheckpointWriter(DurableFiles files, Path path, long number, long position, int salt)
      throws IOException {
    this.file = files.create(path);
    this.position = position;
    this.salt = salt;
    byte[] header = LogLayout.fileHeader(LogLayout.KIND_CHECKPOINT, number, position, salt);
    file.writeFully(header, 0, header.length);
  }

  /// Writes everything and forces it, once.
  void writeAll(
      List<LogSegment> segments, CheckpointContent content, long maxSeriesRef, long maxTenantNumber)
      throws IOException {
    try {
      write(record.checkpointStart(maxSeriesRef, maxTenantNumber));
      recordCount = 0;
      for (LogSegment segment : segments) {
        write(record.checkpointSegment(segment));
      }
      content.writeTo(this);
      endBatch();
      write(record.checkpointEnd(recordCount));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    file.force();
  }

  @Override
  public void tenant(long number, long incarnation, String name) {
    endBatch();
    tenantNumber = number;
    write(record.tenant(number, incarnation, name));
  }

  @Override
  public void series(long ref, byte[] labels, int offset, int lengthBytes) {
    beginBatch();
    record.series(ref, labels, offset, lengthBytes);
  }

  @Override
  public void chunks(long ref, SeriesChunks chunks) {
    beginBatch();
    record.chunks(ref, chunks);
  }

  @Override
  public void metadata(MetricMetadata entry) {
    beginBatch();
    record.metadata(entry);
  }

  @Override
  public void tombstone(long ref, long minTimeMs, long maxTimeMs) {
    beginBatch();
    record.tombstone(ref, minTimeMs, maxTimeMs);
  }

  @Override
  public void exemplar(long ref, long timestampMs, long valueBits, Labels labels) {
    beginBatch();
    record.exemplar(ref, timestampMs, valueBits, labels);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private void beginBatch() {
    if (hasBatch && record.sizeBytes() >= RECORD_BYTES) {
      endBatch();
    }
    if (!hasBatch) {
      record.beginBatch(tenantNumber);
      hasBatch = true;
    }
  }

  private void endBatch() {
    if (hasBatch) {
      hasBatch = false;
      write(record);
    }
  }

  private void write(LogRecordWriter unfinished) {
    unfinished.finish();
    byte[] bytes = unfinished.recordBytes();
    int mask = LogLayout.mask(salt, position + file.lengthBytes() - LogLayout.FILE_RECORDS);
    int check = LogLayout.RECORD_CHECK;
    INT_LE.set(bytes, check, (int) INT_LE.get(bytes, check) ^ mask);
    try {
      file.writeFully(bytes, 0, unfinished.recordLength());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    recordCount++;
  }
}
