package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.LabelCursor;
import io.pallium.model.Labels;
import io.pallium.model.LabelsWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Keeps or drops some labels of series, and always drops a [NameMark]. Confined to one thread.
@HotPath
final class LabelProjection {
  private static final List<String> METADATA = List.of("__name__", "__type__", "__unit__");

  private final byte[][] names;
  private final boolean keeps;
  private final boolean marks;
  private final LabelCursor cursor = new LabelCursor();
  private final LabelsWriter writer = new LabelsWriter();

  private LabelProjection(List<String> names, boolean keeps) {
    this(names, keeps, false);
  }

  /// @param marks whether labels that have one of the names are marked in place of losing it
  private LabelProjection(List<String> names, boolean keeps, boolean marks) {
    this.marks = marks;
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

  /// What an operation does to the names of its result: drops them, or marks them to be dropped
  /// when the query ends.
  static LabelProjection removingNames(boolean isDelayed) {
    return new LabelProjection(METADATA, false, isDelayed);
  }

  /// The labels that are left; the same object if all are.
  Labels apply(Labels labels) {
    return marks ? mark(labels) : project(labels);
  }

  private Labels mark(Labels labels) {
    byte[] bytes = labels.bytes();
    cursor.reset(bytes, 0, bytes.length);
    while (cursor.next()) {
      if (isNamed()) {
        return NameMark.add(labels);
      }
    }
    return labels;
  }

  private Labels project(Labels labels) {
    byte[] bytes = labels.bytes();
    cursor.reset(bytes, 0, bytes.length);
    writer.reset();
    boolean isChanged = false;
    while (cursor.next()) {
      if (isNamed() != keeps || NameMark.isAt(cursor)) {
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
