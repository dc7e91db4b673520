package io.pallium.stores;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.HandlerRegistry;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Hands on calls of gRPC, and fails as a service would. What breaks connections is not seen at
/// this level: a [TcpProxy] before this one does that.
final class GrpcProxy implements AutoCloseable {
  /// What it knows.
  static final List<Fault> FAULTS =
      List.of(
          Fault.BUSY,
          Fault.ERROR,
          Fault.DONE_ERROR,
          Fault.TORN_ANSWER,
          Fault.HANG,
          Fault.DONE_HANG);

  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private final ManagedChannel channel;
  private final Server server;
  private final AtomicInteger requests = new AtomicInteger();
  private volatile Faults faults = Faults.NONE;

  GrpcProxy(int serverPort) {
    channel =
        Grpc.newChannelBuilder("127.0.0.1:" + serverPort, InsecureChannelCredentials.create())
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .build();
    try {
      server =
          Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
              .maxInboundMessageSize(MAX_MESSAGE_BYTES)
              .fallbackHandlerRegistry(
                  new HandlerRegistry() {
                    @Override
                    public ServerMethodDefinition<?, ?> lookupMethod(
                        String name, @Nullable String authority) {
                      return ServerMethodDefinition.create(
                          method(name), (call, headers) -> started(call, headers));
                    }
                  })
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return server.getPort();
  }

  int requests() {
    return requests.get();
  }

  void faults(Faults next) {
    faults = next;
  }

  @Override
  public void close() {
    server.shutdownNow();
    channel.shutdownNow();
  }

  private static MethodDescriptor<byte[], byte[]> method(String name) {
    return MethodDescriptor.newBuilder(new Bytes(), new Bytes())
        .setFullMethodName(name)
        .setType(MethodDescriptor.MethodType.UNKNOWN)
        .build();
  }

  private ServerCall.Listener<byte[]> started(ServerCall<byte[], byte[]> call, Metadata headers) {
    requests.incrementAndGet();
    Fault fault = faults.next(call.getMethodDescriptor().getFullMethodName());
    switch (fault) {
      case BUSY -> {
        call.close(Status.RESOURCE_EXHAUSTED.withDescription("planted: slow down"), new Metadata());
        return new ServerCall.Listener<>() {};
      }
      case ERROR -> {
        call.close(Status.UNAVAILABLE.withDescription("planted: down"), new Metadata());
        return new ServerCall.Listener<>() {};
      }
      case HANG -> {
        return new ServerCall.Listener<>() {};
      }
      default -> {
        ClientCall<byte[], byte[]> onward =
            channel.newCall(call.getMethodDescriptor(), CallOptions.DEFAULT);
        onward.start(new Answers(call, onward, fault), headers);
        onward.request(1);
        call.request(1);
        return new Requests(call, onward);
      }
    }
  }

  /// What the client sends.
  private static final class Requests extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private final ClientCall<byte[], byte[]> onward;

    Requests(ServerCall<byte[], byte[]> call, ClientCall<byte[], byte[]> onward) {
      this.call = call;
      this.onward = onward;
    }

    @Override
    public void onMessage(byte[] message) {
      onward.sendMessage(message);
      call.request(1);
    }

    @Override
    public void onHalfClose() {
      onward.halfClose();
    }

    @Override
    public void onCancel() {
      onward.cancel("canceled by the client", null);
    }
  }

  /// What the service answers.
  private static final class Answers extends ClientCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private final ClientCall<byte[], byte[]> onward;
    private final Fault fault;
    private int messages;

    Answers(ServerCall<byte[], byte[]> call, ClientCall<byte[], byte[]> onward, Fault fault) {
      this.call = call;
      this.onward = onward;
      this.fault = fault;
    }

    @Override
    public void onHeaders(Metadata headers) {
      if (isAnswered()) {
        call.sendHeaders(headers);
      }
    }

    private boolean isAnswered() {
      return fault == Fault.NONE || fault == Fault.SLOW || fault == Fault.TORN_ANSWER;
    }

    @Override
    public void onMessage(byte[] message) {
      if (isAnswered() && (messages++ == 0 || fault != Fault.TORN_ANSWER)) {
        call.sendMessage(message);
      }
      onward.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      switch (fault) {
        case NONE, SLOW -> call.close(status, trailers);
        case DONE_HANG -> {
          // The client gives up some time.
        }
        default ->
            call.close(Status.UNAVAILABLE.withDescription("planted: no answer"), new Metadata());
      }
    }
  }

  /// Messages as they are.
  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
