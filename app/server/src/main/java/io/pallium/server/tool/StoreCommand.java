package io.pallium.server.tool;

import io.pallium.base.config.ConfigException;
import io.pallium.objectstore.ListRequest;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectPage;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `pallium tool store`: looks into the store for objects that the configuration names.
@Command(
    name = "store",
    description =
        "Looks into the store for objects that the configuration names: by --config.file=FILE and"
            + " --storage.KEY=VALUE, as for the server.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
@SuppressWarnings("UnusedMethod") // Called by the command line library.
public final class StoreCommand {
  private static final String IN_STORE = "store:";

  private final PrintStream out;
  private final PrintStream err;
  private final Function<List<String>, ObjectStore> opener;

  private StoreCommand(
      PrintStream out, PrintStream err, Function<List<String>, ObjectStore> opener) {
    this.out = out;
    this.err = err;
    this.opener = opener;
  }

  /// The command with all that belong to it.
  ///
  /// @param opener opens the store that keys of the configuration name, as flags
  public static CommandLine commandLine(
      PrintStream out, PrintStream err, Function<List<String>, ObjectStore> opener) {
    return new CommandLine(new StoreCommand(out, err, opener));
  }

  @Command(
      name = "check",
      description =
          "Tries every operation in a folder of its own, which it removes again, and says what fails.",
      mixinStandardHelpOptions = true)
  int check(@Parameters(arity = "0..*", paramLabel = "--KEY=VALUE") List<String> arguments) {
    return run("check", arguments, 0, 0, (store, _) -> StoreCheck.run(store, out));
  }

  @Command(
      name = "ls",
      description = "Lists objects and folders behind a prefix.",
      mixinStandardHelpOptions = true)
  int ls(
      @Option(names = "--recursive", description = "All objects, and no folders.")
          boolean isRecursive,
      @Parameters(arity = "0..*", paramLabel = "[PREFIX]") List<String> arguments) {
    return run(
        "ls",
        arguments,
        0,
        1,
        (store, operands) -> {
          String prefix = operands.isEmpty() ? "" : operands.getFirst();
          ListRequest request = isRecursive ? ListRequest.all(prefix) : ListRequest.shallow(prefix);
          while (true) {
            ObjectPage page = store.list(request);
            page.folders().forEach(folder -> out.printf("%15s  %24s  %s%n", "", "", folder));
            page.objects().forEach(this::print);
            if (page.isLast()) {
              return true;
            }
            request = request.at(page.nextCursor());
          }
        });
  }

  private void print(ObjectAttributes object) {
    out.printf(
        "%15d  %24s  %s%n",
        object.lengthBytes(), Instant.ofEpochMilli(object.modifiedMs()), object.name());
  }

  @Command(
      name = "stat",
      description = "Prints what the store knows of an object.",
      mixinStandardHelpOptions = true)
  int stat(@Parameters(arity = "1..*", paramLabel = "NAME") List<String> arguments) {
    return run(
        "stat",
        arguments,
        1,
        1,
        (store, operands) -> {
          ObjectAttributes object =
              store
                  .attributes(operands.getFirst())
                  .orElseThrow(() -> StoreException.notFound(operands.getFirst()));
          out.println("name      " + object.name());
          out.println("length    " + object.lengthBytes());
          out.println("modified  " + Instant.ofEpochMilli(object.modifiedMs()));
          out.println("version   " + object.version());
          return true;
        });
  }

  @Command(
      name = "cp",
      description =
          "Copies an object or a file; what is in the store is written store:NAME, and only whole"
              + " copies are seen.",
      mixinStandardHelpOptions = true)
  int cp(@Parameters(arity = "2..*", paramLabel = "FROM TO") List<String> arguments) {
    return run(
        "cp",
        arguments,
        2,
        2,
        (store, operands) -> {
          String from = operands.getFirst();
          String to = operands.getLast();
          if (to.startsWith(IN_STORE)) {
            ObjectContent content =
                from.startsWith(IN_STORE)
                    ? StoreCopy.contentOf(store, from.substring(IN_STORE.length()))
                    : ObjectContent.of(Path.of(from));
            String unused = store.put(to.substring(IN_STORE.length()), content);
          } else if (from.startsWith(IN_STORE)) {
            download(store, from.substring(IN_STORE.length()), Path.of(to));
          } else {
            throw new StoreException(
                StoreException.Kind.INVALID, "one of the two must be in the store: store:NAME");
          }
          return true;
        });
  }

  private static void download(ObjectStore store, String name, Path target) throws IOException {
    Path part = target.resolveSibling(target.getFileName() + ".part");
    try (InputStream in = store.open(name)) {
      long unused = Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
    }
    Path unused = Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
  }

  @Command(name = "rm", description = "Removes objects.", mixinStandardHelpOptions = true)
  int rm(
      @Option(names = "--recursive", description = "All objects whose names begin with NAME.")
          boolean isRecursive,
      @Parameters(arity = "1..*", paramLabel = "NAME...") List<String> arguments) {
    return run(
        "rm",
        arguments,
        1,
        Integer.MAX_VALUE,
        (store, operands) -> {
          for (String name : operands) {
            if (isRecursive) {
              store.objects(name).forEach(object -> store.delete(object.name()));
            } else {
              store.delete(name);
            }
          }
          return true;
        });
  }

  @Command(
      name = "copy",
      description =
          "Copies all objects from one store to another, reads them back and compares. What is there"
              + " already and is the same is left as it is, so that it can be begun again.",
      mixinStandardHelpOptions = true)
  int copy(
      @Option(
              names = "--from",
              required = true,
              paramLabel = "FILE",
              description = "The configuration with the store to copy from.")
          String from,
      @Option(
              names = "--to",
              required = true,
              paramLabel = "FILE",
              description = "The configuration with the store to copy to.")
          String to,
      @Option(
              names = "--prefix",
              defaultValue = "",
              description = "Only objects whose names begin with this.")
          String prefix) {
    return run(
        "copy",
        List.of("--config.file=" + from),
        0,
        0,
        (source, _) -> {
          try (ObjectStore target = opener.apply(List.of("--config.file=" + to))) {
            return new StoreCopy(source, target, err).run(prefix);
          }
        });
  }

  /// What is done with an open store.
  private interface Action {
    /// @return whether all is well
    boolean run(ObjectStore store, List<String> operands) throws IOException;
  }

  /// Opens the store that the flags among the arguments name.
  private int run(
      String command, List<String> arguments, int minOperands, int maxOperands, Action action) {
    List<String> given = arguments == null ? List.of() : arguments;
    List<String> flags = given.stream().filter(StoreCommand::isKey).toList();
    List<String> operands = given.stream().filter(argument -> !isKey(argument)).toList();
    if (operands.size() < minOperands || operands.size() > maxOperands) {
      err.println(
          "pallium: tool store "
              + command
              + ": cannot be called with "
              + operands.size()
              + " names");
      return 2;
    }
    try (ObjectStore store = opener.apply(flags)) {
      return action.run(store, operands) ? 0 : 1;
    } catch (ConfigException e) {
      err.println("pallium: " + e.getMessage());
      return 2;
    } catch (StoreException | IOException e) {
      err.println("pallium: tool store " + command + ": " + e.getMessage());
      return 1;
    }
  }

  private static boolean isKey(String argument) {
    return Stream.of("--config.file=", "--storage.").anyMatch(argument::startsWith);
  }
}
