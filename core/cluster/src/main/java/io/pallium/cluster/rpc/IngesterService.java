package io.pallium.cluster.rpc;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceOptions;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import com.linecorp.armeria.server.grpc.GrpcService;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.pallium.base.LimitExceededException;
import io.pallium.base.UnavailableException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteBatchCodec;
import io.pallium.model.WriteResult;
import io.pallium.model.WriteResultCodec;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.Queryable;
import io.pallium.storage.RecentFacts;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SampleSink;
import io.pallium.storage.SeriesExemplars;
import io.pallium.storage.SeriesSet;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/// Offers a local ingester to other processes over gRPC. Calls are worked on by the executor given,
/// a thread each, which may block.
public final class IngesterService implements BindableService {
  /// The header of a read that says which store the caller reads by itself.
  static final String STORE_HEADER = "pallium-store";

  private static final int BATCH_SAMPLES = 2048;

  private final SampleSink sink;
  private final Queryable storage;
  private final RecentFacts facts;
  private final String leftToCallers;
  private final Executor threads;
  private final MemoryBudget budget;
  private final long maxReadBytes;
  private final Duration queryTimeout;
  private final MemoryBudget writeBudget;
  private final TimeSource time;

  /// @param storage what is asked for samples
  /// @param leftToCallers the id of the store that callers read by themselves, because what lies in
  ///   it is not in `storage`; empty if all is
  /// @param threads works on calls; must not refuse
  /// @param budget what all reads together may use
  /// @param maxReadBytes what one read may use
  /// @param queryTimeout how long a read may take at the most
  /// @param writeBudget what the bytes of all writes may take that are received or in work
  public IngesterService(
      SampleSink sink,
      Queryable storage,
      RecentFacts facts,
      String leftToCallers,
      Executor threads,
      MemoryBudget budget,
      long maxReadBytes,
      Duration queryTimeout,
      MemoryBudget writeBudget,
      TimeSource time) {
    this.sink = sink;
    this.storage = storage;
    this.facts = facts;
    this.leftToCallers = leftToCallers;
    this.threads = threads;
    this.budget = budget;
    this.maxReadBytes = maxReadBytes;
    this.queryTimeout = queryTimeout;
    this.writeBudget = writeBudget;
    this.time = time;
  }

  /// Adds this service to an HTTP server.
  public void addTo(ServerBuilder server) {
    server.service(
        GrpcService.builder()
            .addService(this)
            .maxRequestMessageLength(RemoteIngester.MAX_MESSAGE_BYTES)
            .maxResponseMessageLength(RemoteIngester.MAX_MESSAGE_BYTES)
            .exceptionHandler(
                (ctx, status, cause, metadata) -> RpcErrors.toStatus(status, cause, metadata))
            .build(),
        service -> new BoundedRequests(service, writeBudget));
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder(IngesterMethods.DESCRIPTOR)
        .addMethod(IngesterMethods.WRITE, ServerCalls.asyncUnaryCall(this::write))
        .addMethod(IngesterMethods.SELECT, ServerCalls.asyncServerStreamingCall(this::select))
        .addMethod(IngesterMethods.LABELS, ServerCalls.asyncUnaryCall(this::labels))
        .addMethod(IngesterMethods.METADATA, ServerCalls.asyncUnaryCall(this::metadata))
        .addMethod(IngesterMethods.EXEMPLARS, ServerCalls.asyncUnaryCall(this::exemplars))
        .addMethod(IngesterMethods.CARDINALITY, ServerCalls.asyncUnaryCall(this::cardinality))
        .build();
  }

  private void write(byte[] request, StreamObserver<byte[]> answer) {
    ignoreCancel(answer);
    WriteRoom room = WriteRoom.ofCurrentRequest();
    room.share();
    run(
        answer,
        () -> {
          CompletableFuture<WriteResult> stored;
          try {
            WriteBatch batch = new WriteBatch();
            new WriteBatchCodec().decode(request, 0, request.length, batch);
            stored = sink.write(batch);
          } catch (RuntimeException | Error e) {
            room.free();
            throw e;
          }
          var unused =
              stored.whenComplete(
                  (result, failure) -> {
                    room.free();
                    if (failure != null) {
                      answer.onError(RpcErrors.toStatus(failure));
                    } else {
                      finish(answer, WriteResultCodec.encode(result));
                    }
                  });
        });
  }

  private void select(byte[] request, StreamObserver<byte[]> answer) {
    ServerCallStreamObserver<byte[]> call = (ServerCallStreamObserver<byte[]>) answer;
    Readiness readiness = new Readiness(call);
    String theirs = storeOfCaller();
    run(
        answer,
        () -> {
          requireSameStore(theirs);
          QueryMessages.Select select = QueryMessages.Select.decode(request);
          try (MemoryBudget own = readBudget()) {
            QueryControl control = new QueryControl(own, time, queryTimeout);
            readiness.onCancel(control::cancel);
            try (Querier querier =
                storage.querier(select.tenant(), select.minTimeMs(), select.maxTimeMs(), control)) {
              send(querier.select(select.hints(), select.matchers()), select, control, readiness);
            }
          }
          answer.onCompleted();
        });
  }

  private static void send(
      SeriesSet set, QueryMessages.Select select, QueryControl control, Readiness readiness) {
    // The message being filled and the one on its way.
    control.budget().reserve(2L * SeriesWriter.FULL_BYTES);
    SeriesWriter writer = new SeriesWriter(message -> readiness.send(message, control));
    SampleColumn column = new SampleColumn(control);
    while (set.next()) {
      control.check();
      if (select.hints().isSeriesOnly()) {
        writer.add(set.labels(), column);
        continue;
      }
      SampleCursor cursor = set.samples();
      boolean hasMore = true;
      while (hasMore) {
        column.clear();
        while (column.size() < BATCH_SAMPLES && hasMore) {
          hasMore = cursor.nextRun(column);
        }
        if (column.size() > 0) {
          writer.add(set.labels(), column);
        }
      }
    }
    writer.flush();
  }

  private void labels(byte[] request, StreamObserver<byte[]> answer) {
    String theirs = storeOfCaller();
    read(
        answer,
        control -> {
          requireSameStore(theirs);
          QueryMessages.LabelsQuestion question = QueryMessages.LabelsQuestion.decode(request);
          try (Querier querier =
              storage.querier(
                  question.tenant(), question.minTimeMs(), question.maxTimeMs(), control)) {
            return QueryMessages.strings(labels(querier, question));
          }
        });
  }

  private static List<String> labels(Querier querier, QueryMessages.LabelsQuestion question) {
    return question.name().isPresent()
        ? querier.labelValues(question.name().get(), question.matchers(), question.limit())
        : querier.labelNames(question.matchers(), question.limit());
  }

  private void metadata(byte[] request, StreamObserver<byte[]> answer) {
    read(
        answer,
        control -> {
          QueryMessages.MetadataQuestion question = QueryMessages.MetadataQuestion.decode(request);
          return QueryMessages.metadata(
              facts.metadata(question.tenant(), question.family().orElse(null), control));
        });
  }

  private void exemplars(byte[] request, StreamObserver<byte[]> answer) {
    read(
        answer,
        control -> {
          QueryMessages.ExemplarsQuestion question =
              QueryMessages.ExemplarsQuestion.decode(request);
          List<SeriesExemplars> found =
              facts.exemplars(
                  question.tenant(),
                  question.startMs(),
                  question.endMs(),
                  question.selectors(),
                  control);
          // The message while it grows, and a copy of it when it is whole.
          control.budget().reserve(3 * found.stream().mapToLong(SeriesExemplars::bytes).sum());
          return QueryMessages.exemplars(found);
        });
  }

  private void cardinality(byte[] request, StreamObserver<byte[]> answer) {
    read(
        answer,
        control -> {
          QueryMessages.CardinalityQuestion question =
              QueryMessages.CardinalityQuestion.decode(request);
          return QueryMessages.cardinality(
              facts.cardinality(question.tenant(), question.limit(), control));
        });
  }

  private static String storeOfCaller() {
    return ServiceRequestContext.current().request().headers().get(STORE_HEADER, "");
  }

  /// @throws UnavailableException if the caller would miss what is not here any more
  private void requireSameStore(String theirs) {
    if (!leftToCallers.isEmpty() && !leftToCallers.equals(theirs)) {
      throw new UnavailableException(
          "the ingester's blocks are in store "
              + leftToCallers
              + ", and the querier reads "
              + (theirs.isEmpty() ? "none" : "store " + theirs)
              + ": configure the same storage for both");
    }
  }

  /// Works on a question that has one answer, within the bounds of a read.
  private void read(StreamObserver<byte[]> answer, Function<QueryControl, byte[]> work) {
    Readiness readiness = new Readiness((ServerCallStreamObserver<byte[]>) answer);
    run(
        answer,
        () -> {
          byte[] message;
          try (MemoryBudget own = readBudget()) {
            QueryControl control = new QueryControl(own, time, queryTimeout);
            readiness.onCancel(control::cancel);
            message = work.apply(control);
          }
          if (message.length > RemoteIngester.MAX_MESSAGE_BYTES) {
            throw LimitExceededException.query(
                "the answer of an ingester has "
                    + message.length
                    + " bytes, at most "
                    + RemoteIngester.MAX_MESSAGE_BYTES
                    + " can be sent: ask for less at once");
          }
          finish(answer, message);
        });
  }

  private MemoryBudget readBudget() {
    return budget.child("querier.max-query-memory", maxReadBytes);
  }

  /// Works on a call elsewhere; whatever fails is answered.
  private void run(StreamObserver<byte[]> answer, Runnable work) {
    threads.execute(
        () -> {
          try {
            work.run();
          } catch (RuntimeException | Error e) {
            answer.onError(RpcErrors.toStatus(e));
          }
        });
  }

  private static void finish(StreamObserver<byte[]> answer, byte[] message) {
    answer.onNext(message);
    answer.onCompleted();
  }

  /// Without a handler, an answer to a caller that has gone away would be an exception here.
  private static void ignoreCancel(StreamObserver<byte[]> answer) {
    ((ServerCallStreamObserver<byte[]>) answer).setOnCancelHandler(() -> {});
  }

  /// Lets requests be as long as their one message (the limit of the server is for HTTP) and bounds
  /// the bytes of all writes: each takes room when it is whole.
  private static final class BoundedRequests extends SimpleDecoratingHttpService {
    private static final int FRAMING_BYTES = 1024;

    private final MemoryBudget writeBudget;

    BoundedRequests(HttpService delegate, MemoryBudget writeBudget) {
      super(delegate);
      this.writeBudget = writeBudget;
    }

    @Override
    public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) throws Exception {
      if (!ctx.path().endsWith(IngesterMethods.WRITE.getFullMethodName())) {
        return unwrap().serve(ctx, request);
      }
      WriteRoom room = WriteRoom.begin(ctx, writeBudget);
      HttpRequest counted = request.peekData(data -> room.take(data.length()));
      ctx.updateRequest(counted);
      return unwrap().serve(ctx, counted);
    }

    @Override
    public ServiceOptions options() {
      return ServiceOptions.builder()
          .maxRequestLength(RemoteIngester.MAX_MESSAGE_BYTES + FRAMING_BYTES)
          .build();
    }
  }

  /// Lets a sender wait until the receiver can take more, and end when it has gone away.
  private static final class Readiness {
    private final ServerCallStreamObserver<byte[]> call;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile Runnable cancel = () -> {};

    Readiness(ServerCallStreamObserver<byte[]> call) {
      this.call = call;
      call.setOnReadyHandler(this::signal);
      call.setOnCancelHandler(
          () -> {
            cancel.run();
            signal();
          });
    }

    void onCancel(Runnable action) {
      cancel = action;
      if (call.isCancelled()) {
        action.run();
      }
    }

    void send(byte[] frame, QueryControl control) {
      lock.lock();
      try {
        while (!call.isReady()) {
          control.check();
          if (changed.awaitNanos(Duration.ofMillis(100).toNanos()) <= 0) {
            control.check();
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        control.cancel();
        control.check();
      } finally {
        lock.unlock();
      }
      call.onNext(frame);
    }

    private void signal() {
      lock.lock();
      try {
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
