package io.pallium.objectstore.row;

import io.pallium.base.clock.TimeSource;
import io.pallium.objectstore.Pause;
import io.pallium.objectstore.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A database in memory, its network, its clients and their time, all of it decided by one seed:
/// who goes on next, how long it takes, which request or answer is lost or late, and when a client
/// dies.
///
/// Each client is a thread, but only one of them runs at a time: between two requests to the
/// database the world has the say.
final class World {
  /// How late a request may take effect.
  static final Duration GRACE = Duration.ofHours(1);

  private static final long MAX_DELAY_NANOS = GRACE.toNanos() * 45 / 100;

  final MemoryRowStore rows = new MemoryRowStore();
  final Random random;
  private final double faultRate;
  private final double crashRate;
  private final List<Client> clients = new ArrayList<>();
  private final PriorityQueue<Late> late = new PriorityQueue<>();
  private final Semaphore worldsTurn = new Semaphore(0);
  private @Nullable Client running;
  private boolean isCalm;
  private long nowNanos = 1;
  private long stamps;

  /// The end of a client in the midst of whatever it does.
  static final class Crash extends Error {
    private static final long serialVersionUID = 1L;

    Crash() {
      super("planted crash", null, false, false);
    }
  }

  /// A request that takes effect after its sender gave it up.
  private record Late(long dueNanos, long order, Runnable effect) implements Comparable<Late> {
    @Override
    public int compareTo(Late other) {
      return dueNanos != other.dueNanos
          ? Long.compare(dueNanos, other.dueNanos)
          : Long.compare(order, other.order);
    }
  }

  /// A client of the database: a thread that waits for its turn.
  private static final class Client {
    final Semaphore turn = new Semaphore(0);
    boolean isDone;
    @Nullable Throwable failure;
  }

  World(long seed) {
    this.random = new Random(seed);
    this.faultRate = random.nextInt(4) == 0 ? 0 : random.nextDouble() * 0.3;
    this.crashRate = random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.03;
  }

  /// Adds a client that does something once the world runs.
  void client(Runnable script) {
    Client client = new Client();
    clients.add(client);
    Thread.ofVirtual()
        .start(
            () -> {
              client.turn.acquireUninterruptibly();
              try {
                script.run();
              } catch (Throwable e) {
                client.failure = e;
              }
              client.isDone = true;
              worldsTurn.release();
            });
  }

  /// Lets the clients run to their ends.
  void run() {
    List<Client> alive = new ArrayList<>(clients);
    while (!alive.isEmpty()) {
      Client next = alive.get(random.nextInt(alive.size()));
      running = next;
      next.turn.release();
      worldsTurn.acquireUninterruptibly();
      if (next.isDone) {
        alive.remove(next);
        if (next.failure != null) {
          throw new AssertionError("a client failed: " + next.failure, next.failure);
        }
      }
    }
    running = null;
  }

  /// From here on nothing fails any more; what was late arrives.
  void calmDown() {
    isCalm = true;
    advance(GRACE.toNanos());
  }

  /// Lets time pass, and what was late arrive.
  void advance(long nanos) {
    nowNanos += nanos;
    while (!late.isEmpty() && late.peek().dueNanos <= nowNanos) {
      late.remove().effect.run();
    }
  }

  /// A place in the order of everything that happens.
  long now() {
    return nowNanos++;
  }

  String newStamp() {
    return "%02x%030x".formatted(random.nextInt(256), ++stamps);
  }

  Pause pause() {
    return duration -> {
      step();
      advance(duration.toNanos());
    };
  }

  /// A clock of a machine that began at some other time.
  TimeSource clock() {
    long offsetNanos = random.nextLong(GRACE.toNanos() * 100);
    return new TimeSource() {
      @Override
      public long nowMs() {
        return (nowNanos + offsetNanos) / 1_000_000;
      }

      @Override
      public long nowNanos() {
        return nowNanos + offsetNanos;
      }
    };
  }

  /// The database as a client sees it.
  RowStore network() {
    return new RowStore() {
      @Override
      public Optional<Row> read(RowKey key) {
        return request(() -> rows.read(key));
      }

      @Override
      public List<NamedRow> scan(String partition, String from, int maxRows) {
        // Most partitions of uploads are empty, and looking at them changes nothing.
        return partition.startsWith("#") && rows.scan(partition, from, 1).isEmpty()
            ? List.of()
            : request(() -> rows.scan(partition, from, maxRows));
      }

      @Override
      public boolean swap(RowKey key, @Nullable String expectedStamp, @Nullable Row next) {
        return request(() -> rows.swap(key, expectedStamp, next));
      }

      @Override
      public void writeSegment(String upload, int index, byte[] bytes) {
        request(
            () -> {
              rows.writeSegment(upload, index, bytes);
              return true;
            });
      }

      @Override
      public Optional<byte[]> readSegment(String upload, int index) {
        return request(() -> rows.readSegment(upload, index));
      }

      @Override
      public void deleteSegment(String upload, int index) {
        request(
            () -> {
              rows.deleteSegment(upload, index);
              return true;
            });
      }

      @Override
      public void close() {}
    };
  }

  private <T> T request(Supplier<T> effect) {
    if (isCalm) {
      return effect.get();
    }
    long issuedNanos = nowNanos;
    step();
    if (random.nextDouble() < crashRate) {
      if (random.nextBoolean()) {
        T unused = effect.get();
      }
      throw new Crash();
    }
    if (nowNanos - issuedNanos > MAX_DELAY_NANOS) {
      throw failed("planted: lost, it was under way too long");
    }
    if (random.nextDouble() >= faultRate) {
      return effect.get();
    }
    switch (random.nextInt(3)) {
      case 0 -> throw failed("planted: request lost");
      case 1 -> {
        T unused = effect.get();
        throw failed("planted: answer lost");
      }
      default -> {
        long dueNanos = issuedNanos + random.nextLong(MAX_DELAY_NANOS);
        late.add(
            new Late(
                Math.max(dueNanos, nowNanos),
                late.size(),
                () -> {
                  T unused = effect.get();
                }));
        throw failed("planted: late");
      }
    }
  }

  /// Gives the turn away and waits until it comes back.
  private void step() {
    Client self = running;
    if (self == null || isCalm) {
      return;
    }
    int kind = random.nextInt(100);
    advance(
        kind == 0
            ? random.nextLong(GRACE.toNanos() * 2 / 3)
            : random.nextLong(GRACE.toNanos() / 500));
    worldsTurn.release();
    self.turn.acquireUninterruptibly();
  }

  private static StoreException failed(String message) {
    return new StoreException(StoreException.Kind.UNAVAILABLE, message);
  }
}
