package io.pallium.server.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromqltestCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @TempDir Path folder;

  private int run(String... arguments) {
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    LocalSystem.Starter none =
        _ -> {
          throw new AssertionError("scripts need no system");
        };
    return ToolCommand.commandLine(stream, stream, none).execute(arguments);
  }

  private String output() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void endsWithTheCountsOfAllScriptsOfAFolder() throws IOException {
    Files.createDirectory(folder.resolve("inner"));
    Files.writeString(folder.resolve("a.test"), "eval instant at 0 1\n 1\n");
    Files.writeString(folder.resolve("inner/b.test"), "eval instant at 0 2\n 2\n");
    Files.writeString(folder.resolve("notes.txt"), "no script");

    int exit = run("promqltest", folder.toString());

    assertThat(output()).isEqualTo("2 passed, 0 failed\n");
    assertThat(exit).isZero();
  }

  @Test
  void failuresArePrintedWithFileLineAndBothSides() throws IOException {
    Path script = folder.resolve("a.test");
    Files.writeString(script, "\neval instant at 0 1\n 2\n\neval instant at 0 1\n 1\n");

    int exit = run("promqltest", script.toString());

    assertThat(output())
        .isEqualTo(script + ":2: 1\n  expected  scalar 2\n  got       1\n1 passed, 1 failed\n");
    assertThat(exit).isEqualTo(1);
  }

  @Test
  void nothingRunIsNoSuccess() throws IOException {
    assertThat(run("promqltest", folder.toString())).isEqualTo(1);
    assertThat(output()).isEqualTo("0 passed, 0 failed\n");
  }

  @Test
  void pathThatDoesNotExistIsACallThatIsWrong() {
    assertThat(run("promqltest", folder.resolve("absent").toString())).isEqualTo(2);
    assertThat(output()).contains("no such file or folder");
  }
}
