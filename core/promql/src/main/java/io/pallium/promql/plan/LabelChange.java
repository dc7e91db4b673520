package io.pallium.promql.plan;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.pallium.base.BadRequestException;
import io.pallium.base.QueryFailedException;
import io.pallium.model.LabelCursor;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What `label_replace` and `label_join` do to the labels of a series: they set one label, or
/// delete it by an empty value. Immutable.
public sealed interface LabelChange {
  /// The label that is set.
  String destination();

  /// A bound for the length of its value for a series, and of what it is made of, in bytes.
  long maxLength(Labels labels);

  /// Its value for a series; null if the series stays as it is.
  @Nullable String value(Labels labels);

  /// Sets a label from what a regular expression finds in another.
  ///
  /// @param regex matches the whole value
  record Replace(String destination, String source, Pattern regex, ReplacementTemplate template)
      implements LabelChange {
    @Override
    public long maxLength(Labels labels) {
      return template.maxLength(lengthOf(labels, source));
    }

    @Override
    public @Nullable String value(Labels labels) {
      Matcher matcher = regex.matcher(Objects.requireNonNullElse(labels.get(source), ""));
      try {
        return matcher.find() ? template.expand(matcher) : null;
      } catch (StackOverflowError e) {
        throw new QueryFailedException(
            "the regular expression of label_replace() has too many branches to be matched", e);
      }
    }
  }

  /// Sets a label to the values of others with a separator between them.
  record Join(String destination, String separator, List<String> sources) implements LabelChange {
    public Join {
      sources = List.copyOf(sources);
    }

    @Override
    public long maxLength(Labels labels) {
      long length = 3L * separator.length() * sources.size();
      for (String source : sources) {
        length += lengthOf(labels, source);
      }
      return length;
    }

    @Override
    public String value(Labels labels) {
      List<String> values = new ArrayList<>();
      for (String source : sources) {
        values.add(Objects.requireNonNullElse(labels.get(source), ""));
      }
      return String.join(separator, values);
    }
  }

  /// The change of `label_replace`.
  ///
  /// @throws QueryFailedException if the expression or the destination is not valid
  static LabelChange replace(String destination, String template, String source, String regex) {
    String whole = "^(?s:" + regex + ")$";
    Pattern pattern;
    try {
      // For its bounds on the size of expressions.
      LabelMatcher.of(LabelMatcher.Type.REGEX, source, whole);
      pattern = Pattern.compile(whole);
    } catch (BadRequestException | PatternSyntaxException e) {
      throw new QueryFailedException("invalid regular expression in label_replace(): " + regex, e);
    }
    requireName(destination, "destination label name in label_replace()");
    return new Replace(destination, source, pattern, ReplacementTemplate.parse(template, pattern));
  }

  /// The change of `label_join`.
  ///
  /// @throws QueryFailedException if a name is not valid
  static LabelChange join(String destination, String separator, List<String> sources) {
    for (String source : sources) {
      requireName(source, "source label name in label_join()");
    }
    requireName(destination, "destination label name in label_join()");
    return new Join(destination, separator, sources);
  }

  /// The length of a label's value in bytes.
  private static int lengthOf(Labels labels, String name) {
    byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
    LabelCursor cursor = labels.cursor();
    while (cursor.next()) {
      if (cursor.nameEquals(nameBytes)) {
        return cursor.valueLengthBytes();
      }
    }
    return 0;
  }

  private static void requireName(String name, String what) {
    if (!LabelNames.isValid(name)) {
      throw new QueryFailedException("invalid " + what + ": " + name);
    }
  }
}
