package io.pallium.server.tool;

import io.pallium.base.CorruptDataException;
import io.pallium.model.Labels;
import io.pallium.promql.parse.GoText;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.tsdb.block.BlockCheck;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.BlockReader;
import io.pallium.tsdb.block.BlockScan;
import io.pallium.tsdb.file.LocalDurableFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `pallium tool tsdb`: the group of tools about blocks. All but the import only read, and may run
/// beside the process that owns the directory.
@Command(
    name = "tsdb",
    description = {
      "Tools about blocks. DIR is a data directory of Pallium or of Prometheus, a bucket of Thanos,",
      "Cortex or Mimir with a folder per tenant, or a single block."
    },
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class TsdbCommand {
  private TsdbCommand() {}

  static CommandLine commandLine(PrintStream out, PrintStream err) {
    return new CommandLine(new TsdbCommand())
        .addSubcommand(new ListCommand(out, err))
        .addSubcommand(new VerifyCommand(out, err))
        .addSubcommand(new AnalyzeCommand(out, err))
        .addSubcommand(new DumpCommand(out, err))
        .addSubcommand(new ImportCommand(out, err));
  }

  /// What all of them do: look at one block after the other.
  private abstract static class BlockTool implements Callable<Integer> {
    final PrintStream out;
    final PrintStream err;

    @Parameters(paramLabel = "DIR", description = "Where the blocks are.")
    private Path directory = Path.of(".");

    @Option(names = "--tenant", description = "Look at the blocks of this tenant only.")
    private String tenant = "";

    @Option(names = "--block", description = "Look at the block of this name only.")
    private String ulid = "";

    BlockTool(PrintStream out, PrintStream err) {
      this.out = out;
      this.err = err;
    }

    @Override
    public Integer call() {
      List<BlockFolders.Found> blocks;
      try {
        blocks =
            BlockFolders.in(directory).stream()
                .filter(each -> tenant.isEmpty() || tenant.equals(each.tenant()))
                .filter(each -> ulid.isEmpty() || each.directory().endsWith(ulid))
                .toList();
      } catch (IOException e) {
        err.println("pallium tool tsdb: " + e.getMessage());
        return 2;
      }
      boolean isFine = true;
      begin();
      try (ProgressBar bar =
          new ProgressBar(err, "blocks", blocks.size(), isQuiet() && ProgressBar.isTerminal())) {
        for (BlockFolders.Found found : blocks) {
          isFine &= look(found);
          bar.step();
        }
      }
      return end() && isFine ? 0 : 1;
    }

    /// @return whether the block is fine
    private boolean look(BlockFolders.Found found) {
      try (BlockReader block = BlockReader.open(new LocalDurableFiles(), found.directory())) {
        return look(found.tenant(), block);
      } catch (CorruptDataException | IOException e) {
        fail(String.valueOf(e.getMessage()));
        return false;
      }
    }

    void begin() {}

    /// @return whether the block is fine
    abstract boolean look(String ofTenant, BlockReader block) throws IOException;

    /// Says what is wrong with a block.
    void fail(String message) {
      err.println(message);
    }

    /// Whether so little is printed on the way that a bar can be seen.
    boolean isQuiet() {
      return false;
    }

    /// @return whether all is fine
    boolean end() {
      out.flush();
      return true;
    }
  }

  @Command(
      name = "list",
      description = "Lists blocks with their times and sizes.",
      mixinStandardHelpOptions = true)
  private static final class ListCommand extends BlockTool {
    private static final String FORMAT = "%-26s  %-14s  %-14s  %-10s  %12s  %10s  %10s  %12s  %s%n";

    ListCommand(PrintStream out, PrintStream err) {
      super(out, err);
    }

    @Override
    void begin() {
      out.printf(
          Locale.ROOT,
          FORMAT,
          "BLOCK",
          "MIN TIME",
          "MAX TIME",
          "DURATION",
          "SAMPLES",
          "CHUNKS",
          "SERIES",
          "BYTES",
          "TENANT");
    }

    @Override
    boolean look(String ofTenant, BlockReader block) {
      BlockMeta meta = block.meta();
      out.printf(
          Locale.ROOT,
          FORMAT,
          meta.ulid(),
          meta.minTimeMs(),
          meta.maxTimeMs(),
          duration(meta),
          meta.stats().samples(),
          meta.stats().chunks(),
          meta.stats().series(),
          block.lengthBytes(),
          ofTenant);
      return true;
    }
  }

  @Command(
      name = "verify",
      description = {
        "Reads all of each block and compares every checksum and rule of the format.",
        "Ends with the line \"N passed, N failed\"."
      },
      mixinStandardHelpOptions = true)
  private static final class VerifyCommand extends BlockTool {
    private final Tally tally = new Tally();

    VerifyCommand(PrintStream out, PrintStream err) {
      super(out, err);
    }

    @Override
    boolean look(String ofTenant, BlockReader block) {
      List<String> findings = BlockCheck.findings(block);
      findings.forEach(out::println);
      tally.add(findings.isEmpty() ? 1 : 0, findings.isEmpty() ? 0 : 1);
      return true;
    }

    @Override
    void fail(String message) {
      out.println(message);
      tally.add(0, 1);
    }

    @Override
    boolean isQuiet() {
      return true;
    }

    @Override
    boolean end() {
      return tally.end(out) == 0;
    }
  }

  @Command(
      name = "analyze",
      description = "Says what is in each block: cardinality, churn, chunks and compression.",
      mixinStandardHelpOptions = true)
  private static final class AnalyzeCommand extends BlockTool {
    @Option(names = "--limit", description = "How many names and values are listed.")
    private int limit = 20;

    AnalyzeCommand(PrintStream out, PrintStream err) {
      super(out, err);
    }

    @Override
    boolean look(String ofTenant, BlockReader block) {
      out.println("Block ID: " + block.meta().ulid());
      if (!ofTenant.isEmpty()) {
        out.println("Tenant: " + ofTenant);
      }
      out.println("Duration: " + duration(block.meta()));
      new BlockAnalysis(block).print(out, limit);
      return true;
    }
  }

  @Command(
      name = "dump",
      description =
          "Prints all samples, a line each: labels, value, time in ms, and where it is known, st@"
              + " and the start timestamp in ms.",
      mixinStandardHelpOptions = true)
  private static final class DumpCommand extends BlockTool {
    @Option(names = "--min-time", description = "The first time, in ms.")
    private long minTimeMs = Long.MIN_VALUE;

    @Option(names = "--max-time", description = "The last time, in ms.")
    private long maxTimeMs = Long.MAX_VALUE;

    DumpCommand(PrintStream out, PrintStream err) {
      super(out, err);
    }

    @Override
    boolean look(String ofTenant, BlockReader block) {
      SampleColumn column = new SampleColumn(QueryControl.unlimited());
      try (BlockScan scan = block.scan()) {
        while (scan.next()) {
          Labels labels = scan.labels();
          SampleCursor samples = scan.samples(0, scan.chunkCount());
          while (samples.nextRun(column)) {
            print(labels, column);
            column.clear();
          }
        }
      }
      return true;
    }

    private void print(Labels labels, SampleColumn column) {
      for (int i = 0; i < column.size(); i++) {
        long timestampMs = column.timestampsMs()[i];
        if (timestampMs >= minTimeMs && timestampMs <= maxTimeMs) {
          var histogram = column.histogram(i);
          String value =
              histogram == null ? GoText.shortest(column.values()[i]) : HistogramText.of(histogram);
          String start = column.startMs(i) == 0 ? "" : " st@" + column.startMs(i);
          out.println(labels + " " + value + " " + timestampMs + start);
        }
      }
    }
  }

  private static String duration(BlockMeta meta) {
    Duration duration =
        Duration.between(
            Instant.ofEpochMilli(meta.minTimeMs()), Instant.ofEpochMilli(meta.maxTimeMs()));
    return String.format(
        Locale.ROOT,
        "%dh%02dm%02ds",
        duration.toHours(),
        duration.toMinutesPart(),
        duration.toSecondsPart());
  }
}
