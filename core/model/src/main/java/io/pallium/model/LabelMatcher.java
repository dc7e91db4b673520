package io.pallium.model;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.pallium.base.BadRequestException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A condition on the value of one label. A series without the label has the empty value. Regular
/// expressions are RE2, match the whole value, and `.` matches newlines. Immutable and thread-safe.
///
/// Most expressions in use are literals, alternations of literals, or a literal with `.*` or `.+`
/// at an end; those are recognised and never reach the regex engine.
public final class LabelMatcher {
  /// How the value is compared.
  public enum Type {
    EQUAL("="),
    NOT_EQUAL("!="),
    REGEX("=~"),
    NOT_REGEX("!~");

    private final String text;

    Type(String text) {
      this.text = text;
    }

    /// The operator in PromQL.
    public String text() {
      return text;
    }
  }

  private final Type type;
  private final String name;
  private final String value;
  private final byte[] nameBytes;
  private final int regexSize;
  private final byte @Nullable [][] literals;
  private final @Nullable ValuePattern pattern;

  private LabelMatcher(Type type, String name, String value) {
    this.type = type;
    this.name = name;
    this.value = value;
    this.nameBytes = name.getBytes(StandardCharsets.UTF_8);
    boolean isRegex = type == Type.REGEX || type == Type.NOT_REGEX;
    this.regexSize = isRegex ? RegexSize.of(value) : 0;
    List<String> alternatives = isRegex ? alternatives(value) : List.of(value);
    if (alternatives.isEmpty()) {
      this.literals = null;
      this.pattern = ValuePattern.compile(value);
    } else {
      this.literals =
          alternatives.stream()
              .map(text -> text.getBytes(StandardCharsets.UTF_8))
              .sorted(Arrays::compareUnsigned)
              .toArray(byte[][]::new);
      this.pattern = null;
    }
  }

  /// @throws BadRequestException if `type` is a regular expression and `value` is not a valid one
  public static LabelMatcher of(Type type, String name, String value) {
    try {
      return new LabelMatcher(type, name, value);
    } catch (PatternSyntaxException e) {
      // What RE2J does not word as Go does: a stray parenthesis, and its own flag in the
      // expression.
      boolean isUnopened = e.getPattern().equals("stack underflow");
      boolean isWhole = isUnopened || e.getPattern().equals("(?s)" + value);
      String what = isUnopened ? "unexpected )" : e.getDescription();
      String where = isWhole ? value : e.getPattern();
      throw new BadRequestException("error parsing regexp: " + what + ": `" + where + "`", e);
    }
  }

  public Type type() {
    return type;
  }

  public String name() {
    return name;
  }

  public String value() {
    return value;
  }

  /// The name in UTF-8. Callers must not change it.
  public byte[] nameBytes() {
    return nameBytes;
  }

  /// About how many instructions the regular expression takes; 0 if it is none. At most a million:
  /// larger ones are refused.
  public int regexSize() {
    return regexSize;
  }

  /// Whether a value in UTF-8 fulfils the condition.
  public boolean matches(byte[] source, int offset, int lengthBytes) {
    boolean isNegative = type == Type.NOT_EQUAL || type == Type.NOT_REGEX;
    return holds(source, offset, lengthBytes) != isNegative;
  }

  /// Whether a value fulfils the condition.
  public boolean matches(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return matches(bytes, 0, bytes.length);
  }

  /// Whether a series without the label fulfils the condition.
  public boolean matchesEmpty() {
    return matches(nameBytes, 0, 0);
  }

  /// The only values that can fulfil a positive condition, sorted in unsigned byte order, if they
  /// can be listed; empty for negative conditions and for open regular expressions.
  public Optional<byte[][]> literalValues() {
    return type == Type.EQUAL || type == Type.REGEX
        ? Optional.ofNullable(literals)
        : Optional.empty();
  }

  /// The form of PromQL: `name="value"`.
  @Override
  public String toString() {
    return name + type.text() + '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LabelMatcher matcher
        && type == matcher.type
        && name.equals(matcher.name)
        && value.equals(matcher.value);
  }

  @Override
  public int hashCode() {
    return Objects.hash(type, name, value);
  }

  private boolean holds(byte[] source, int offset, int lengthBytes) {
    if (pattern != null) {
      return pattern.matches(source, offset, lengthBytes);
    }
    for (byte[] literal : Objects.requireNonNull(literals)) {
      if (Arrays.equals(source, offset, offset + lengthBytes, literal, 0, literal.length)) {
        return true;
      }
    }
    return false;
  }

  /// The literals of an expression like `a|b|c`, or nothing if it is another one.
  private static List<String> alternatives(String regex) {
    List<String> found = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    for (int i = 0; i < regex.length(); i++) {
      char c = regex.charAt(i);
      if (c == '|') {
        found.add(literal.toString());
        literal.setLength(0);
      } else if (c == '\\' && i + 1 < regex.length() && isPunctuation(regex.charAt(i + 1))) {
        literal.append(regex.charAt(++i));
      } else if ("\\.+*?()[]{}^$".indexOf(c) >= 0) {
        return List.of();
      } else {
        literal.append(c);
      }
    }
    found.add(literal.toString());
    return found;
  }

  private static boolean isPunctuation(char c) {
    return "\\.+*?()[]{}^$|-/_".indexOf(c) >= 0 && c != '_';
  }

  /// A compiled regular expression that is not a list of literals.
  private record ValuePattern(
      Pattern pattern, byte[] prefix, byte[] suffix, int minMiddleBytes, boolean isOnlyAffixes) {
    private static final String TOO_MANY_BRANCHES =
        "a regular expression has too many branches to be matched";

    static ValuePattern compile(String regex) {
      // Compiled as it was given, not wrapped in anchors: "a)(b" would become valid by that.
      Pattern compiled;
      try {
        compiled = Pattern.compile(regex, Pattern.DOTALL);
      } catch (StackOverflowError e) {
        throw new BadRequestException(TOO_MANY_BRANCHES, e);
      }
      int start = literalLength(regex, 0);
      String rest = regex.substring(start);
      boolean isStar = rest.startsWith(".*");
      boolean isPlus = rest.startsWith(".+");
      byte[] none = new byte[0];
      if (!isStar && !isPlus) {
        return new ValuePattern(compiled, none, none, 0, false);
      }
      String tail = rest.substring(2);
      if (literalLength(tail, 0) != tail.length()) {
        return new ValuePattern(compiled, none, none, 0, false);
      }
      return new ValuePattern(
          compiled,
          regex.substring(0, start).getBytes(StandardCharsets.UTF_8),
          tail.getBytes(StandardCharsets.UTF_8),
          isPlus ? 1 : 0,
          true);
    }

    boolean matches(byte[] source, int offset, int length) {
      if (!isOnlyAffixes) {
        byte[] exact =
            offset == 0 && length == source.length
                ? source
                : Arrays.copyOfRange(source, offset, offset + length);
        try {
          return pattern.matcher(exact).matches();
        } catch (StackOverflowError e) {
          // RE2J follows branches that need no input by recursion, however many there are.
          throw new BadRequestException(TOO_MANY_BRANCHES, e);
        }
      }
      if (length < prefix.length + suffix.length + minMiddleBytes) {
        return false;
      }
      int end = offset + length;
      return Arrays.equals(source, offset, offset + prefix.length, prefix, 0, prefix.length)
          && Arrays.equals(source, end - suffix.length, end, suffix, 0, suffix.length);
    }

    private static int literalLength(String regex, int from) {
      int i = from;
      while (i < regex.length() && "\\.+*?()[]{}^$|".indexOf(regex.charAt(i)) < 0) {
        i++;
      }
      return i;
    }
  }
}
