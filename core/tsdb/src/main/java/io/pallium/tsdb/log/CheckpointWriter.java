package io.pallium.tsdb.log;

import static io.pallium.tsdb.log.LogLayout.INT_LE;

import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.tsdb.file.AppendFile;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/// Writes a checkpoint file: definitions, cut into records of a bounded size. Confined.
///
/// Source: docs/formats/wal.md.
final class CheckpointWriter implements LogDefinitions.Sink, AutoCloseable {
  private static final long RECORD_BYTES = 256 * 1024;

  private final AppendFile file;
  private final int salt;
  private final LogRecordWriter record = new LogRecordWriter();
  private long tenantNumber;
  private boolean hasBatch;
  private long recordCount;

  CheckpointWriter(DurableFiles files, Path path, long number, int salt) throws IOException {
    this.file = files.create(path);
    this.salt = salt;
    byte[] header = LogLayout.fileHeader(LogLayout.KIND_CHECKPOINT, number, 0, salt);
    file.writeFully(header, 0, header.length);
  }

  void writeAll(LogDefinitions definitions, long maxSeriesRef, long maxTenantNumber)
      throws IOException {
    try {
      write(record.checkpointStart(maxSeriesRef, maxTenantNumber));
      recordCount = 0;
      definitions.writeTo(this);
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
    int mask = LogLayout.mask(salt, file.lengthBytes() - LogLayout.FILE_RECORDS);
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
