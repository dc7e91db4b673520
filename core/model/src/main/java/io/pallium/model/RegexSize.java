package io.pallium.model;

import io.pallium.base.BadRequestException;
import java.util.ArrayDeque;
import java.util.Deque;

/// How large a regular expression becomes once its repetitions are written out, estimated before
/// the engine sees it: the engine itself would run out of memory or stack on a hostile one.
///
/// The bounds on depth and repetitions, and the words, are those of RE2 in Go.
final class RegexSize {
  private static final int MAX_DEPTH = 1_000;
  private static final int MAX_REPEATS = 1_000;
  private static final int MAX_SIZE = 1_000_000;

  private final String regex;
  private final Deque<Group> outer = new ArrayDeque<>();
  private Group group = new Group();
  private int i;

  private RegexSize(String regex) {
    this.regex = regex;
  }

  /// What was read of a group so far, without the atom at its end, which may yet be repeated.
  private static final class Group {
    long size;
    long repeats = 1;
    long lastSize;
    long lastRepeats = 1;

    void addAtom(long atomSize, long atomRepeats) {
      size += lastSize;
      repeats = Math.max(repeats, lastRepeats);
      lastSize = atomSize;
      lastRepeats = atomRepeats;
    }
  }

  /// The size in instructions.
  ///
  /// @throws BadRequestException if it nests too deeply, repeats too often, or is too large
  static int of(String regex) {
    RegexSize size = new RegexSize(regex);
    size.scan();
    return (int) size.group.size;
  }

  private void scan() {
    while (i < regex.length()) {
      char c = regex.charAt(i++);
      switch (c) {
        case '\\' -> escape();
        case '[' -> characterClass();
        case '(' -> open();
        case ')' -> close();
        case '{' -> repeat();
        default -> group.addAtom(1, 1);
      }
      if (group.size + group.lastSize > MAX_SIZE) {
        throw failure("expression too large", regex);
      }
    }
    while (!outer.isEmpty()) {
      close();
    }
    group.addAtom(0, 1);
  }

  private void escape() {
    group.addAtom(1, 1);
    if (regex.startsWith("Q", i)) {
      int end = regex.indexOf("\\E", i);
      int quoted = (end < 0 ? regex.length() : end) - i;
      group.addAtom(quoted, 1);
      i += quoted;
      return;
    }
    boolean hasBraces =
        i + 1 < regex.length() && "xpP".indexOf(regex.charAt(i)) >= 0 && regex.charAt(i + 1) == '{';
    int end = hasBraces ? regex.indexOf('}', i) : i;
    i = end < 0 ? regex.length() : end + 1;
  }

  private void characterClass() {
    group.addAtom(1, 1);
    i += regex.startsWith("^", i) ? 1 : 0;
    i += regex.startsWith("]", i) ? 1 : 0;
    while (i < regex.length() && regex.charAt(i) != ']') {
      if (regex.startsWith("[:", i) && regex.indexOf(":]", i + 2) >= 0) {
        i = regex.indexOf(":]", i + 2) + 1;
      } else if (regex.charAt(i) == '\\') {
        i++;
      }
      i++;
    }
    i++;
  }

  private void open() {
    if (outer.size() >= MAX_DEPTH) {
      throw failure("expression nests too deeply", regex);
    }
    outer.push(group);
    group = new Group();
  }

  private void close() {
    if (outer.isEmpty()) {
      return;
    }
    Group inner = group;
    inner.addAtom(0, 1);
    group = outer.pop();
    group.addAtom(inner.size + 2, inner.repeats);
  }

  /// Braces repeat the last atom if they hold one or two numbers; else they are literal.
  private void repeat() {
    int end = regex.indexOf('}', i);
    // Two numbers of up to four digits and a comma; longer ones are not valid, and found later.
    boolean isRepeat = end > i && end - i <= 9 && isDigit(regex.charAt(i));
    for (int k = i; k < end && isRepeat; k++) {
      isRepeat = isDigit(regex.charAt(k)) || regex.charAt(k) == ',';
    }
    if (!isRepeat) {
      group.addAtom(1, 1);
      return;
    }
    long count = 1;
    for (String number : regex.substring(i, end).split(",")) {
      count = Math.max(count, number.isEmpty() ? 1 : Long.parseLong(number));
    }
    group.lastSize *= count;
    group.lastRepeats *= count;
    if (group.lastRepeats > MAX_REPEATS) {
      throw failure("invalid repeat count", regex.substring(i - 1, end + 1));
    }
    i = end + 1;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static BadRequestException failure(String what, String where) {
    return new BadRequestException("error parsing regexp: " + what + ": `" + where + "`");
  }
}
