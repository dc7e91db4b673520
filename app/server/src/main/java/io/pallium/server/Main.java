package io.pallium.server;

import java.io.PrintStream;

/// Entry point of the `pallium` command.
public final class Main {
  private static final String HELP =
      """
      Pallium: Prometheus as a service.

      usage: pallium version    print the version
             pallium --help     print this text
      """;

  private Main() {}

  public static void main(String[] args) {
    System.exit(run(args, System.out, System.err));
  }

  private static int run(String[] args, PrintStream out, PrintStream err) {
    if (args.length == 1 && args[0].equals("version")) {
      String version = Main.class.getPackage().getImplementationVersion();
      out.println("pallium " + (version == null ? "unpackaged" : version));
      return 0;
    }
    if (args.length == 0 || (args.length == 1 && args[0].equals("--help"))) {
      out.print(HELP);
      return 0;
    }
    err.println("pallium: unknown argument \"" + args[0] + "\", try pallium --help");
    return 2;
  }
}
