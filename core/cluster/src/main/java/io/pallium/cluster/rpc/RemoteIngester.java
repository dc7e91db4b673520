package io.pallium.cluster.rpc;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import com.linecorp.armeria.client.grpc.GrpcClientStubFactory;
import com.linecorp.armeria.client.grpc.GrpcClients;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.ClientCalls;
import io.pallium.base.BadRequestException;
import io.pallium.base.QueryCanceledException;
import io.pallium.model.LabelMatcher;
import io.pallium.model.MetricMetadata;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteBatchCodec;
import io.pallium.model.WriteResult;
import io.pallium.model.WriteResultCodec;
import io.pallium.storage.Cardinality;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.Queryable;
import io.pallium.storage.RecentFacts;
import io.pallium.storage.SampleSink;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesExemplars;
import io.pallium.storage.SeriesSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// An ingester in another process, reached over gRPC. Thread-safe; reads block and belong on
/// virtual threads.
public final class RemoteIngester implements SampleSink, Queryable, RecentFacts {
  /// The longest message that is sent or taken: a large write, or the values of a label.
  public static final int MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

  private final String address;
  private final Channel channel;
  private final Duration writeTimeout;

  /// @param address host and port
  /// @param writeTimeout how long a write may take
  /// @param store the id of the store that the caller reads blocks from; empty if from none
  public RemoteIngester(String address, Duration writeTimeout, String store) {
    this.address = address;
    this.writeTimeout = writeTimeout;
    this.channel =
        GrpcClients.builder("gproto+http://" + address + "/")
            .responseTimeoutMillis(0)
            .writeTimeoutMillis(writeTimeout.toMillis())
            .addHeader(IngesterService.STORE_HEADER, store)
            .maxResponseLength(0)
            .maxResponseMessageLength(MAX_MESSAGE_BYTES)
            .clientStubFactory(ChannelOnly.INSTANCE)
            .build(ChannelStub.class)
            .channel();
  }

  @Override
  public CompletableFuture<WriteResult> write(WriteBatch batch) {
    CompletableFuture<WriteResult> result = new CompletableFuture<>();
    int seriesCount = batch.seriesCount();
    byte[] message = new WriteBatchCodec().encode(batch);
    if (message.length > MAX_MESSAGE_BYTES) {
      return CompletableFuture.failedFuture(
          BadRequestException.tooLarge(
              "the part of the request for one ingester has "
                  + message.length
                  + " bytes, the limit is "
                  + MAX_MESSAGE_BYTES
                  + ": send smaller requests"));
    }
    ClientCall<byte[], byte[]> call = start(IngesterMethods.WRITE, writeTimeout);
    Futures.addCallback(
        ClientCalls.futureUnaryCall(call, message),
        new FutureCallback<byte[]>() {
          @Override
          public void onSuccess(byte[] answer) {
            try {
              result.complete(WriteResultCodec.decode(answer, 0, answer.length, seriesCount));
            } catch (RuntimeException e) {
              result.completeExceptionally(e);
            }
          }

          @Override
          public void onFailure(Throwable failure) {
            result.completeExceptionally(RpcErrors.toWriteException(failure, address));
          }
        },
        MoreExecutors.directExecutor());
    return result;
  }

  @Override
  public Querier querier(TenantId tenant, long minTimeMs, long maxTimeMs, QueryControl control) {
    return new RemoteQuerier(tenant, minTimeMs, maxTimeMs, control);
  }

  @Override
  public List<MetricMetadata> metadata(
      TenantId tenant, @Nullable String family, QueryControl control) {
    byte[] question =
        new QueryMessages.MetadataQuestion(tenant, Optional.ofNullable(family)).encode();
    return QueryMessages.metadata(ask(IngesterMethods.METADATA, question, control));
  }

  @Override
  public List<SeriesExemplars> exemplars(
      TenantId tenant,
      long startMs,
      long endMs,
      List<List<LabelMatcher>> selectors,
      QueryControl control) {
    byte[] question =
        new QueryMessages.ExemplarsQuestion(tenant, startMs, endMs, selectors).encode();
    return QueryMessages.exemplars(ask(IngesterMethods.EXEMPLARS, question, control));
  }

  @Override
  public Cardinality cardinality(TenantId tenant, int limit, QueryControl control) {
    byte[] question = new QueryMessages.CardinalityQuestion(tenant, limit).encode();
    return QueryMessages.cardinality(ask(IngesterMethods.CARDINALITY, question, control));
  }

  /// Asks a question that has one answer, within the bounds of a query. The memory of what is read
  /// from the answer is reserved.
  private byte[] ask(
      MethodDescriptor<byte[], byte[]> method, byte[] question, QueryControl control) {
    ClientCall<byte[], byte[]> call = start(method, control.remaining().plusMillis(1));
    control.onCancel(() -> call.cancel("the query was canceled", null));
    byte[] answer;
    try {
      answer = await(call, question);
    } catch (RuntimeException e) {
      control.check();
      throw e;
    }
    // The bytes, and about three times as much for the objects.
    control.budget().reserve(4L * answer.length);
    return answer;
  }

  @Override
  public String toString() {
    return address;
  }

  private ClientCall<byte[], byte[]> start(
      MethodDescriptor<byte[], byte[]> method, Duration timeout) {
    return channel.newCall(
        method, CallOptions.DEFAULT.withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS));
  }

  private byte[] await(ClientCall<byte[], byte[]> call, byte[] question) {
    ListenableFuture<byte[]> answer = ClientCalls.futureUnaryCall(call, question);
    try {
      return answer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      call.cancel("the caller was interrupted", e);
      throw new QueryCanceledException("query was canceled in a call to an ingester", e);
    } catch (ExecutionException e) {
      throw RpcErrors.toException(e, address);
    }
  }

  private final class RemoteQuerier implements Querier {
    private final TenantId tenant;
    private final long minTimeMs;
    private final long maxTimeMs;
    private final QueryControl control;
    private final List<RemoteSeriesSet> sets = new ArrayList<>();

    RemoteQuerier(TenantId tenant, long minTimeMs, long maxTimeMs, QueryControl control) {
      this.tenant = tenant;
      this.minTimeMs = minTimeMs;
      this.maxTimeMs = maxTimeMs;
      this.control = control;
    }

    @Override
    public SeriesSet select(SelectHints hints, List<LabelMatcher> matchers) {
      byte[] question =
          new QueryMessages.Select(tenant, minTimeMs, maxTimeMs, hints, matchers).encode();
      ClientCall<byte[], byte[]> call =
          start(IngesterMethods.SELECT, control.remaining().plusMillis(1));
      control.onCancel(() -> call.cancel("the query was canceled", null));
      RemoteSeriesSet set = new RemoteSeriesSet(call, question, hints.isSorted(), control, address);
      sets.add(set);
      return set;
    }

    @Override
    public List<String> labelNames(List<LabelMatcher> matchers, int limit) {
      return labels(Optional.empty(), matchers, limit);
    }

    @Override
    public List<String> labelValues(String name, List<LabelMatcher> matchers, int limit) {
      return labels(Optional.of(name), matchers, limit);
    }

    private List<String> labels(Optional<String> name, List<LabelMatcher> matchers, int limit) {
      byte[] question =
          new QueryMessages.LabelsQuestion(tenant, minTimeMs, maxTimeMs, name, matchers, limit)
              .encode();
      return QueryMessages.strings(ask(IngesterMethods.LABELS, question, control));
    }

    @Override
    public void close() {
      sets.forEach(RemoteSeriesSet::close);
    }
  }

  /// What the client factory asks for: nothing but a channel.
  private record ChannelStub(Channel channel) {}

  private enum ChannelOnly implements GrpcClientStubFactory {
    INSTANCE;

    @Override
    public @Nullable ServiceDescriptor findServiceDescriptor(Class<?> clientType) {
      return clientType == ChannelStub.class ? IngesterMethods.DESCRIPTOR : null;
    }

    @Override
    public Object newClientStub(Class<?> clientType, Channel channel) {
      return new ChannelStub(channel);
    }
  }
}
