package io.pallium.testkit.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A child process whose output goes to a file. It is ended when this is closed.
public final class TestProcess implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(20);

  private final Process process;
  private final Path log;

  private TestProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /// Starts a process in a directory; output is appended to `log`.
  public static TestProcess start(
      List<String> command, Map<String, String> environment, Path directory, Path log) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    try {
      return new TestProcess(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Waits until the output has a line that a pattern is found in.
  ///
  /// @param from where in the output to begin, in characters
  /// @return what the first group of the pattern matched
  /// @throws AssertionError with the end of the output, if the process ends or the time is over
  ///   first
  public String awaitOutput(Pattern pattern, int from, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      String text = output();
      Matcher matcher = pattern.matcher(text);
      if (text.length() >= from && matcher.find(from)) {
        return matcher.group(1);
      }
      if (!process.isAlive()) {
        throw new AssertionError("process ended with " + process.exitValue() + ":\n" + tail(text));
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError(
            "no '" + pattern + "' within " + timeout.toSeconds() + " s:\n" + tail(text));
      }
      pause();
    }
  }

  /// Everything that was written so far.
  public String output() {
    try {
      return Files.exists(log) ? Files.readString(log) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /// Asks the process to stop and waits.
  ///
  /// @return the exit code; empty if it did not end in time
  public Optional<Integer> stop(Duration timeout) {
    process.destroy();
    return await(timeout);
  }

  /// Ends the process as `kill -9` does and waits until it is gone.
  public void kill() {
    process.destroyForcibly();
    if (await(Duration.ofSeconds(30)).isEmpty()) {
      throw new AssertionError("process " + pid() + " survived kill -9");
    }
  }

  /// Waits until the process ends.
  public Optional<Integer> await(Duration timeout) {
    try {
      return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)
          ? Optional.of(process.exitValue())
          : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      process.destroyForcibly();
      var unused = await(Duration.ofSeconds(30));
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(POLL.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private static String tail(String text) {
    return text.length() > 4000 ? "…" + text.substring(text.length() - 4000) : text;
  }
}
