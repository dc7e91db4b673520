package io.pallium.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The identity of a series in its canonical encoding: for each label, in unsigned byte order of
/// the names, the name and then the value, each as its length (unsigned LEB128) and its UTF-8
/// bytes. Names are unique and values are never empty. Immutable.
///
/// Two series are the same if and only if these bytes are equal. The order of series ([#compareTo])
/// goes label by label in unsigned byte order, as in Prometheus, and is not the order of the
/// encoded bytes.
///
/// Source: docs/formats/write-batch.md.
public final class Labels implements Comparable<Labels> {
  /// The name of the label that holds the metric's name.
  public static final String METRIC_NAME = "__name__";

  /// The identity without any label.
  public static final Labels EMPTY = new Labels(new byte[0]);

  private final byte[] bytes;

  private Labels(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Takes canonical bytes as they are; the caller gives the array away. The bytes must be
  /// canonical: they come from a reader that has checked them, or from our own files.
  public static Labels ofCanonical(byte[] canonicalBytes) {
    return canonicalBytes.length == 0 ? EMPTY : new Labels(canonicalBytes);
  }

  /// Copies canonical bytes out of a larger array.
  public static Labels ofCanonical(byte[] source, int offset, int lengthBytes) {
    return ofCanonical(Arrays.copyOfRange(source, offset, offset + lengthBytes));
  }

  /// Whether bytes are a canonical encoding: for bytes that come from elsewhere.
  public static boolean isCanonical(byte[] source, int offset, int lengthBytes) {
    int end = offset + lengthBytes;
    int position = offset;
    int previousName = -1;
    int previousNameEnd = -1;
    while (position < end) {
      int name = slice(source, position, end);
      if (name < 0) {
        return false;
      }
      int nameEnd = name + lengthAt(source, position);
      int value = slice(source, nameEnd, end);
      if (value < 0) {
        return false;
      }
      int valueEnd = value + lengthAt(source, nameEnd);
      if (!Utf8.isValid(source, name, nameEnd - name)
          || !Utf8.isValid(source, value, valueEnd - value)) {
        return false;
      }
      if (previousName >= 0
          && Arrays.compareUnsigned(source, previousName, previousNameEnd, source, name, nameEnd)
              >= 0) {
        return false;
      }
      previousName = name;
      previousNameEnd = nameEnd;
      position = valueEnd;
    }
    return true;
  }

  /// Where the text starts whose length stands at `position`, or -1 if the length is not minimal,
  /// is 0 or runs over `end`.
  private static int slice(byte[] source, int position, int end) {
    int at = position;
    while (at < end && source[at] < 0) {
      at++;
    }
    if (at >= end || at - position > 3 || (at > position && source[at] == 0)) {
      return -1;
    }
    int length = lengthAt(source, position);
    return length == 0 || length > end - at - 1 ? -1 : at + 1;
  }

  private static int lengthAt(byte[] source, int position) {
    int length = 0;
    int at = position;
    for (int shift = 0; ; shift += 7) {
      int b = source[at++];
      length |= (b & 0x7f) << shift;
      if (b >= 0) {
        return length;
      }
    }
  }

  /// Encodes a map; labels with an empty value are left out.
  public static Labels of(Map<String, String> labels) {
    TreeMap<byte[], byte[]> sorted = new TreeMap<>(Arrays::compareUnsigned);
    labels.forEach(
        (name, value) -> {
          if (!value.isEmpty()) {
            sorted.put(
                name.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
          }
        });
    LabelsWriter writer = new LabelsWriter();
    sorted.forEach((name, value) -> writer.add(name, 0, name.length, value, 0, value.length));
    return writer.toLabels();
  }

  /// Encodes names and values given in turn.
  public static Labels of(String... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException("a label name without a value");
    }
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return of(map);
  }

  /// The canonical bytes. Callers must not change them.
  public byte[] bytes() {
    return bytes;
  }

  /// Whether there is no label.
  public boolean isEmpty() {
    return bytes.length == 0;
  }

  /// A cursor before the first label.
  public LabelCursor cursor() {
    return new LabelCursor().reset(bytes, 0, bytes.length);
  }

  /// The number of labels.
  public int size() {
    int size = 0;
    LabelCursor cursor = cursor();
    while (cursor.next()) {
      size++;
    }
    return size;
  }

  /// The value of a label, or null if the series does not have it.
  public @Nullable String get(String name) {
    byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
    LabelCursor cursor = cursor();
    while (cursor.next()) {
      if (cursor.nameEquals(wanted)) {
        return cursor.value();
      }
    }
    return null;
  }

  /// The labels in their order.
  public Map<String, String> toMap() {
    Map<String, String> map = new LinkedHashMap<>();
    LabelCursor cursor = cursor();
    while (cursor.next()) {
      map.put(cursor.name(), cursor.value());
    }
    return map;
  }

  @Override
  public int compareTo(Labels other) {
    LabelCursor a = cursor();
    LabelCursor b = other.cursor();
    while (true) {
      boolean hasA = a.next();
      boolean hasB = b.next();
      if (!hasA || !hasB) {
        return Boolean.compare(hasA, hasB);
      }
      int order = a.compareTo(b);
      if (order != 0) {
        return order;
      }
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Labels labels && Arrays.equals(bytes, labels.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /// The form of the exposition format: `name{a="b"}` with Go-like escapes.
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("{");
    LabelCursor cursor = cursor();
    while (cursor.next()) {
      if (text.length() > 1) {
        text.append(", ");
      }
      text.append(cursor.name()).append("=\"");
      String value = cursor.value();
      for (int i = 0; i < value.length(); i++) {
        char c = value.charAt(i);
        switch (c) {
          case '"' -> text.append("\\\"");
          case '\\' -> text.append("\\\\");
          case '\n' -> text.append("\\n");
          default -> text.append(c);
        }
      }
      text.append('"');
    }
    return text.append('}').toString();
  }
}
