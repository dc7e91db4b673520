package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.LabelCursor;
import io.pallium.model.Labels;
import io.pallium.model.LabelsWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Keeps or drops some labels of series. Confined to one thread.
@HotPath
final class LabelProjection {
  private static final List<String> METADATA = List.of("__name__", "__type__", "__unit__");

  private final byte[][] names;
  private final boolean keeps;
  private final LabelCursor cursor = new LabelCursor();
  private final LabelsWriter writer = new LabelsWriter();

  private LabelProjection(List<String> names, boolean keeps) {
    this.names = new byte[names.size()][];
    for (int i = 0; i < names.size(); i++) {
      this.names[i] = names.get(i).getBytes(StandardCharsets.UTF_8);
    }
    this.keeps = keeps;
  }

  /// Keeps only labels of these names.
  static LabelProjection keeping(List<String> names) {
    return new LabelProjection(names, true);
  }

  /// Drops labels of these names.
  static LabelProjection dropping(List<String> names) {
    return new LabelProjection(names, false);
  }

  /// Drops what describes the metric: its name, type and unit.
  static LabelProjection droppingMetadata() {
    return dropping(METADATA);
  }

  /// Drops the metric's name alone.
  static LabelProjection droppingName() {
    return dropping(List.of(Labels.METRIC_NAME));
  }

  /// The labels that are left; the same object if all are.
  Labels apply(Labels labels) {
    byte[] bytes = labels.bytes();
    cursor.reset(bytes, 0, bytes.length);
    writer.reset();
    boolean isChanged = false;
    while (cursor.next()) {
      if (isNamed() != keeps) {
        isChanged = true;
        continue;
      }
      writer.add(
          bytes,
          cursor.nameOffset(),
          cursor.nameLengthBytes(),
          bytes,
          cursor.valueOffset(),
          cursor.valueLengthBytes());
    }
    return isChanged ? writer.toLabels() : labels;
  }

  private boolean isNamed() {
    for (byte[] name : names) {
      if (cursor.nameEquals(name)) {
        return true;
      }
    }
    return false;
  }
}
