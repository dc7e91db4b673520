package io.pallium.service.distributor;

import io.pallium.base.HotPath;
import io.pallium.model.Labels;
import io.pallium.model.LabelsWriter;
import io.pallium.model.RejectReason;
import io.pallium.model.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The slow path of a label region: parses it, makes the canonical labels and checks them against
/// the limits. Labels are sorted if they are not, and dropped if their value is empty.
///
/// Confined to one thread; the result of [#judge] stays until the next call.
@HotPath
final class SeriesIdentity {
  private static final int REGION_LABELS = ProtoCursor.tag(1, ProtoCursor.BYTES);
  private static final int LABEL_NAME = ProtoCursor.tag(1, ProtoCursor.BYTES);
  private static final int LABEL_VALUE = ProtoCursor.tag(2, ProtoCursor.BYTES);
  private static final int LABEL_FIELDS = 0b110;
  private static final byte[] METRIC_NAME = Labels.METRIC_NAME.getBytes(StandardCharsets.UTF_8);

  private final RequestRoom room;
  private final ProtoCursor cursor = new ProtoCursor();
  private final LabelsWriter canonical = new LabelsWriter();

  private byte[] source = new byte[0];
  private int count;

  /// Per label four ints: name offset, name length, value offset, value length.
  private int[] parts = new int[4 * 32];

  /// The labels in their order: indexes into `parts`, in fours.
  private int[] order = new int[32];

  /// The label that a rejection is about.
  private int culprit;

  /// @param room where room for many labels is taken
  SeriesIdentity(RequestRoom room) {
    this.room = room;
  }

  /// Parses a label region and checks the labels of a series.
  ///
  /// @return why the series is refused, or null; then [#canonicalBytes] are its labels
  /// @throws io.pallium.base.BadRequestException if the region is not valid protobuf
  @Nullable RejectReason judge(
      byte[] regionSource, int offset, int lengthBytes, DistributorLimits limits) {
    parse(regionSource, offset, lengthBytes);
    RejectReason reason = checkLabels(limits);
    if (reason != null) {
      return reason;
    }
    reason = checkWhole(limits);
    if (reason != null) {
      return reason;
    }
    encode();
    return null;
  }

  /// Parses a label region that was accepted before, or is under no limits: the labels of a series
  /// that is known, or of an exemplar.
  ///
  /// @return why the labels are no labels, or null; then [#canonicalBytes] are set
  @Nullable RejectReason canonicalise(byte[] regionSource, int offset, int lengthBytes) {
    parse(regionSource, offset, lengthBytes);
    for (int i = 0; i < count; i++) {
      RejectReason reason = checkUtf8(i);
      if (reason != null) {
        culprit = i;
        return reason;
      }
    }
    sort();
    if (hasDuplicates()) {
      return RejectReason.DUPLICATE_LABEL_NAMES;
    }
    encode();
    return null;
  }

  byte[] canonicalBytes() {
    return canonical.array();
  }

  int canonicalLengthBytes() {
    return canonical.lengthBytes();
  }

  /// A copy of the canonical labels.
  Labels toLabels() {
    return canonical.toLabels();
  }

  /// The number of characters in all names and values: what the limit of exemplars counts.
  int characterCount() {
    int characters = 0;
    for (int i = 0; i < count; i++) {
      characters += characters(part(i, 0), part(i, 1)) + characters(part(i, 2), part(i, 3));
    }
    return characters;
  }

  /// Words the rejection that [#judge] gave last.
  String describe(RejectReason reason, DistributorLimits limits) {
    String series = describeSeries();
    return switch (reason) {
      case NO_LABELS -> "a series has no labels";
      case MISSING_METRIC_NAME -> "series " + series + " has no metric name";
      case INVALID_METRIC_NAME -> "the metric name of " + series + " is not valid UTF-8";
      case MAX_LABEL_NAMES ->
          "series "
              + series
              + " has "
              + count
              + " labels, the limit is "
              + limits.maxLabelNamesPerSeries()
              + " (max_label_names_per_series)";
      case LABEL_NAME_INVALID ->
          part(culprit, 1) == 0
              ? "a label name of series " + series + " is empty"
              : "label name " + quoted(culprit, 0) + " of " + series + " is not valid UTF-8";
      case LABEL_NAME_TOO_LONG ->
          "label name "
              + quoted(culprit, 0)
              + " of series "
              + series
              + " has "
              + part(culprit, 1)
              + " bytes, the limit is "
              + limits.maxLabelNameLength()
              + " (max_label_name_length)";
      case LABEL_VALUE_TOO_LONG ->
          "the value of label "
              + quoted(culprit, 0)
              + " of series "
              + series
              + " has "
              + part(culprit, 3)
              + " bytes, the limit is "
              + limits.maxLabelValueLength()
              + " (max_label_value_length)";
      case LABEL_VALUE_INVALID ->
          "the value of label " + quoted(culprit, 0) + " of " + series + " is not valid UTF-8";
      case DUPLICATE_LABEL_NAMES ->
          "label " + quoted(culprit, 0) + " is there twice in series " + series;
      case LABELS_SIZE ->
          "the labels of series "
              + series
              + " have "
              + sizeBytes()
              + " bytes, the limit is "
              + limits.maxLabelsSizeBytes()
              + " (max_labels_size_bytes)";
      default -> throw new AssertionError("BUG: labels are not refused for " + reason);
    };
  }

  private void parse(byte[] regionSource, int offset, int lengthBytes) {
    source = regionSource;
    count = 0;
    culprit = 0;
    cursor.reset(regionSource, 0);
    cursor.position(offset);
    int end = offset + lengthBytes;
    while (cursor.position() < end) {
      int tag = cursor.readTag(end, "TimeSeries.labels");
      if (tag != REGION_LABELS) {
        throw new AssertionError("BUG: field " + (tag >>> 3) + " in a label region");
      }
      parseLabel(cursor.readEnd(end, "TimeSeries.labels"));
    }
  }

  private void parseLabel(int end) {
    int nameOffset = end;
    int nameLength = 0;
    int valueOffset = end;
    int valueLength = 0;
    while (cursor.position() < end) {
      int tag = cursor.readTag(end, "Label");
      if (tag == LABEL_NAME) {
        int fieldEnd = cursor.readEnd(end, "Label.name");
        nameOffset = cursor.position();
        nameLength = fieldEnd - nameOffset;
        cursor.position(fieldEnd);
      } else if (tag == LABEL_VALUE) {
        int fieldEnd = cursor.readEnd(end, "Label.value");
        valueOffset = cursor.position();
        valueLength = fieldEnd - valueOffset;
        cursor.position(fieldEnd);
      } else {
        cursor.skipUnknown(tag, LABEL_FIELDS, end, "Label");
      }
    }
    if (valueLength == 0) {
      return;
    }
    if (count == order.length) {
      growParts();
    }
    parts[count * 4] = nameOffset;
    parts[count * 4 + 1] = nameLength;
    parts[count * 4 + 2] = valueOffset;
    parts[count * 4 + 3] = valueLength;
    count++;
  }

  private void growParts() {
    room.take((long) (1 + 4) * Integer.BYTES * 2 * count);
    order = Arrays.copyOf(order, count * 2);
    parts = Arrays.copyOf(parts, count * 8);
  }

  private @Nullable RejectReason checkLabels(DistributorLimits limits) {
    if (count == 0) {
      return RejectReason.NO_LABELS;
    }
    int maxCount = limits.maxLabelNamesPerSeries();
    if (maxCount > 0 && count > maxCount) {
      return RejectReason.MAX_LABEL_NAMES;
    }
    for (int i = 0; i < count; i++) {
      RejectReason reason = checkLabel(i, limits);
      if (reason != null) {
        culprit = i;
        return reason;
      }
    }
    return null;
  }

  private @Nullable RejectReason checkLabel(int i, DistributorLimits limits) {
    RejectReason reason = checkUtf8(i);
    if (reason != null) {
      return reason;
    }
    if (limits.maxLabelNameLength() > 0 && part(i, 1) > limits.maxLabelNameLength()) {
      return RejectReason.LABEL_NAME_TOO_LONG;
    }
    if (limits.maxLabelValueLength() > 0 && part(i, 3) > limits.maxLabelValueLength()) {
      return RejectReason.LABEL_VALUE_TOO_LONG;
    }
    return null;
  }

  private @Nullable RejectReason checkUtf8(int i) {
    if (part(i, 1) == 0 || !Utf8.isValid(source, part(i, 0), part(i, 1))) {
      return RejectReason.LABEL_NAME_INVALID;
    }
    if (!Utf8.isValid(source, part(i, 2), part(i, 3))) {
      return isMetricName(i) ? RejectReason.INVALID_METRIC_NAME : RejectReason.LABEL_VALUE_INVALID;
    }
    return null;
  }

  private @Nullable RejectReason checkWhole(DistributorLimits limits) {
    sort();
    if (hasDuplicates()) {
      return RejectReason.DUPLICATE_LABEL_NAMES;
    }
    if (limits.enforceMetricName() && !hasMetricName()) {
      return RejectReason.MISSING_METRIC_NAME;
    }
    if (limits.maxLabelsSizeBytes() > 0 && sizeBytes() > limits.maxLabelsSizeBytes()) {
      return RejectReason.LABELS_SIZE;
    }
    return null;
  }

  private boolean hasMetricName() {
    for (int i = 0; i < count; i++) {
      if (isMetricName(i)) {
        return true;
      }
    }
    return false;
  }

  private boolean isMetricName(int i) {
    int from = part(i, 0);
    return Arrays.equals(source, from, from + part(i, 1), METRIC_NAME, 0, METRIC_NAME.length);
  }

  private long sizeBytes() {
    long size = 0;
    for (int i = 0; i < count; i++) {
      size += part(i, 1) + part(i, 3);
    }
    return size;
  }

  /// Orders the labels by name. Senders sort them, so nearly always one pass finds nothing to do;
  /// otherwise a heap sort, whose cost a hostile order cannot raise.
  private void sort() {
    boolean isSorted = true;
    for (int i = 0; i < count; i++) {
      order[i] = i;
      isSorted &= i == 0 || compareNames(i - 1, i) <= 0;
    }
    if (isSorted) {
      return;
    }
    for (int root = count / 2 - 1; root >= 0; root--) {
      siftDown(root, count);
    }
    for (int size = count - 1; size > 0; size--) {
      int largest = order[0];
      order[0] = order[size];
      order[size] = largest;
      siftDown(0, size);
    }
  }

  private void siftDown(int from, int size) {
    int root = from;
    int moving = order[root];
    while (2 * root + 1 < size) {
      int child = 2 * root + 1;
      if (child + 1 < size && compareNames(order[child], order[child + 1]) < 0) {
        child++;
      }
      if (compareNames(moving, order[child]) >= 0) {
        break;
      }
      order[root] = order[child];
      root = child;
    }
    order[root] = moving;
  }

  private boolean hasDuplicates() {
    for (int i = 1; i < count; i++) {
      if (compareNames(order[i - 1], order[i]) == 0) {
        culprit = order[i];
        return true;
      }
    }
    return false;
  }

  private int compareNames(int a, int b) {
    int fromA = part(a, 0);
    int fromB = part(b, 0);
    return Arrays.compareUnsigned(
        source, fromA, fromA + part(a, 1), source, fromB, fromB + part(b, 1));
  }

  private void encode() {
    canonical.reset();
    for (int k = 0; k < count; k++) {
      int i = order[k];
      canonical.add(source, part(i, 0), part(i, 1), source, part(i, 2), part(i, 3));
    }
  }

  private int part(int label, int part) {
    return parts[label * 4 + part];
  }

  private int characters(int offset, int lengthBytes) {
    int characters = 0;
    for (int i = offset; i < offset + lengthBytes; i++) {
      if ((source[i] & 0xc0) != 0x80) {
        characters++;
      }
    }
    return characters;
  }

  /// The labels parsed last, for an error text; cut where they get long.
  String describeSeries() {
    StringBuilder text = new StringBuilder("{");
    for (int i = 0; i < count; i++) {
      if (i > 0) {
        text.append(", ");
      }
      if (text.length() > 400) {
        return text.append("...}").toString();
      }
      text.append(shortened(i, 0)).append('=').append(quoted(i, 2));
    }
    return text.append('}').toString();
  }

  private String quoted(int label, int part) {
    return '"' + shortened(label, part).replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private String shortened(int label, int part) {
    int length = part(label, part + 1);
    if (length <= 80) {
      return new String(source, part(label, part), length, StandardCharsets.UTF_8);
    }
    return new String(source, part(label, part), 60, StandardCharsets.UTF_8) + "...";
  }
}
