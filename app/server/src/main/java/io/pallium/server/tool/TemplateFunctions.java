package io.pallium.server.tool;

import com.google.re2j.Pattern;
import io.pallium.promql.script.UnitTestStore;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The functions that templates of alert rules may call, and Go's view of values: numbers, texts,
/// booleans, maps of labels, samples and lists of them.
///
/// Source: https://prometheus.io/docs/prometheus/latest/configuration/template_reference/.
final class TemplateFunctions {
  private static final Set<String> NAMES =
      Set.of(
          "and",
          "args",
          "eq",
          "externalURL",
          "first",
          "ge",
          "graphLink",
          "gt",
          "humanize",
          "humanize1024",
          "humanizeDuration",
          "humanizePercentage",
          "humanizeTimestamp",
          "index",
          "label",
          "le",
          "len",
          "lt",
          "match",
          "ne",
          "not",
          "or",
          "parseDuration",
          "pathPrefix",
          "print",
          "printf",
          "println",
          "query",
          "reReplaceAll",
          "safeHtml",
          "sortByLabel",
          "stripDomain",
          "stripPort",
          "strvalue",
          "tableLink",
          "title",
          "toLower",
          "toUpper",
          "value");
  private static final String[] LARGE = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
  private static final String[] SMALL = {"m", "u", "n", "p", "f", "a", "z", "y"};
  private static final Pattern BRACED_GROUP = Pattern.compile("\\$\\{(\\d+)}");
  private static final DateTimeFormatter GO_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);

  /// A sample of a query's answer.
  record TemplateSample(Map<String, String> labels, double value) {}

  private final Function<String, List<TemplateSample>> queries;
  private final String externalUrl;

  /// @param queries answers `query` at the time of the evaluation
  TemplateFunctions(Function<String, List<TemplateSample>> queries, String externalUrl) {
    this.queries = queries;
    this.externalUrl = externalUrl;
  }

  /// @throws IllegalArgumentException if there is no function of that name
  static void require(String name) {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException("the function " + name + " is not supported");
    }
  }

  /// Calls a function.
  ///
  /// @throws IllegalArgumentException if it cannot be called with these
  @Nullable Object call(String name, List<@Nullable Object> arguments) {
    return switch (name) {
      case "and" -> firstOf(arguments, false);
      case "or" -> firstOf(arguments, true);
      case "not" -> !isTrue(only(name, arguments));
      case "eq" -> isAnyEqual(arguments);
      case "ne" -> !isAnyEqual(arguments);
      case "lt" -> compare(arguments) < 0;
      case "le" -> compare(arguments) <= 0;
      case "gt" -> compare(arguments) > 0;
      case "ge" -> compare(arguments) >= 0;
      case "len" -> length(only(name, arguments));
      case "index" -> index(arguments);
      case "print" -> printAll(arguments, false);
      case "println" -> printAll(arguments, true);
      case "printf" -> GoFormat.printf(text(arguments, 0), arguments.subList(1, arguments.size()));
      case "query" -> queries.apply(text(arguments, 0));
      case "first" -> first(arguments);
      case "label" -> sample(arguments, 1).labels.getOrDefault(text(arguments, 0), "");
      case "value" -> sample(arguments, 0).value;
      case "strvalue" -> sample(arguments, 0).labels.getOrDefault("__value__", "");
      case "sortByLabel" -> sortByLabel(arguments);
      case "humanize" -> humanize(number(only(name, arguments)));
      case "humanize1024" -> humanize1024(number(only(name, arguments)));
      case "humanizeDuration" -> humanizeDuration(number(only(name, arguments)));
      case "humanizePercentage" -> GoFormat.general(number(only(name, arguments)) * 100, 4) + "%";
      case "humanizeTimestamp" -> humanizeTimestamp(number(only(name, arguments)));
      case "parseDuration" -> UnitTestStore.durationMs(text(arguments, 0)) / 1000.0;
      case "title" -> title(text(arguments, 0));
      case "toUpper" -> text(arguments, 0).toUpperCase(Locale.ROOT);
      case "toLower" -> text(arguments, 0).toLowerCase(Locale.ROOT);
      case "safeHtml" -> text(arguments, 0);
      case "match" -> Pattern.compile(text(arguments, 0)).matcher(text(arguments, 1)).find();
      case "reReplaceAll" ->
          Pattern.compile(text(arguments, 0))
              .matcher(text(arguments, 2))
              .replaceAll(BRACED_GROUP.matcher(text(arguments, 1)).replaceAll("\\$$1"));
      case "stripPort" -> stripPort(text(arguments, 0));
      case "stripDomain" -> stripDomain(text(arguments, 0));
      case "graphLink" -> graphUrl(text(arguments, 0), 0);
      case "tableLink" -> graphUrl(text(arguments, 0), 1);
      case "args" -> numbered(arguments);
      case "externalURL" -> externalUrl;
      case "pathPrefix" -> externalUrl.replaceFirst("^[a-z]+://[^/]*", "").replaceAll("/+$", "");
      default -> throw new AssertionError("BUG: no such function " + name);
    };
  }

  /// A field of a value; of labels, empty if there is no such label.
  static @Nullable Object field(@Nullable Object value, String name) {
    return switch (value) {
      case TemplateSample sample when name.equals("Labels") -> sample.labels;
      case TemplateSample sample when name.equals("Value") -> sample.value;
      case Map<?, ?> map -> map.containsKey(name) ? map.get(name) : "";
      case null, default ->
          throw new IllegalArgumentException(
              "can't evaluate field " + name + " of " + print(value));
    };
  }

  /// Whether `if` takes a value for true: what is not empty, zero or false.
  static boolean isTrue(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case Boolean is -> is;
      case Number number -> number.doubleValue() != 0;
      case String text -> !text.isEmpty();
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      default -> true;
    };
  }

  /// What `range` goes over.
  static List<?> items(@Nullable Object value) {
    return switch (value) {
      case List<?> list -> list;
      case Map<?, ?> map -> List.copyOf(new TreeMap<>(map).values());
      case null, default ->
          throw new IllegalArgumentException("range can't iterate over " + print(value));
    };
  }

  /// A value as Go prints it.
  static String print(@Nullable Object value) {
    return switch (value) {
      case null -> "<no value>";
      case Double number -> GoFormat.general(number, -1);
      case Map<?, ?> map -> {
        List<String> entries = new ArrayList<>();
        new TreeMap<>(map).forEach((key, each) -> entries.add(key + ":" + print(each)));
        yield "map[" + String.join(" ", entries) + "]";
      }
      default -> value.toString();
    };
  }

  private static @Nullable Object firstOf(List<@Nullable Object> arguments, boolean wanted) {
    for (Object argument : arguments) {
      if (isTrue(argument) == wanted) {
        return argument;
      }
    }
    return arguments.getLast();
  }

  private static boolean isAnyEqual(List<@Nullable Object> arguments) {
    for (int i = 1; i < arguments.size(); i++) {
      if (compare(List.of(required(arguments, 0), required(arguments, i))) == 0) {
        return true;
      }
    }
    return false;
  }

  private static int compare(List<@Nullable Object> arguments) {
    Object a = required(arguments, 0);
    Object b = required(arguments, 1);
    if (a instanceof Number left && b instanceof Number right && left.getClass() == b.getClass()) {
      // Not a number is neither less nor equal.
      double difference = left.doubleValue() - right.doubleValue();
      return left.equals(right) ? 0 : difference < 0 ? -1 : 1;
    }
    if (a instanceof String left && b instanceof String right) {
      return left.compareTo(right);
    }
    if (a instanceof Boolean left && b instanceof Boolean right) {
      return left.equals(right) ? 0 : 1;
    }
    throw new IllegalArgumentException("incompatible types for comparison");
  }

  private static Object length(@Nullable Object value) {
    return switch (value) {
      case String text -> (long) text.getBytes(StandardCharsets.UTF_8).length;
      case List<?> list -> (long) list.size();
      case Map<?, ?> map -> (long) map.size();
      case null, default -> throw new IllegalArgumentException("len of " + print(value));
    };
  }

  private static @Nullable Object index(List<@Nullable Object> arguments) {
    Object value = required(arguments, 0);
    Object key = required(arguments, 1);
    if (value instanceof List<?> list && key instanceof Long place) {
      if (place < 0 || place >= list.size()) {
        throw new IllegalArgumentException("error calling index: index out of range: " + place);
      }
      return list.get(place.intValue());
    }
    return field(value, key.toString());
  }

  private static String printAll(List<@Nullable Object> arguments, boolean isLine) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < arguments.size(); i++) {
      boolean areNoTexts =
          i > 0
              && !(arguments.get(i) instanceof String)
              && !(arguments.get(i - 1) instanceof String);
      out.append(i > 0 && (isLine || areNoTexts) ? " " : "").append(print(arguments.get(i)));
    }
    return out.append(isLine ? "\n" : "").toString();
  }

  private static Object first(List<@Nullable Object> arguments) {
    if (required(arguments, 0) instanceof List<?> list && !list.isEmpty()) {
      return list.getFirst();
    }
    throw new IllegalArgumentException("first() called on vector with no elements");
  }

  private static List<TemplateSample> sortByLabel(List<@Nullable Object> arguments) {
    String name = text(arguments, 0);
    List<TemplateSample> sorted = new ArrayList<>();
    for (Object item : items(required(arguments, 1))) {
      sorted.add((TemplateSample) item);
    }
    sorted.sort(Comparator.comparing(sample -> sample.labels.getOrDefault(name, "")));
    return sorted;
  }

  private static String humanize(double given) {
    double value = given;
    if (value == 0 || !Double.isFinite(value)) {
      return GoFormat.general(value, 4);
    }
    if (Math.abs(value) < 1) {
      return small(value, "");
    }
    String prefix = "";
    for (int i = 0; i < LARGE.length && Math.abs(value) >= 1000; i++) {
      prefix = LARGE[i];
      value /= 1000;
    }
    return GoFormat.general(value, 4) + prefix;
  }

  private static String small(double given, String unit) {
    double value = given;
    String prefix = "";
    for (int i = 0; i < SMALL.length && Math.abs(value) < 1; i++) {
      prefix = SMALL[i];
      value *= 1000;
    }
    return GoFormat.general(value, 4) + prefix + unit;
  }

  private static String humanize1024(double given) {
    double value = given;
    String prefix = "";
    if (Math.abs(value) > 1 && Double.isFinite(value)) {
      for (int i = 0; i < LARGE.length && Math.abs(value) >= 1024; i++) {
        prefix = LARGE[i] + "i";
        value /= 1024;
      }
    }
    return GoFormat.general(value, 4) + prefix;
  }

  private static String humanizeDuration(double given) {
    if (!Double.isFinite(given)) {
      return GoFormat.general(given, 4);
    }
    if (given == 0) {
      return "0s";
    }
    if (Math.abs(given) < 1) {
      return small(given, "s");
    }
    String sign = given < 0 ? "-" : "";
    double value = Math.abs(given);
    long whole = (long) value;
    long minutes = whole / 60 % 60;
    long hours = whole / 3600 % 24;
    long days = whole / 86_400;
    String seconds = whole % 60 + "s";
    if (days != 0) {
      return sign + days + "d " + hours + "h " + minutes + "m " + seconds;
    }
    if (hours != 0) {
      return sign + hours + "h " + minutes + "m " + seconds;
    }
    return sign + (minutes != 0 ? minutes + "m " + seconds : GoFormat.general(value, 4) + "s");
  }

  private static String humanizeTimestamp(double seconds) {
    if (!Double.isFinite(seconds)) {
      return GoFormat.general(seconds, 4);
    }
    Instant instant = Instant.ofEpochMilli((long) (seconds * 1000));
    String fraction = String.format(Locale.ROOT, ".%03d", instant.toEpochMilli() % 1000);
    return GO_TIME.format(instant.atOffset(ZoneOffset.UTC))
        + fraction.replaceAll("\\.?0*$", "")
        + " +0000 UTC";
  }

  private static String graphUrl(String expr, int tab) {
    return "/graph?g0.expr=" + URLEncoder.encode(expr, StandardCharsets.UTF_8) + "&g0.tab=" + tab;
  }

  private static Map<String, @Nullable Object> numbered(List<@Nullable Object> arguments) {
    Map<String, @Nullable Object> named = new TreeMap<>();
    for (int i = 0; i < arguments.size(); i++) {
      named.put("arg" + i, arguments.get(i));
    }
    return named;
  }

  private static String title(String text) {
    StringBuilder out = new StringBuilder();
    boolean isStart = true;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(isStart ? Character.toTitleCase(c) : c);
      isStart = !Character.isLetterOrDigit(c) && c != '_' && c != '\'';
    }
    return out.toString();
  }

  private static String stripPort(String hostPort) {
    int colon = hostPort.lastIndexOf(':');
    boolean isAddress = hostPort.startsWith("[") && hostPort.charAt(colon - 1) == ']';
    boolean isName = colon >= 0 && hostPort.indexOf(':') == colon;
    if (isAddress) {
      return hostPort.substring(1, colon - 1);
    }
    return isName ? hostPort.substring(0, colon) : hostPort;
  }

  private static String stripDomain(String hostPort) {
    String host = stripPort(hostPort);
    if (host.contains(":") || host.matches("\\d+(\\.\\d+){3}")) {
      return hostPort;
    }
    String port = hostPort.substring(host.length());
    int dot = host.indexOf('.');
    return (dot < 0 ? host : host.substring(0, dot)) + port;
  }

  private static TemplateSample sample(List<@Nullable Object> arguments, int index) {
    if (required(arguments, index) instanceof TemplateSample sample) {
      return sample;
    }
    throw new IllegalArgumentException("a sample is expected, not " + print(arguments.get(index)));
  }

  private static double number(Object value) {
    return switch (value) {
      case Number number -> number.doubleValue();
      case String text -> {
        try {
          yield Double.parseDouble(text);
        } catch (NumberFormatException e) {
          throw new IllegalArgumentException(
              "strconv.ParseFloat: parsing \"" + text + "\": invalid syntax", e);
        }
      }
      default -> throw new IllegalArgumentException("can't convert " + print(value) + " to float");
    };
  }

  private static String text(List<@Nullable Object> arguments, int index) {
    if (required(arguments, index) instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("a string is expected, not " + print(arguments.get(index)));
  }

  private static Object only(String name, List<@Nullable Object> arguments) {
    if (arguments.size() != 1) {
      throw new IllegalArgumentException(
          "wrong number of args for " + name + ": want 1 got " + arguments.size());
    }
    return required(arguments, 0);
  }

  private static Object required(List<@Nullable Object> arguments, int index) {
    Object value = index < arguments.size() ? arguments.get(index) : null;
    if (value == null) {
      throw new IllegalArgumentException("argument " + (index + 1) + " is missing");
    }
    return value;
  }
}
