package io.pallium.promql.exec;

import io.pallium.model.LabelCursor;
import io.pallium.model.Labels;
import io.pallium.promql.parse.GoText;

/// Labels in messages, written as Prometheus writes them.
final class LabelText {
  private LabelText() {}

  /// Labels in braces, names and values quoted where they must be.
  static String of(Labels labels) {
    StringBuilder text = new StringBuilder("{");
    LabelCursor cursor = labels.cursor();
    while (cursor.next()) {
      if (NameMark.isAt(cursor)) {
        continue;
      }
      if (text.length() > 1) {
        text.append(", ");
      }
      String name = cursor.name();
      text.append(isPlainName(name) ? name : GoText.quote(name))
          .append('=')
          .append(GoText.quote(cursor.value()));
    }
    return text.append('}').toString();
  }

  private static boolean isPlainName(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean isLetter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
      if (!isLetter && (i == 0 || c < '0' || c > '9')) {
        return false;
      }
    }
    return !name.isEmpty();
  }
}
