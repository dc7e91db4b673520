package io.pallium.server;

import ch.qos.logback.classic.Level;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.ConfigBinder;
import io.pallium.base.config.ConfigDocs;
import io.pallium.base.config.ConfigException;
import io.pallium.base.config.ConfigPrinter;
import io.pallium.base.config.ConfigSources;
import io.pallium.objectstore.ObjectStore;
import io.pallium.server.config.PalliumConfig;
import io.pallium.server.tool.LocalSystem;
import io.pallium.server.tool.StoreCommand;
import io.pallium.server.tool.ToolCommand;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Entry point of the `pallium` command.
public final class Main {
  private static final int EXIT_BAD_CONFIG = 2;
  private static final Set<String> LAUNCHER_VARIABLES =
      Set.of("PALLIUM_JAVA_HOME", "PALLIUM_CONFIG_FILE", "PALLIUM_JVM_FLAGS", "PALLIUM_LOG_LEVEL");

  private static final String HELP =
      """
      Pallium: Prometheus as a service.

      Usage:  pallium [run] [--KEY=VALUE ...]     start; the whole system unless --target says less
              pallium config print [--KEY=VALUE ...]   print the configuration in force as YAML
              pallium config check [--KEY=VALUE ...]   check it, and say what is wrong where
              pallium config docs                 print the reference of all keys as Markdown
              pallium version                     print the version
              pallium tool COMMAND                tools; pallium tool --help lists them

      Every key of the configuration is a YAML path, a flag and an environment variable:
              server.http_listen_address, --server.http-listen-address,
              PALLIUM_SERVER_HTTP_LISTEN_ADDRESS. A flag wins over a variable, that over the file.

      Keys to begin with:
        --config.file=FILE                           read this YAML file
        --server.http-listen-address=127.0.0.1:9009  where HTTP and gRPC are served
        --storage.directory=./data                   where everything is kept
        --target=all                                 all, distributor, ingester or querier
        --auth.enabled=false                         whether requests name their tenant
        --self-scrape.enabled=true                   whether own metrics are stored

      Examples:
        pallium                                      the whole system on ./data
        pallium --auth.enabled=true                  tenants by the header X-Scope-OrgID
        pallium --target=querier --cluster.ingesters=10.0.0.1:9009,10.0.0.2:9009
        pallium config print --config.file=pallium.yaml

      All keys: pallium config docs. Documentation: README.md and docs/.
      """;

  private Main() {}

  public static void main(String[] args) {
    int exit = run(List.of(args), System.out, System.err);
    if (exit >= 0) {
      System.exit(exit);
    }
  }

  /// @return the exit code, or -1 if the process goes on
  static int run(List<String> args, PrintStream out, PrintStream err) {
    String first = args.isEmpty() ? "run" : args.get(0);
    boolean isServer = first.equals("run") || first.startsWith("-");
    if (first.equals("help") || isServer && (args.contains("--help") || args.contains("-h"))) {
      out.print(HELP);
      return 0;
    }
    if (first.equals("--version")) {
      new Version(out).run();
      return 0;
    }
    try {
      // Hidden: for the training run of the launcher's AOT cache.
      if (first.equals("--exit-after-training")) {
        return TrainingRun.run(out, err);
      }
      // The start of the server does not wait for a command line library.
      if (first.equals("run")) {
        return RunCommand.run(bind(args.subList(args.isEmpty() ? 0 : 1, args.size())), out, err);
      }
      if (first.startsWith("--")) {
        return RunCommand.run(bind(args), out, err);
      }
    } catch (ConfigException e) {
      err.println("pallium: " + e.getMessage());
      return EXIT_BAD_CONFIG;
    }
    return new CommandLine(new Root())
        .addSubcommand(new Config(out, err))
        .addSubcommand(new Version(out))
        .addSubcommand(
            ToolCommand.commandLine(out, err, Main::startLocal)
                .addSubcommand(StoreCommand.commandLine(out, err, Main::openStore)))
        .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
        .setUnmatchedOptionsArePositionalParams(true)
        .execute(args.toArray(String[]::new));
  }

  /// Starts a system for a tool.
  private static LocalSystem startLocal(Path directory) {
    // What a system says of itself would only disturb what the tool prints.
    if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)
        instanceof ch.qos.logback.classic.Logger root) {
      root.setLevel(Level.ERROR);
    }
    PalliumConfig config =
        bind(
            List.of(
                "--server.http-listen-address=127.0.0.1:0",
                "--storage.directory=" + directory,
                "--auth.enabled=false",
                "--self-scrape.enabled=false"));
    Pallium pallium = Pallium.start(config, TimeSource.SYSTEM, new PrometheusRegistry());
    return new LocalSystem() {
      @Override
      public String url() {
        return pallium.url();
      }

      @Override
      public void close() {
        pallium.close();
      }
    };
  }

  /// Opens the store for objects that the configuration names, for a tool.
  private static ObjectStore openStore(List<String> flags) {
    return StoreAssembly.open(bind(flags).storage(), new PrometheusRegistry(), TimeSource.SYSTEM);
  }

  /// Binds flags, environment and the file that `--config.file` or `PALLIUM_CONFIG_FILE` names.
  static PalliumConfig bind(List<String> flags) {
    List<String> keys = new ArrayList<>();
    String file = System.getenv("PALLIUM_CONFIG_FILE");
    for (String flag : flags) {
      if (flag.startsWith("--config.file=")) {
        file = flag.substring("--config.file=".length());
      } else {
        keys.add(flag);
      }
    }
    ConfigSources sources =
        ConfigSources.none()
            .withEnvironment(System.getenv(), LAUNCHER_VARIABLES)
            .withArguments(keys);
    if (file != null && !file.isEmpty()) {
      sources = sources.withFile(Path.of(file));
    }
    return ConfigBinder.bind(PalliumConfig.class, PalliumConfig.defaults(), sources);
  }

  /// The reference of all keys: `docs/configuration.md`.
  static String documentation() {
    return """
        # Configuration

        Every key is a YAML path, a flag and an environment variable. A flag wins over a variable, and
        that over the file that `--config.file` or `PALLIUM_CONFIG_FILE` names. What Pallium does not
        know it refuses, and says where it stands and what may have been meant.

        Durations are written as `15s`, `5m`, `1h30m` or `14d`, sizes as `512KiB` or `64MiB`. Limits of
        single tenants stand in a file of their own: see [limits](limits.md).

        Made by `pallium config docs`; do not edit.

        """
        + ConfigDocs.markdown(PalliumConfig.defaults());
  }

  /// The version of this build.
  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "unpackaged" : version;
  }

  @Command(
      name = "pallium",
      mixinStandardHelpOptions = true,
      description = "Prometheus as a service.")
  private static final class Root {}

  @Command(name = "version", description = "Prints the version.")
  private static final class Version implements Runnable {
    private final PrintStream out;

    Version(PrintStream out) {
      this.out = out;
    }

    @Override
    public void run() {
      out.println("pallium " + version() + " (Java " + Runtime.version() + ")");
    }
  }

  @Command(
      name = "config",
      description = "Shows, checks and documents the configuration.",
      mixinStandardHelpOptions = true)
  @SuppressWarnings("UnusedMethod") // Called by the command line library.
  private static final class Config {
    private final PrintStream out;
    private final PrintStream err;

    Config(PrintStream out, PrintStream err) {
      this.out = out;
      this.err = err;
    }

    @Command(name = "print", description = "Prints the configuration in force as YAML.")
    @SuppressWarnings("UnusedMethod") // Called by the command line library.
    int print(
        @Parameters(
                arity = "0..*",
                paramLabel = "--KEY=VALUE",
                description = "Keys of the configuration.")
            List<String> flags) {
      return bound(flags, config -> out.print(ConfigPrinter.print(config)));
    }

    @Command(name = "check", description = "Checks the configuration.")
    @SuppressWarnings("UnusedMethod") // Called by the command line library.
    int check(
        @Parameters(
                arity = "0..*",
                paramLabel = "--KEY=VALUE",
                description = "Keys of the configuration.")
            List<String> flags) {
      return bound(flags, config -> out.println("the configuration is fine"));
    }

    @Command(name = "docs", description = "Prints the reference of all keys as Markdown.")
    @SuppressWarnings("UnusedMethod") // Called by the command line library.
    int docs() {
      out.print(documentation());
      return 0;
    }

    private int bound(
        @Nullable List<String> flags, java.util.function.Consumer<PalliumConfig> action) {
      try {
        action.accept(bind(flags == null ? List.of() : flags));
        return 0;
      } catch (ConfigException e) {
        err.println("pallium: " + e.getMessage());
        return EXIT_BAD_CONFIG;
      }
    }
  }
}
