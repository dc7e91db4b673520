package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.LabelCursor;
import io.pallium.model.Labels;
import io.pallium.model.LabelsWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Sets or deletes one label of series. Confined to one thread.
@HotPath
final class LabelEdit {
  private final byte[] name;
  private final LabelCursor cursor = new LabelCursor();
  private final LabelsWriter writer = new LabelsWriter();

  LabelEdit(String name) {
    this.name = name.getBytes(StandardCharsets.UTF_8);
  }

  /// The labels with another value.
  ///
  /// @param value empty deletes the label
  Labels set(Labels labels, String value) {
    byte[] valueBytes = value.getBytes(StandardCharsets.UTF_8);
    return set(labels, valueBytes, 0, valueBytes.length);
  }

  /// The labels with the value that others have; deletes the label if those have none.
  Labels copy(Labels labels, Labels from) {
    LabelCursor other = cursor.reset(from.bytes(), 0, from.bytes().length);
    while (other.next()) {
      if (other.nameEquals(name)) {
        return set(labels, other.source(), other.valueOffset(), other.valueLengthBytes());
      }
    }
    return set(labels, name, 0, 0);
  }

  private Labels set(Labels labels, byte[] value, int valueOffset, int valueLength) {
    byte[] bytes = labels.bytes();
    cursor.reset(bytes, 0, bytes.length);
    writer.reset();
    boolean isDone = valueLength == 0;
    while (cursor.next()) {
      int order = compareName(bytes);
      if (order == 0) {
        continue;
      }
      if (!isDone && order > 0) {
        writer.add(name, 0, name.length, value, valueOffset, valueLength);
        isDone = true;
      }
      writer.add(
          bytes,
          cursor.nameOffset(),
          cursor.nameLengthBytes(),
          bytes,
          cursor.valueOffset(),
          cursor.valueLengthBytes());
    }
    if (!isDone) {
      writer.add(name, 0, name.length, value, valueOffset, valueLength);
    }
    return writer.toLabels();
  }

  private int compareName(byte[] bytes) {
    int start = cursor.nameOffset();
    return Arrays.compareUnsigned(
        bytes, start, start + cursor.nameLengthBytes(), name, 0, name.length);
  }
}
