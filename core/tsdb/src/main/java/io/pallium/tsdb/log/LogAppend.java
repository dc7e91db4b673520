package io.pallium.tsdb.log;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A record on its way to the disk. Completes on the log's thread, in the order of positions, when
/// the record is durable, or with an [io.pallium.base.UnavailableException] when nobody knows: what
/// depends on it must be short and must not block.
public final class LogAppend extends CompletableFuture<Void> {
  final int lengthBytes;
  final long tenantNumber;
  final long minTimeMs;
  final long maxTimeMs;

  private final long position;
  @Nullable LogAppend next;

  LogAppend(long position, LogRecordWriter record) {
    this.position = position;
    this.lengthBytes = record.recordLength();
    this.tenantNumber = record.tenantNumber();
    this.minTimeMs = record.minTimeMs();
    this.maxTimeMs = record.maxTimeMs();
  }

  /// Where the record stands in the log.
  public long position() {
    return position;
  }
}
