package io.pallium.cluster.rpc;

import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// The methods of the gRPC service `pallium.v1.Ingester`. Messages are the documented binary
/// formats and not protobuf, so that the write path encodes and decodes columns without objects in
/// between.
///
/// Source: docs/formats/ingester-rpc.md.
final class IngesterMethods {
  static final String SERVICE = "pallium.v1.Ingester";

  /// A write batch; answered with a write result when it is durable.
  static final MethodDescriptor<byte[], byte[]> WRITE =
      method("Write", MethodDescriptor.MethodType.UNARY);

  /// A selection; answered with frames of series.
  static final MethodDescriptor<byte[], byte[]> SELECT =
      method("Select", MethodDescriptor.MethodType.SERVER_STREAMING);

  /// A question for label names or values; answered with a list of strings.
  static final MethodDescriptor<byte[], byte[]> LABELS =
      method("Labels", MethodDescriptor.MethodType.UNARY);

  /// A question for metadata; answered with entries.
  static final MethodDescriptor<byte[], byte[]> METADATA =
      method("Metadata", MethodDescriptor.MethodType.UNARY);

  /// A question for exemplars; answered with series and their exemplars.
  static final MethodDescriptor<byte[], byte[]> EXEMPLARS =
      method("Exemplars", MethodDescriptor.MethodType.UNARY);

  /// A question for how many series there are of what; answered with a cardinality.
  static final MethodDescriptor<byte[], byte[]> CARDINALITY =
      method("Cardinality", MethodDescriptor.MethodType.UNARY);

  static final ServiceDescriptor DESCRIPTOR =
      ServiceDescriptor.newBuilder(SERVICE)
          .addMethod(WRITE)
          .addMethod(SELECT)
          .addMethod(LABELS)
          .addMethod(METADATA)
          .addMethod(EXEMPLARS)
          .addMethod(CARDINALITY)
          .build();

  private IngesterMethods() {}

  private static MethodDescriptor<byte[], byte[]> method(
      String name, MethodDescriptor.MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(type)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
        .setRequestMarshaller(BytesMarshaller.INSTANCE)
        .setResponseMarshaller(BytesMarshaller.INSTANCE)
        .build();
  }

  private enum BytesMarshaller implements MethodDescriptor.Marshaller<byte[]> {
    INSTANCE;

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
