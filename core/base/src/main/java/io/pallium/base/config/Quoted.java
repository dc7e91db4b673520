package io.pallium.base.config;

/// Shows text from outside in an error: in quotes, short, and without control characters.
final class Quoted {
  private static final int MAX_CHARS = 60;

  private Quoted() {}

  static String value(String text) {
    return '"' + printable(text) + '"';
  }

  /// Without quotes, for names that stand in a path.
  static String name(String text) {
    return text.matches("[\\w.-]{1,60}") ? text : value(text);
  }

  private static String printable(String text) {
    StringBuilder out = new StringBuilder();
    int end = Math.min(text.length(), MAX_CHARS);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (Character.isISOControl(c) || Character.isSurrogate(c) || c == '\u2028') {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return text.length() > end ? out.append('…').toString() : out.toString();
  }
}
