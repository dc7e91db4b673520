package io.pallium.base.config;

import java.util.List;
import java.util.stream.Collectors;

/// A configuration was refused. The message names the problems that were found, one per line, up to
/// 50 of them.
public final class ConfigException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private static final int MAX_SHOWN = 50;

  private final transient List<ConfigProblem> problems;

  ConfigException(List<ConfigProblem> problems) {
    super(message(problems));
    this.problems = List.copyOf(problems);
  }

  /// All problems: those of the file section by section, then environment variables, then flags.
  public List<ConfigProblem> problems() {
    return problems;
  }

  private static String message(List<ConfigProblem> problems) {
    String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
    String shown =
        problems.stream()
            .limit(MAX_SHOWN)
            .map(problem -> "\n  " + problem)
            .collect(Collectors.joining());
    int hidden = Math.max(0, problems.size() - MAX_SHOWN);
    String more = hidden == 0 ? "" : "\n  and " + hidden + " more";
    return "the configuration has " + count + ":" + shown + more;
  }
}
