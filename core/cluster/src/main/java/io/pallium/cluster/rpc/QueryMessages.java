package io.pallium.cluster.rpc;

import io.pallium.base.CorruptDataException;
import io.pallium.model.Exemplar;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.MetricType;
import io.pallium.model.TenantId;
import io.pallium.storage.Cardinality;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesExemplars;
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

  /// Asks for exemplars.
  record ExemplarsQuestion(
      TenantId tenant, long startMs, long endMs, List<List<LabelMatcher>> selectors) {
    byte[] encode() {
      return write(
          out -> {
            string(out, tenant.value());
            out.writeLong(startMs);
            out.writeLong(endMs);
            out.writeInt(selectors.size());
            for (List<LabelMatcher> matchers : selectors) {
              writeMatchers(out, matchers);
            }
          });
    }

    static ExemplarsQuestion decode(byte[] message) {
      return read(
          message,
          in -> {
            TenantId tenant = new TenantId(string(in));
            long start = in.readLong();
            long end = in.readLong();
            int count = count(in);
            List<List<LabelMatcher>> selectors = new ArrayList<>();
            for (int i = 0; i < count; i++) {
              selectors.add(readMatchers(in));
            }
            return new ExemplarsQuestion(tenant, start, end, selectors);
          });
    }
  }

  /// Asks how many series there are of what.
  record CardinalityQuestion(TenantId tenant, int limit) {
    byte[] encode() {
      return write(
          out -> {
            string(out, tenant.value());
            out.writeInt(limit);
          });
    }

    static CardinalityQuestion decode(byte[] message) {
      return read(message, in -> new CardinalityQuestion(new TenantId(string(in)), count(in)));
    }
  }

  static byte[] exemplars(List<SeriesExemplars> series) {
    return write(
        out -> {
          out.writeInt(series.size());
          for (SeriesExemplars each : series) {
            labels(out, each.series());
            out.writeInt(each.exemplars().size());
            for (Exemplar exemplar : each.exemplars()) {
              out.writeLong(exemplar.timestampMs());
              out.writeLong(Double.doubleToRawLongBits(exemplar.value()));
              labels(out, exemplar.labels());
            }
          }
        });
  }

  static List<SeriesExemplars> exemplars(byte[] message) {
    return read(
        message,
        in -> {
          int count = count(in);
          List<SeriesExemplars> series = new ArrayList<>();
          for (int i = 0; i < count; i++) {
            series.add(new SeriesExemplars(labels(in), readExemplars(in)));
          }
          return series;
        });
  }

  private static List<Exemplar> readExemplars(DataInputStream in) throws IOException {
    int count = count(in);
    List<Exemplar> exemplars = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long timestampMs = in.readLong();
      double value = Double.longBitsToDouble(in.readLong());
      exemplars.add(new Exemplar(labels(in), value, timestampMs));
    }
    return exemplars;
  }

  static byte[] cardinality(Cardinality cardinality) {
    return write(
        out -> {
          out.writeLong(cardinality.series());
          out.writeLong(cardinality.labelPairs());
          out.writeLong(cardinality.chunks());
          out.writeLong(cardinality.minTimeMs());
          out.writeLong(cardinality.maxTimeMs());
          entries(out, cardinality.seriesByMetric());
          entries(out, cardinality.valuesByLabel());
          entries(out, cardinality.bytesByLabel());
          entries(out, cardinality.seriesByPair());
        });
  }

  static Cardinality cardinality(byte[] message) {
    return read(
        message,
        in ->
            new Cardinality(
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                entries(in),
                entries(in),
                entries(in),
                entries(in)));
  }

  private static void entries(DataOutputStream out, List<Cardinality.Entry> entries)
      throws IOException {
    out.writeInt(entries.size());
    for (Cardinality.Entry entry : entries) {
      string(out, entry.name());
      out.writeLong(entry.count());
    }
  }

  private static List<Cardinality.Entry> entries(DataInputStream in) throws IOException {
    int count = count(in);
    List<Cardinality.Entry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(new Cardinality.Entry(string(in), in.readLong()));
    }
    return entries;
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

  private static void labels(DataOutputStream out, Labels labels) throws IOException {
    out.writeInt(labels.bytes().length);
    out.write(labels.bytes());
  }

  private static Labels labels(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > MAX_STRING_BYTES || length > in.available()) {
      throw new CorruptDataException("ingester message has labels of " + length + " bytes");
    }
    byte[] bytes = in.readNBytes(length);
    if (!Labels.isCanonical(bytes, 0, length)) {
      throw new CorruptDataException("ingester message has labels that are not canonical");
    }
    return Labels.ofCanonical(bytes);
  }

  private static int count(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > MAX_COUNT) {
      throw new CorruptDataException("ingester message counts " + count + " entries");
    }
    return count;
  }
}
