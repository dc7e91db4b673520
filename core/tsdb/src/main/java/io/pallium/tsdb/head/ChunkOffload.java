package io.pallium.tsdb.head;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.concurrent.ThreadEnd;
import io.pallium.tsdb.headchunk.HeadChunkFiles;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Moves closed chunks from memory to files: on a thread of its own, and on those of writers when
/// too much waits. While files cannot be written, chunks stay in memory and nothing else changes.
/// Its lock comes before those of the stripes. Thread-safe.
final class ChunkOffload implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ChunkOffload.class);
  private static final int BATCH_BYTES = 1 << 20;

  /// What waits wakes the thread from here on; less waits for [#PAUSE_NANOS] at most.
  private static final long WAKE_BYTES = 256 << 10;

  /// Writers lend a hand from here on.
  private static final long MAX_WAITING_BYTES = 32 << 20;

  private static final long PAUSE_NANOS = 500_000_000;
  private static final long RETRY_NANOS = 10_000_000_000L;

  private final HeadChunkFiles files;
  private final TimeSource time;
  private final AtomicLong waitingBytes = new AtomicLong();
  private final ReentrantLock writeLock = new ReentrantLock();
  private final ReentrantLock wakeLock = new ReentrantLock();
  private final Condition wake = wakeLock.newCondition();

  private Stripe[] stripes = new Stripe[0];
  private volatile boolean isClosed;
  private @Nullable Thread thread;

  // Written under the write lock.
  private volatile boolean isFailing;

  @GuardedBy("writeLock")
  private long failedNanos;

  ChunkOffload(HeadChunkFiles files, TimeSource time) {
    this.files = files;
    this.time = time;
  }

  HeadChunkFiles files() {
    return files;
  }

  /// Sets whose chunks are moved, before anything is added.
  void setStripes(Stripe[] newStripes) {
    stripes = newStripes;
  }

  void start() {
    thread = Thread.ofPlatform().name("pallium-head-chunks").daemon(true).start(this::loop);
  }

  /// Notes a chunk that waits. Under the lock of its stripe.
  void added(int lengthBytes) {
    long before = waitingBytes.getAndAdd(lengthBytes);
    if (before < WAKE_BYTES && before + lengthBytes >= WAKE_BYTES) {
      wakeUp();
    }
  }

  /// Notes a chunk that waits no more.
  void left(int lengthBytes) {
    waitingBytes.addAndGet(-lengthBytes);
  }

  /// Lends a hand if much waits. The caller holds no lock of the head.
  void keepUp() {
    if (waitingBytes.get() > MAX_WAITING_BYTES) {
      drain();
    }
  }

  /// Writes what waits now. The caller holds no lock of a stripe.
  void drain() {
    writeLock.lock();
    try {
      if (isFailing && time.nowNanos() - failedNanos < RETRY_NANOS) {
        return;
      }
      drainOrFail();
      isFailing = false;
    } catch (IOException e) {
      if (!isFailing) {
        log.warn("head chunks cannot be written and stay in memory", e);
      }
      isFailing = true;
      failedNanos = time.nowNanos();
    } finally {
      writeLock.unlock();
    }
  }

  /// Writes what waits now, or fails. The caller holds no lock of a stripe.
  void drainOrFail() throws IOException {
    writeLock.lock();
    try {
      for (Stripe stripe : stripes) {
        while (drainBatch(stripe)) {}
      }
    } finally {
      writeLock.unlock();
    }
  }

  /// Ends the thread; what waits is written before.
  @Override
  public void close() {
    isClosed = true;
    wakeUp();
    Thread running = thread;
    if (running != null) {
      ThreadEnd.await(running);
    }
    drain();
  }

  /// @return whether more waits in the stripe
  private boolean drainBatch(Stripe stripe) throws IOException {
    if (!stripe.closed().hasWaiting()) {
      return false;
    }
    files.begin();
    boolean isWritten = false;
    try {
      stripe.lock.lock();
      try {
        stripe.closed().take(BATCH_BYTES);
      } finally {
        stripe.lock.unlock();
      }
      files.write();
      isWritten = true;
    } finally {
      stripe.lock.lock();
      try {
        stripe.closed().settle(isWritten);
      } finally {
        stripe.lock.unlock();
      }
      files.end();
    }
    return stripe.closed().hasWaiting();
  }

  private void loop() {
    while (!isClosed) {
      try {
        drain();
        pause();
      } catch (RuntimeException | Error e) {
        log.error("head chunks cannot be written", e);
      }
    }
  }

  private void pause() {
    wakeLock.lock();
    try {
      long leftNanos = PAUSE_NANOS;
      while (leftNanos > 0 && !isClosed && (isFailing || waitingBytes.get() < WAKE_BYTES)) {
        leftNanos = wake.awaitNanos(leftNanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      isClosed = true;
    } finally {
      wakeLock.unlock();
    }
  }

  private void wakeUp() {
    wakeLock.lock();
    try {
      wake.signal();
    } finally {
      wakeLock.unlock();
    }
  }
}
