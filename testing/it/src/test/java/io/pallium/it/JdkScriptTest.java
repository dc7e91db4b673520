package io.pallium.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.testkit.process.PalliumProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `dev/jdk` on a machine of our making: a JVM directory and a PATH with what a test puts there.
class JdkScriptTest {
  private static final String SYSTEM = "/usr/lib/jvm";

  @TempDir Path machine;
  private Path script = Path.of("");

  private record Outcome(int status, String out, String err) {}

  @BeforeEach
  void copyScript() throws IOException {
    String text = Files.readString(PalliumProcess.root().resolve("dev/jdk"));
    assertThat(text).contains(SYSTEM);
    script = machine.resolve("jdk");
    Files.writeString(script, text.replace(SYSTEM, machine.resolve("jvm").toString()));
    Files.createDirectories(machine.resolve("jvm"));
    Files.createDirectories(machine.resolve("path"));
  }

  @Test
  void noneIsOneLineThatSaysWhatWasLookedAtAndWhatToInstall() throws Exception {
    Outcome outcome = run(Map.of());

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err().strip().lines())
        .singleElement()
        .asString()
        .contains(
            "no JDK 25 or newer",
            "PALLIUM_JAVA_HOME is not set",
            "JAVA_HOME is not set",
            "none in " + machine.resolve("jvm"),
            "no java on the PATH",
            "install one");
  }

  @Test
  void tooOldOnesAreNotTaken() throws Exception {
    Path old = jdk("jvm/old", "\"21.0.4\"");

    Outcome outcome = run(Map.of("JAVA_HOME", old.toString()));

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err()).contains("JAVA_HOME=" + old + " is not one");
  }

  @Test
  void oneThatWasAskedForIsNotReplacedByAnother() throws Exception {
    Path fits = jdk("jvm/fits", "\"25.0.1\"");
    Path old = jdk("old", "\"17\"");

    Outcome outcome =
        run(Map.of("PALLIUM_JAVA_HOME", old.toString(), "JAVA_HOME", fits.toString()));

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err()).contains("PALLIUM_JAVA_HOME=" + old + " is not one");
  }

  @Test
  void oldestThatFitsIsTakenFromTheDirectoryOfTheSystem() throws Exception {
    jdk("jvm/a-newer", "\"27-ea\"");
    Path fits = jdk("jvm/b-fits", "\"25\"");
    jdk("jvm/c-old", "\"1.8.0_402\"");
    Files.createDirectories(machine.resolve("jvm/d-empty"));

    assertThat(run(Map.of())).isEqualTo(new Outcome(0, fits + "\n", ""));
  }

  @Test
  void lastComesTheJavaOnThePath() throws Exception {
    Path home = jdk("elsewhere", "\"26.0.1\"").toRealPath();
    Files.createSymbolicLink(machine.resolve("path/java"), home.resolve("bin/java"));
    Files.createSymbolicLink(machine.resolve("path/readlink"), Path.of("/usr/bin/readlink"));

    assertThat(run(Map.of())).isEqualTo(new Outcome(0, home + "\n", ""));
  }

  private Path jdk(String name, String version) throws IOException {
    Path home = machine.resolve(name);
    Files.createDirectories(home.resolve("bin"));
    for (String tool : new String[] {"java", "javac"}) {
      Path file = Files.writeString(home.resolve("bin").resolve(tool), "#!/bin/sh\n");
      assertThat(file.toFile().setExecutable(true)).isTrue();
    }
    Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=" + version + "\n");
    return home;
  }

  private Outcome run(Map<String, String> environment) throws Exception {
    Path out = machine.resolve("out");
    Path err = machine.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", script.toString())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", machine.resolve("path").toString());
    builder.environment().putAll(environment);
    int status = builder.start().waitFor();
    return new Outcome(
        status,
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }
}
