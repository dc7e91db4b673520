package io.pallium.cluster.rpc;

import io.pallium.base.CorruptDataException;
import io.pallium.model.LabelMatcher;
import io.pallium.model.MetricMetadata;
import io.pallium.model.MetricType;
import io.pallium.model.TenantId;
import io.pallium.storage.SelectHints;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The messages of the read calls. Few and small: written field by field.
///
/// Source: docs/formats/ingester-rpc.md.
final class QueryMessages {
  private static final int VERSION = 1;
  private static final int MAX_STRING_BYTES = 16 * 1024 * 1024;
  private static final int MAX_COUNT = 50_000_000;

  private QueryMessages() {}

  /// Asks for series and their samples.
  record Select(
      TenantId tenant,
      long minTimeMs,
      long maxTimeMs,
      SelectHints hints,
      List<LabelMatcher> matchers) {

    byte[] encode() {
      return write(
          out -> {
            string(out, tenant.value());
            out.writeLong(minTimeMs);
            out.writeLong(maxTimeMs);
            out.writeLong(hints.startMs());
            out.writeLong(hints.endMs());
            out.writeLong(hints.stepMs());
            out.writeLong(hints.rangeMs());
            out.writeBoolean(hints.isSorted());
            out.writeBoolean(hints.isSeriesOnly());
            writeMatchers(out, matchers);
          });
    }

    static Select decode(byte[] message) {
      return read(
          message,
          in ->
              new Select(
                  new TenantId(string(in)),
                  in.readLong(),
                  in.readLong(),
                  new SelectHints(
                      in.readLong(),
                      in.readLong(),
                      in.readLong(),
                      in.readLong(),
                      in.readBoolean(),
                      in.readBoolean()),
                  readMatchers(in)));
    }
  }

  /// Asks for label names, or for the values of one label.
  record LabelsQuestion(
      TenantId tenant,
      long minTimeMs,
      long maxTimeMs,
      Optional<String> name,
      List<LabelMatcher> matchers,
      int limit) {

    byte[] encode() {
      return write(
          out -> {
            string(out, tenant.value());
            out.writeLong(minTimeMs);
            out.writeLong(maxTimeMs);
            out.writeBoolean(name.isPresent());
            string(out, name.orElse(""));
            writeMatchers(out, matchers);
            out.writeInt(limit);
          });
    }

    static LabelsQuestion decode(byte[] message) {
      return read(
          message,
          in -> {
            TenantId tenant = new TenantId(string(in));
            long min = in.readLong();
            long max = in.readLong();
            boolean hasName = in.readBoolean();
            String name = string(in);
            List<LabelMatcher> matchers = readMatchers(in);
            return new LabelsQuestion(
                tenant,
                min,
                max,
                hasName ? Optional.of(name) : Optional.empty(),
                matchers,
                in.readInt());
          });
    }
  }

  /// Asks for metadata.
  record MetadataQuestion(TenantId tenant, Optional<String> family) {
    byte[] encode() {
      return write(
          out -> {
            string(out, tenant.value());
            out.writeBoolean(family.isPresent());
            string(out, family.orElse(""));
          });
    }

    static MetadataQuestion decode(byte[] message) {
      return read(
          message,
          in -> {
            TenantId tenant = new TenantId(string(in));
            boolean hasFamily = in.readBoolean();
            String family = string(in);
            return new MetadataQuestion(tenant, hasFamily ? Optional.of(family) : Optional.empty());
          });
    }
  }

  static byte[] strings(List<String> values) {
    return write(
        out -> {
          out.writeInt(values.size());
          for (String value : values) {
            string(out, value);
          }
        });
  }

  static List<String> strings(byte[] message) {
    return read(
        message,
        in -> {
          int count = count(in);
          List<String> values = new ArrayList<>();
          for (int i = 0; i < count; i++) {
            values.add(string(in));
          }
          return values;
        });
  }

  static byte[] metadata(List<MetricMetadata> entries) {
    return write(
        out -> {
          out.writeInt(entries.size());
          for (MetricMetadata entry : entries) {
            string(out, entry.family());
            out.writeByte(entry.type().ordinal());
            string(out, entry.help());
            string(out, entry.unit());
          }
        });
  }

  static List<MetricMetadata> metadata(byte[] message) {
    return read(
        message,
        in -> {
          int count = count(in);
          List<MetricMetadata> entries = new ArrayList<>();
          MetricType[] types = MetricType.values();
          for (int i = 0; i < count; i++) {
            String family = string(in);
            int type = in.readUnsignedByte();
            if (type >= types.length) {
              throw new CorruptDataException("unknown metric type " + type + " in metadata");
            }
            entries.add(new MetricMetadata(family, types[type], string(in), string(in)));
          }
          return entries;
        });
  }

  private interface Writer {
    void write(DataOutputStream out) throws IOException;
  }

  private interface Reader<T> {
    T read(DataInputStream in) throws IOException;
  }

  private static byte[] write(Writer writer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      writer.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static <T> T read(byte[] message, Reader<T> reader) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(message))) {
      int version = in.readUnsignedByte();
      if (version != VERSION) {
        throw new CorruptDataException(
            "ingester message has version " + version + ", this process reads " + VERSION);
      }
      T decoded = reader.read(in);
      if (in.available() > 0) {
        throw new CorruptDataException(
            "ingester message of " + message.length + " bytes goes on after its end");
      }
      return decoded;
    } catch (IOException e) {
      throw new CorruptDataException(
          "ingester message of " + message.length + " bytes ends early", e);
    }
  }

  private static void writeMatchers(DataOutputStream out, List<LabelMatcher> matchers)
      throws IOException {
    out.writeInt(matchers.size());
    for (LabelMatcher matcher : matchers) {
      out.writeByte(matcher.type().ordinal());
      string(out, matcher.name());
      string(out, matcher.value());
    }
  }

  private static List<LabelMatcher> readMatchers(DataInputStream in) throws IOException {
    int count = count(in);
    LabelMatcher.Type[] types = LabelMatcher.Type.values();
    List<LabelMatcher> matchers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int type = in.readUnsignedByte();
      if (type >= types.length) {
        throw new CorruptDataException("unknown matcher type " + type);
      }
      matchers.add(LabelMatcher.of(types[type], string(in), string(in)));
    }
    return matchers;
  }

  private static void string(DataOutputStream out, String value) throws IOException {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String string(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > MAX_STRING_BYTES || length > in.available()) {
      throw new CorruptDataException("ingester message has a string of " + length + " bytes");
    }
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  private static int count(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > MAX_COUNT) {
      throw new CorruptDataException("ingester message counts " + count + " entries");
    }
    return count;
  }
}
