package io.pallium.tsdb.log;

import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.NativeHistogram;
import java.util.ArrayList;
import java.util.List;

/// Keeps what a replay delivers as a list of entries that can be compared.
final class RecordedLog implements LogVisitor {
  sealed interface Entry {}

  record Tenant(long number, long incarnation, String name) implements Entry {}

  record TenantDeleted(long number) implements Entry {}

  record Batch(long tenantNumber, List<Item> items) implements Entry {}

  sealed interface Item {}

  record Series(long ref, Labels labels) implements Item {}

  record Sample(long ref, long timestampMs, long valueBits, long startMs) implements Item {}

  record Histogram(long ref, long timestampMs, NativeHistogram histogram, long startMs)
      implements Item {}

  record OutOfOrderSample(long ref, long timestampMs, long valueBits, long startMs)
      implements Item {}

  record OutOfOrderHistogram(long ref, long timestampMs, NativeHistogram histogram, long startMs)
      implements Item {}

  record Exemplar(long ref, long timestampMs, long valueBits, Labels labels) implements Item {}

  record Metadata(MetricMetadata entry) implements Item {}

  record Tombstone(long ref, long minTimeMs, long maxTimeMs) implements Item {}

  final List<Entry> entries = new ArrayList<>();
  final List<Long> positions = new ArrayList<>();
  private List<Item> items = new ArrayList<>();
  private long batchTenant = -1;

  static Sample sampleOf(long ref, long timestampMs, double value) {
    return new Sample(ref, timestampMs, Double.doubleToRawLongBits(value), 0);
  }

  /// Encodes an entry as a finished record.
  static LogRecordWriter encode(LogRecordWriter writer, Entry entry) {
    switch (entry) {
      case Tenant t -> writer.tenant(t.number(), t.incarnation(), t.name());
      case TenantDeleted t -> writer.tenantDeleted(t.number());
      case Batch batch -> {
        writer.beginBatch(batch.tenantNumber());
        for (Item item : batch.items()) {
          encode(writer, item);
        }
      }
    }
    return writer.finish();
  }

  private static void encode(LogRecordWriter writer, Item item) {
    switch (item) {
      case Series s -> writer.series(s.ref(), s.labels().bytes(), 0, s.labels().bytes().length);
      case Sample s -> {
        writer.sample(s.ref(), s.timestampMs(), s.valueBits());
        writer.start(s.startMs());
      }
      case Histogram h -> writer.histogram(h.ref(), h.timestampMs(), h.histogram(), h.startMs());
      case OutOfOrderSample s ->
          writer.outOfOrderSample(s.ref(), s.timestampMs(), s.valueBits(), s.startMs());
      case OutOfOrderHistogram h ->
          writer.outOfOrderHistogram(h.ref(), h.timestampMs(), h.histogram(), h.startMs());
      case Exemplar e -> writer.exemplar(e.ref(), e.timestampMs(), e.valueBits(), e.labels());
      case Metadata m -> writer.metadata(m.entry());
      case Tombstone t -> writer.tombstone(t.ref(), t.minTimeMs(), t.maxTimeMs());
    }
  }

  @Override
  public void tenant(long number, long incarnation, String name) {
    entries.add(new Tenant(number, incarnation, name));
  }

  @Override
  public void tenantDeleted(long number) {
    entries.add(new TenantDeleted(number));
  }

  @Override
  public void beginBatch(long tenantNumber, long position) {
    if (batchTenant != -1) {
      throw new IllegalStateException("the batch before did not end");
    }
    batchTenant = tenantNumber;
    positions.add(position);
    items = new ArrayList<>();
  }

  @Override
  public void series(long ref, byte[] labels, int offset, int lengthBytes) {
    items.add(new Series(ref, Labels.ofCanonical(labels, offset, lengthBytes)));
  }

  @Override
  public void sample(long ref, long timestampMs, long valueBits, long startMs) {
    items.add(new Sample(ref, timestampMs, valueBits, startMs));
  }

  @Override
  public void histogram(long ref, long timestampMs, NativeHistogram histogram, long startMs) {
    items.add(new Histogram(ref, timestampMs, histogram, startMs));
  }

  @Override
  public void outOfOrderSample(long ref, long timestampMs, long valueBits, long startMs) {
    items.add(new OutOfOrderSample(ref, timestampMs, valueBits, startMs));
  }

  @Override
  public void outOfOrderHistogram(
      long ref, long timestampMs, NativeHistogram histogram, long startMs) {
    items.add(new OutOfOrderHistogram(ref, timestampMs, histogram, startMs));
  }

  @Override
  public void exemplar(long ref, long timestampMs, long valueBits, Labels labels) {
    items.add(new Exemplar(ref, timestampMs, valueBits, labels));
  }

  @Override
  public void metadata(MetricMetadata entry) {
    items.add(new Metadata(entry));
  }

  @Override
  public void tombstone(long ref, long minTimeMs, long maxTimeMs) {
    items.add(new Tombstone(ref, minTimeMs, maxTimeMs));
  }

  @Override
  public void endBatch() {
    entries.add(new Batch(batchTenant, List.copyOf(items)));
    batchTenant = -1;
  }
}
