package io.pallium.it.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The write path and the read path, as `ARCHITECTURE.md` lists them, stay short, and their files
/// exist. A hop is a numbered entry that begins with a link to its file.
class PathsTest {
  private static final Path ROOT = Path.of(System.getProperty("pallium.root", "../.."));
  private static final Pattern ENTRY = Pattern.compile("(?m)^\\d+\\. (.*)$");
  private static final Pattern HOP = Pattern.compile("\\[(\\w+)]\\(([^)]+\\.java)\\):.*");

  @Test
  void writePathHasAtMostEightFiles() throws IOException {
    assertThat(hops("The write path")).hasSizeBetween(2, 8).doesNotHaveDuplicates();
  }

  @Test
  void readPathHasAtMostNineFiles() throws IOException {
    assertThat(hops("The read path")).hasSizeBetween(2, 9).doesNotHaveDuplicates();
  }

  private static List<String> hops(String heading) throws IOException {
    List<String> files = new ArrayList<>();
    Matcher entry = ENTRY.matcher(section(heading));
    while (entry.find()) {
      Matcher hop = HOP.matcher(entry.group(1));
      assertThat(hop.matches()).as(entry.group()).isTrue();
      Path file = ROOT.resolve(hop.group(2));
      assertThat(file).isRegularFile().hasFileName(hop.group(1) + ".java");
      assertThat(hop.group(2)).contains("/src/main/java/io/pallium/");
      files.add(hop.group(2));
    }
    return files;
  }

  private static String section(String heading) throws IOException {
    String text = Files.readString(ROOT.resolve("ARCHITECTURE.md"));
    int start = text.indexOf("\n## " + heading + "\n");
    assertThat(start).as(heading).isNotNegative();
    int end = text.indexOf("\n## ", start + 1);
    return text.substring(start, end < 0 ? text.length() : end);
  }
}
