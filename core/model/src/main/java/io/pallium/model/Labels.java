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
