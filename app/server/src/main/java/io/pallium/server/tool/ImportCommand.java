package io.pallium.server.tool;

import io.pallium.base.PalliumException;
import io.pallium.base.clock.TimeSource;
import io.pallium.model.TenantId;
import io.pallium.tsdb.BlockImport;
import io.pallium.tsdb.Tsdb;
import io.pallium.tsdb.TsdbConfig;
import io.pallium.tsdb.TsdbLimits;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.compact.CompactionConfig;
import io.pallium.tsdb.file.LocalDurableFiles;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.log.LogConfig;
import io.pallium.tsdb.log.LogReplayProgress;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `pallium tool tsdb import`: the only one of the tools that writes.
@Command(
    name = "import",
    description = {
      "Adds samples to a data directory of Pallium that no process has open: all of the source, or",
      "nothing. What overlaps blocks that are there, or reaches into what is not in blocks yet, is",
      "refused."
    },
    mixinStandardHelpOptions = true)
final class ImportCommand implements Callable<Integer> {
  private final PrintStream out;
  private final PrintStream err;

  @Parameters(index = "0", paramLabel = "DIR", description = "The data directory of Pallium.")
  private Path directory = Path.of(".");

  @Parameters(
      index = "1",
      paramLabel = "SOURCE",
      description = {
        "A file in the OpenMetrics text format, a block, or a directory of blocks of Prometheus,",
        "Thanos, Cortex or Mimir."
      })
  private Path source = Path.of(".");

  @Option(names = "--tenant", description = "The tenant to add to; \"anonymous\" by default.")
  private String tenant = TenantId.ANONYMOUS.value();

  ImportCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    try {
      requireOurs();
      List<BlockMeta> added = run(new TenantId(tenant));
      for (BlockMeta meta : added) {
        out.println(
            "imported "
                + meta.ulid()
                + ": "
                + meta.stats().samples()
                + " samples of "
                + meta.stats().series()
                + " series");
      }
      out.flush();
      return 0;
    } catch (PalliumException | IOException e) {
      err.println("pallium tool tsdb import: " + e.getMessage());
      return 1;
    }
  }

  private void requireOurs() throws IOException {
    boolean isOurs = Files.isDirectory(directory.resolve("blocks"));
    if (!isOurs && Files.exists(directory) && !isEmpty(directory)) {
      throw new IOException(directory + " is no data directory of Pallium: it has no blocks/");
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (var entries = Files.newDirectoryStream(folder)) {
      return !entries.iterator().hasNext();
    }
  }

  private List<BlockMeta> run(TenantId to) throws IOException {
    LocalDurableFiles files = new LocalDurableFiles();
    boolean isTerminal = ProgressBar.isTerminal();
    if (Files.isRegularFile(source)) {
      // Read once before the directory is touched.
      OpenMetricsImport text = new OpenMetricsImport(files, source);
      try (ProgressBar bar = new ProgressBar(err, "blocks", text.spans().size(), isTerminal)) {
        text.onBlock(bar::step);
        return add(to, text);
      }
    }
    List<BlockFolders.Found> folders = BlockFolders.in(source);
    List<String> tenants = folders.stream().map(BlockFolders.Found::tenant).distinct().toList();
    if (tenants.size() > 1) {
      throw new IOException(
          source + " has blocks of the tenants " + tenants + ": import the folder of one");
    }
    try (ProgressBar bar = new ProgressBar(err, "blocks", folders.size(), isTerminal);
        BlockFolderImport blocks = new BlockFolderImport(files, folders, bar::step)) {
      return add(to, blocks);
    }
  }

  private List<BlockMeta> add(TenantId to, BlockImport blocks) {
    try (Tsdb tsdb =
        Tsdb.open(
            new TsdbConfig(
                directory,
                HeadConfig.defaults(),
                LogConfig.defaults(),
                CompactionConfig.defaults().withInterval(Duration.ZERO),
                Duration.ofHours(1),
                Duration.ZERO),
            new LocalDurableFiles(),
            TimeSource.SYSTEM,
            TsdbLimits.DEFAULTS,
            new PrometheusRegistry(),
            LogReplayProgress.NONE)) {
      return tsdb.importBlocks(to, blocks);
    }
  }
}
