package io.pallium.it.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Links of all documents lead somewhere, and no source file grows without bound.
class DocumentsTest {
  private static final Path ROOT = Path.of(System.getProperty("pallium.root", "../.."));
  private static final Set<String> NOT_OURS =
      Set.of("target", "node_modules", ".cache", ".git", "data");
  private static final int MAX_LINES = 1_000;
  private static final Pattern LINK = Pattern.compile("\\[[^]\\[]*]\\(([^)\\s]+)\\)");
  private static final Pattern CODE = Pattern.compile("(?ms)^ *```.*?^ *```$|`[^`\n]*`");

  @Test
  void everyRelativeLinkResolves() throws IOException {
    List<String> broken = new ArrayList<>();

    for (Path document : files(".md")) {
      Matcher link = LINK.matcher(withoutCode(document));
      while (link.find()) {
        String target = link.group(1);
        if (!target.contains(":") && !resolves(document, target)) {
          broken.add(ROOT.relativize(document) + ": " + target);
        }
      }
    }

    assertThat(broken).isEmpty();
  }

  @Test
  void noSourceFileIsLongerThanTheLimit() throws IOException {
    List<String> tooLong = new ArrayList<>();

    for (Path source : files(".java")) {
      int lines = Files.readAllLines(source).size();
      if (lines > MAX_LINES) {
        tooLong.add(ROOT.relativize(source) + ": " + lines + " lines");
      }
    }

    assertThat(tooLong).isEmpty();
  }

  private static boolean resolves(Path document, String target) throws IOException {
    int hash = target.indexOf('#');
    String path = hash < 0 ? target : target.substring(0, hash);
    Path file = path.isEmpty() ? document : document.resolveSibling(path).normalize();
    if (!Files.exists(file)) {
      return false;
    }
    return hash < 0
        || !file.toString().endsWith(".md")
        || anchors(file).contains(target.substring(hash + 1));
  }

  /// The anchors that hosts of Markdown give to headings.
  private static List<String> anchors(Path document) throws IOException {
    return withoutFences(document)
        .lines()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("^#+ *", "").toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .toList();
  }

  private static String withoutCode(Path document) throws IOException {
    return CODE.matcher(Files.readString(document)).replaceAll("");
  }

  private static String withoutFences(Path document) throws IOException {
    return Files.readString(document).replaceAll("(?ms)^ *```.*?^ *```$", "");
  }

  private static List<Path> files(String suffix) {
    List<Path> found = new ArrayList<>();
    collect(ROOT, suffix, found);
    assertThat(found).isNotEmpty();
    return found;
  }

  private static void collect(Path folder, String suffix, List<Path> found) {
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.sorted().toList()) {
        String name = entry.getFileName().toString();
        if (Files.isDirectory(entry)) {
          if (!NOT_OURS.contains(name)) {
            collect(entry, suffix, found);
          }
        } else if (name.endsWith(suffix)) {
          found.add(entry);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
