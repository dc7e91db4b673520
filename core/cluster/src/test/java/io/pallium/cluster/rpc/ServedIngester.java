package io.pallium.cluster.rpc;

import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.storage.Queryable;
import io.pallium.storage.RecentFacts;
import io.pallium.storage.SampleSink;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// An ingester behind gRPC on loopback, and its client.
final class ServedIngester implements AutoCloseable {
  final MemoryBudget budget = MemoryBudget.root("querier.total-query-memory", 64 << 20);
  final MemoryBudget writeBudget = MemoryBudget.root("cluster.max-inflight-size", 32 << 20);
  final RemoteIngester client;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Server server;

  private ServedIngester(SampleSink sink, Queryable storage, RecentFacts facts) {
    IngesterService service =
        new IngesterService(
            sink,
            storage,
            facts,
            "",
            threads,
            budget,
            8 << 20,
            Duration.ofSeconds(30),
            writeBudget,
            TimeSource.SYSTEM);
    ServerBuilder builder = Server.builder();
    builder
        .http(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .requestTimeoutMillis(0);
    service.addTo(builder);
    server = builder.build();
    server.start().join();
    client =
        new RemoteIngester("127.0.0.1:" + server.activeLocalPort(), Duration.ofSeconds(20), "");
  }

  static ServedIngester of(SampleSink sink) {
    return new ServedIngester(
        sink,
        (tenant, min, max, control) -> {
          throw new AssertionError("not to be queried");
        },
        FixedFacts.NONE);
  }

  static ServedIngester of(Queryable storage) {
    return of(storage, FixedFacts.NONE);
  }

  static ServedIngester of(Queryable storage, RecentFacts facts) {
    return new ServedIngester(
        batch -> {
          throw new AssertionError("not to be written to");
        },
        storage,
        facts);
  }

  /// Stops and waits until nothing listens any more, which takes some seconds.
  void stop() {
    server.stop().join();
  }

  @Override
  public void close() {
    var _ = server.stop();
    threads.shutdown();
  }
}
