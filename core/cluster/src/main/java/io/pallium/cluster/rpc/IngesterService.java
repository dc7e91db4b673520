package io.pallium.cluster.rpc;

import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteBatchCodec;
import io.pallium.model.WriteResultCodec;
import io.pallium.storage.MetadataSource;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.Queryable;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SampleSink;
import io.pallium.storage.SeriesSet;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Offers a local ingester to other processes over gRPC. Calls are worked on by the executor given,
/// a thread each, which may block.
public final class IngesterService implements BindableService {
  private final SampleSink sink;
  private final Queryable storage;
  private final MetadataSource metadata;
  private final Executor threads;
  private final MemoryBudget budget;
  private final Duration queryTimeout;
  private final TimeSource time;

  /// @param threads works on calls; must not refuse
  /// @param budget what all reads together may use
  /// @param queryTimeout how long a read may take at the most
  public IngesterService(
      SampleSink sink,
      Queryable storage,
      MetadataSource metadata,
      Executor threads,
      MemoryBudget budget,
      Duration queryTimeout,
      TimeSource time) {
    this.sink = sink;
    this.storage = storage;
    this.metadata = metadata;
    this.threads = threads;
    this.budget = budget;
    this.queryTimeout = queryTimeout;
    this.time = time;
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder(IngesterMethods.DESCRIPTOR)
        .addMethod(IngesterMethods.WRITE, ServerCalls.asyncUnaryCall(this::write))
        .addMethod(IngesterMethods.SELECT, ServerCalls.asyncServerStreamingCall(this::select))
        .addMethod(IngesterMethods.LABELS, ServerCalls.asyncUnaryCall(this::labels))
        .addMethod(IngesterMethods.METADATA, ServerCalls.asyncUnaryCall(this::metadata))
        .build();
  }

  private void write(byte[] request, StreamObserver<byte[]> answer) {
    threads.execute(
        () -> {
          try {
            WriteBatch batch = new WriteBatch();
            new WriteBatchCodec().decode(request, 0, request.length, batch);
            var unused =
                sink.write(batch)
                    .whenComplete(
                        (result, failure) -> {
                          if (failure != null) {
                            answer.onError(RpcErrors.toStatus(failure));
                          } else {
                            answer.onNext(WriteResultCodec.encode(result));
                            answer.onCompleted();
                          }
                        });
          } catch (RuntimeException e) {
            answer.onError(RpcErrors.toStatus(e));
          }
        });
  }

  private void select(byte[] request, StreamObserver<byte[]> answer) {
    ServerCallStreamObserver<byte[]> call = (ServerCallStreamObserver<byte[]>) answer;
    Readiness readiness = new Readiness(call);
    threads.execute(
        () -> {
          try (MemoryBudget own = budget.child("ingester.read-memory", budget.limitBytes())) {
            QueryControl control = new QueryControl(own, time, queryTimeout);
            readiness.onCancel(control::cancel);
            QueryMessages.Select select = QueryMessages.Select.decode(request);
            try (Querier querier =
                storage.querier(select.tenant(), select.minTimeMs(), select.maxTimeMs(), control)) {
              send(querier.select(select.hints(), select.matchers()), select, control, readiness);
            }
            answer.onCompleted();
          } catch (RuntimeException e) {
            answer.onError(RpcErrors.toStatus(e));
          }
        });
  }

  private static void send(
      SeriesSet set, QueryMessages.Select select, QueryControl control, Readiness readiness) {
    SampleColumn column = new SampleColumn(control);
    while (set.next()) {
      control.check();
      if (select.hints().isSeriesOnly()) {
        readiness.send(SeriesFrame.encode(set.labels(), column, 0, 0), control);
        continue;
      }
      SampleCursor cursor = set.samples();
      boolean hasMore = true;
      while (hasMore) {
        column.clear();
        while (column.size() < SeriesFrame.MAX_SAMPLES / 2 && hasMore) {
          hasMore = cursor.nextRun(column);
        }
        for (int from = 0; from < column.size(); from += SeriesFrame.MAX_SAMPLES) {
          int to = Math.min(column.size(), from + SeriesFrame.MAX_SAMPLES);
          readiness.send(SeriesFrame.encode(set.labels(), column, from, to), control);
        }
      }
    }
    column.release();
  }

  private void labels(byte[] request, StreamObserver<byte[]> answer) {
    threads.execute(
        () -> {
          try (MemoryBudget own = budget.child("ingester.read-memory", budget.limitBytes())) {
            QueryMessages.LabelsQuestion question = QueryMessages.LabelsQuestion.decode(request);
            QueryControl control = new QueryControl(own, time, queryTimeout);
            List<String> values;
            try (Querier querier =
                storage.querier(
                    question.tenant(), question.minTimeMs(), question.maxTimeMs(), control)) {
              values =
                  question.name().isPresent()
                      ? querier.labelValues(
                          question.name().get(), question.matchers(), question.limit())
                      : querier.labelNames(question.matchers(), question.limit());
            }
            answer.onNext(QueryMessages.strings(values));
            answer.onCompleted();
          } catch (RuntimeException e) {
            answer.onError(RpcErrors.toStatus(e));
          }
        });
  }

  private void metadata(byte[] request, StreamObserver<byte[]> answer) {
    threads.execute(
        () -> {
          try {
            QueryMessages.MetadataQuestion question =
                QueryMessages.MetadataQuestion.decode(request);
            answer.onNext(
                QueryMessages.metadata(
                    metadata.metadata(question.tenant(), question.family().orElse(null))));
            answer.onCompleted();
          } catch (RuntimeException e) {
            answer.onError(RpcErrors.toStatus(e));
          }
        });
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
