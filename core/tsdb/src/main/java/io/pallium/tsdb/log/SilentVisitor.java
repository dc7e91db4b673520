package io.pallium.tsdb.log;

import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.NativeHistogram;

/// Takes what nobody wants; those who want a part of it extend it.
public class SilentVisitor implements LogVisitor {
  static final SilentVisitor INSTANCE = new SilentVisitor();

  protected SilentVisitor() {}

  @Override
  public void tenant(long number, long incarnation, String name) {}

  @Override
  public void tenantDeleted(long number) {}

  @Override
  public void beginBatch(long tenantNumber, long position) {}

  @Override
  public void series(long ref, byte[] labels, int offset, int lengthBytes) {}

  @Override
  public void sample(long ref, long timestampMs, long valueBits, long startMs) {}

  @Override
  public void histogram(long ref, long timestampMs, NativeHistogram histogram, long startMs) {}

  @Override
  public void outOfOrderSample(long ref, long timestampMs, long valueBits, long startMs) {}

  @Override
  public void outOfOrderHistogram(
      long ref, long timestampMs, NativeHistogram histogram, long startMs) {}

  @Override
  public void exemplar(long ref, long timestampMs, long valueBits, Labels labels) {}

  @Override
  public void metadata(MetricMetadata entry) {}

  @Override
  public void endBatch() {}
}
