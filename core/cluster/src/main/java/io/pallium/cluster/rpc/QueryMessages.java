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
            list(out, matchers, QueryMessages::matcher);
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
                  list(in, QueryMessages::matcher)));
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
            list(out, matchers, QueryMessages::matcher);
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
            List<LabelMatcher> matchers = list(in, QueryMessages::matcher);
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
            list(out, selectors, (to, matchers) -> list(to, matchers, QueryMessages::matcher));
          });
    }

    static ExemplarsQuestion decode(byte[] message) {
      return read(
          message,
          in ->
              new ExemplarsQuestion(
                  new TenantId(string(in)),
                  in.readLong(),
                  in.readLong(),
                  list(in, from -> list(from, QueryMessages::matcher))));
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
        out ->
            list(
                out,
                series,
                (to, each) -> {
                  labels(to, each.series());
                  list(to, each.exemplars(), QueryMessages::exemplar);
                }));
  }

  static List<SeriesExemplars> exemplars(byte[] message) {
    return read(
        message,
        in ->
            list(
                in,
                from -> new SeriesExemplars(labels(from), list(from, QueryMessages::exemplar))));
  }

  private static void exemplar(DataOutputStream out, Exemplar exemplar) throws IOException {
    out.writeLong(exemplar.timestampMs());
    out.writeLong(Double.doubleToRawLongBits(exemplar.value()));
    labels(out, exemplar.labels());
  }

  private static Exemplar exemplar(DataInputStream in) throws IOException {
    long timestampMs = in.readLong();
    double value = Double.longBitsToDouble(in.readLong());
    return new Exemplar(labels(in), value, timestampMs);
  }

  static byte[] cardinality(Cardinality cardinality) {
    return write(
        out -> {
          out.writeLong(cardinality.series());
          out.writeLong(cardinality.labelPairs());
          out.writeLong(cardinality.chunks());
          out.writeLong(cardinality.minTimeMs());
          out.writeLong(cardinality.maxTimeMs());
          list(out, cardinality.seriesByMetric(), QueryMessages::entry);
          list(out, cardinality.valuesByLabel(), QueryMessages::entry);
          list(out, cardinality.bytesByLabel(), QueryMessages::entry);
          list(out, cardinality.seriesByPair(), QueryMessages::entry);
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
                list(in, QueryMessages::entry),
                list(in, QueryMessages::entry),
                list(in, QueryMessages::entry),
                list(in, QueryMessages::entry)));
  }

  private static void entry(DataOutputStream out, Cardinality.Entry entry) throws IOException {
    string(out, entry.name());
    out.writeLong(entry.count());
  }

  private static Cardinality.Entry entry(DataInputStream in) throws IOException {
    return new Cardinality.Entry(string(in), in.readLong());
  }

  static byte[] strings(List<String> values) {
    return write(out -> list(out, values, QueryMessages::string));
  }

  static List<String> strings(byte[] message) {
    return read(message, in -> list(in, QueryMessages::string));
  }

  static byte[] metadata(List<MetricMetadata> entries) {
    return write(out -> list(out, entries, QueryMessages::metadata));
  }

  static List<MetricMetadata> metadata(byte[] message) {
    return read(message, in -> list(in, QueryMessages::metadata));
  }

  private static void metadata(DataOutputStream out, MetricMetadata entry) throws IOException {
    string(out, entry.family());
    out.writeByte(entry.type().ordinal());
    string(out, entry.help());
    string(out, entry.unit());
  }

  private static MetricMetadata metadata(DataInputStream in) throws IOException {
    String family = string(in);
    MetricType[] types = MetricType.values();
    int type = in.readUnsignedByte();
    if (type >= types.length) {
      throw new CorruptDataException("unknown metric type " + type + " in metadata");
    }
    return new MetricMetadata(family, types[type], string(in), string(in));
  }

  private interface Writer {
    void write(DataOutputStream out) throws IOException;
  }

  private interface ItemWriter<T> {
    void write(DataOutputStream out, T item) throws IOException;
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

  private static <T> void list(DataOutputStream out, List<T> items, ItemWriter<T> writer)
      throws IOException {
    out.writeInt(items.size());
    for (T item : items) {
      writer.write(out, item);
    }
  }

  private static <T> List<T> list(DataInputStream in, Reader<T> reader) throws IOException {
    int count = count(in);
    List<T> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(reader.read(in));
    }
    return items;
  }

  private static void matcher(DataOutputStream out, LabelMatcher matcher) throws IOException {
    out.writeByte(matcher.type().ordinal());
    string(out, matcher.name());
    string(out, matcher.value());
  }

  private static LabelMatcher matcher(DataInputStream in) throws IOException {
    LabelMatcher.Type[] types = LabelMatcher.Type.values();
    int type = in.readUnsignedByte();
    if (type >= types.length) {
      throw new CorruptDataException("unknown matcher type " + type);
    }
    return LabelMatcher.of(types[type], string(in), string(in));
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
