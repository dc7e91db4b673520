package io.pallium.promql.plan;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A text with places for the groups of a regular expression: `$1`, `$name`, `${1}`, `${name}`;
/// `$$` is a dollar. A name is as long as it can be, a group that does not exist or did not match
/// is empty, and a dollar that introduces nothing is a dollar. Immutable.
public final class ReplacementTemplate {
  private static final int MAX_GROUP = 100_000_000;

  /// A literal, or a group.
  private record Part(@Nullable String literal, int group) {}

  private final List<Part> parts;
  private final long literalBytes;
  private final int groupCount;

  private ReplacementTemplate(List<Part> parts) {
    this.parts = List.copyOf(parts);
    long bytes = 0;
    int groups = 0;
    for (Part part : parts) {
      if (part.literal == null) {
        groups++;
      } else {
        bytes += 3L * part.literal.length();
      }
    }
    this.literalBytes = bytes;
    this.groupCount = groups;
  }

  static ReplacementTemplate parse(String text, Pattern pattern) {
    List<Part> parts = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c != '$') {
        literal.append(c);
        continue;
      }
      if (at < text.length() && text.charAt(at) == '$') {
        literal.append('$');
        at++;
        continue;
      }
      boolean hasBrace = at < text.length() && text.charAt(at) == '{';
      int start = hasBrace ? at + 1 : at;
      int end = nameEnd(text, start);
      boolean isClosed = !hasBrace || end < text.length() && text.charAt(end) == '}';
      if (end == start || !isClosed) {
        literal.append('$');
        continue;
      }
      int group = group(text.substring(start, end), pattern);
      if (group >= 0) {
        parts.add(new Part(literal.toString(), -1));
        literal.setLength(0);
        parts.add(new Part(null, group));
      }
      at = hasBrace ? end + 1 : end;
    }
    parts.add(new Part(literal.toString(), -1));
    return new ReplacementTemplate(parts);
  }

  /// A bound for the length of the text and of what it is made of, in bytes.
  ///
  /// @param matchedBytes how long what is matched is
  long maxLength(long matchedBytes) {
    return literalBytes + (groupCount + 1) * matchedBytes;
  }

  /// The text for a match.
  public String expand(Matcher matcher) {
    StringBuilder text = new StringBuilder();
    for (Part part : parts) {
      String piece = part.literal == null ? matcher.group(part.group) : part.literal;
      if (piece != null) {
        text.append(piece);
      }
    }
    return text.toString();
  }

  private static int nameEnd(String text, int start) {
    int end = start;
    while (end < text.length()) {
      int c = text.codePointAt(end);
      if (!Character.isLetter(c) && !Character.isDigit(c) && c != '_') {
        break;
      }
      end += Character.charCount(c);
    }
    return end;
  }

  /// The number of a group; -1 if there is none.
  private static int group(String name, Pattern pattern) {
    boolean isNumber = name.length() == 1 || name.charAt(0) != '0';
    int number = 0;
    for (int i = 0; i < name.length() && isNumber; i++) {
      char c = name.charAt(i);
      isNumber = c >= '0' && c <= '9' && number < MAX_GROUP;
      number = number * 10 + c - '0';
    }
    if (isNumber) {
      return number <= pattern.groupCount() ? number : -1;
    }
    return pattern.namedGroups().getOrDefault(name, -1);
  }
}
