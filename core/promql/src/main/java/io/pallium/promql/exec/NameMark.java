package io.pallium.promql.exec;

import io.pallium.model.LabelCursor;
import io.pallium.model.Labels;
import io.pallium.model.LabelsWriter;

/// With delayed removal of names, series whose name is to be dropped carry a mark until the query
/// ends: a label whose name is no UTF-8, so that no store has it and no query can name it. It comes
/// after all other labels; a [LabelProjection] drops it.
final class NameMark {
  private static final byte[] NAME = {(byte) 0xff};
  private static final byte[] VALUE = {'1'};

  private NameMark() {}

  static boolean isOn(Labels labels) {
    LabelCursor cursor = labels.cursor();
    while (cursor.next()) {
      if (isAt(cursor)) {
        return true;
      }
    }
    return false;
  }

  /// Whether a cursor stands at the mark.
  static boolean isAt(LabelCursor cursor) {
    return cursor.nameEquals(NAME);
  }

  static Labels add(Labels labels) {
    if (isOn(labels)) {
      return labels;
    }
    LabelsWriter writer = new LabelsWriter();
    copy(labels, writer);
    writer.add(NAME, 0, NAME.length, VALUE, 0, VALUE.length);
    return writer.toLabels();
  }

  static Labels remove(Labels labels) {
    if (!isOn(labels)) {
      return labels;
    }
    LabelsWriter writer = new LabelsWriter();
    copy(labels, writer);
    return writer.toLabels();
  }

  private static void copy(Labels labels, LabelsWriter writer) {
    LabelCursor cursor = labels.cursor();
    while (cursor.next()) {
      if (!isAt(cursor)) {
        writer.add(
            labels.bytes(),
            cursor.nameOffset(),
            cursor.nameLengthBytes(),
            labels.bytes(),
            cursor.valueOffset(),
            cursor.valueLengthBytes());
      }
    }
  }
}
