import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.ToolProvider;

/// Reports the sizes of files and methods in lines and of types in fields; a trend to discuss, not a gate.
/// Usage: `java dev/Measure.java [FOLDER]`. Blank lines and comments count.
void main(String[] args) throws IOException {
  var root = Path.of(args.length > 0 ? args[0] : ".");
  List<Path> sources;
  try (Stream<Path> tree = Files.walk(root)) {
    sources = tree.filter(path -> path.toString().matches(".*/src/(main|test|jmh)/.*\\.java")).toList();
  }
  for (String part : List.of("main", "test")) {
    measure(part, sources.stream().filter(path -> part.equals("main") == path.toString().contains("/src/main/")).toList());
  }
}

void measure(String part, List<Path> sources) throws IOException {
  var files = new TreeMap<String, Integer>();
  var methods = new TreeMap<String, Integer>();
  var types = new TreeMap<String, Integer>();
  var compiler = ToolProvider.getSystemJavaCompiler();
  try (var fileManager = compiler.getStandardFileManager(null, null, null)) {
    var task = (JavacTask) compiler.getTask(null, fileManager, null, List.of("-proc:none"), null,
        fileManager.getJavaFileObjectsFromPaths(sources));
    var positions = Trees.instance(task).getSourcePositions();
    for (CompilationUnitTree unit : task.parse()) {
      String file = Path.of(unit.getSourceFile().toUri()).getFileName().toString();
      files.put(unit.getSourceFile().getName(), (int) unit.getSourceFile().getCharContent(true).toString().lines().count());
      new TreeScanner<Void, String>() {
        @Override public Void visitClass(ClassTree type, String in) {
          String name = in + "." + type.getSimpleName() + "@" + line(type);
          types.put(name, (int) type.getMembers().stream().filter(member -> member instanceof VariableTree field
              && !field.getModifiers().getFlags().contains(Modifier.STATIC)).count());
          return super.visitClass(type, in);
        }

        @Override public Void visitMethod(MethodTree method, String in) {
          if (method.getBody() != null && positions.getStartPosition(unit, method) >= 0) {
            long last = unit.getLineMap().getLineNumber(Math.max(0, positions.getEndPosition(unit, method) - 1));
            methods.put(in + "." + method.getName() + "@" + line(method), (int) (last - line(method) + 1));
          }
          return super.visitMethod(method, in);
        }

        long line(Tree tree) {
          return unit.getLineMap().getLineNumber(positions.getStartPosition(unit, tree));
        }
      }.scan(unit, file);
    }
  }
  report(part + " files, lines", files);
  report(part + " methods, lines", methods);
  report(part + " types, fields", types);
}

void report(String what, Map<String, Integer> sizes) {
  if (sizes.isEmpty()) {
    return;
  }
  var sorted = new ArrayList<>(sizes.values());
  Collections.sort(sorted);
  var largest = Collections.max(sizes.entrySet(), Map.Entry.comparingByValue());
  IO.println("%-20s %6d  median %4d  p95 %4d  max %4d  %s".formatted(what, sorted.size(),
      sorted.get((sorted.size() - 1) / 2), sorted.get((sorted.size() - 1) * 95 / 100), largest.getValue(), largest.getKey()));
}
