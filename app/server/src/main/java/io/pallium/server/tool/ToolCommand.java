package io.pallium.server.tool;

import java.io.PrintStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// `pallium tool`: the group of tools.
@Command(
    name = "tool",
    description = "Tools that do not start the system.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class ToolCommand {
  private ToolCommand() {}

  /// The group with all its commands.
  ///
  /// @param out where results go
  /// @param err where goes what is wrong with the call
  /// @param starter starts a system for tools that need one
  public static CommandLine commandLine(
      PrintStream out, PrintStream err, LocalSystem.Starter starter) {
    return new CommandLine(new ToolCommand())
        .addSubcommand(new PromqltestCommand(out, err))
        .addSubcommand(new GoldenCommand(out, err, starter))
        .addSubcommand(new QueryCommand(out, err))
        .addSubcommand(new QueryRangeCommand(out, err))
        .addSubcommand(new LabelsCommand(out, err))
        .addSubcommand(new SeriesCommand(out, err))
        .addSubcommand(RulesCommand.commandLine(out, err))
        .addSubcommand(TsdbCommand.commandLine(out, err));
  }
}
