package io.pallium.tsdb.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.PalliumException;
import io.pallium.model.Labels;
import io.pallium.tsdb.file.SimulatedFiles;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The process ends at each change of a truncation, the names that it has not forced still in the
/// page cache; the next start is ended by a crash of the machine at each of its changes. The start
/// after that finds the definitions in the new checkpoint or in the old files: never in neither.
class LogDirectoryForceTest {
  private static final int SEEDS = Boolean.getBoolean("pallium.long") ? 100 : 8;
  private static final int FIRST_CHANGES = 14;
  private static final int SECOND_CHANGES = 6;
  private static final byte[] LABELS = Labels.of("ref", "kept").bytes();
  private static final CheckpointContent DEFINITIONS =
      sink -> {
        sink.tenant(1, 1, "one");
        sink.series(1, LABELS, 0, LABELS.length);
      };

  @Test
  void namesThatAStartHasReadAreForcedBeforeWhatTheyReplaceGoes() {
    int crashes = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      for (int first = 1; first <= FIRST_CHANGES; first++) {
        for (int second = 1; second <= SECOND_CHANGES; second++) {
          // Its own for each pair: one seed keeps and drops the same names wherever it crashes.
          long own = (seed * (long) FIRST_CHANGES + first) * SECOND_CHANGES + second;
          SimulatedFiles files = truncated(own, first).restartProcess();
          files.crashAtChange(second);
          try {
            SimulatedLog.replay(files, new RecordedLog());
          } catch (PalliumException crashed) {
            crashes++;
          }
          RecordedLog seen = new RecordedLog();
          LogReplayReport report = SimulatedLog.replay(files.restart(), seen);

          String what = "seed %d, changes %d and %d".formatted(seed, first, second);
          assertThat(report.damage())
              .as(what)
              .noneMatch(d -> d.kind() == LogReplayReport.DamageKind.MISSING_FILE);
          assertThat(seen.entries).as(what).anyMatch(LogDirectoryForceTest::definesTheSeries);
        }
      }
    }
    assertThat(crashes).isGreaterThan(SEEDS);
  }

  /// A log with a checkpoint, of which a second truncation has come to a change.
  private static SimulatedFiles truncated(long seed, int changes) {
    SimulatedFiles files = new SimulatedFiles(seed);
    try (WriteLog log = SimulatedLog.open(files)) {
      for (int i = 1; i <= 40; i++) {
        SimulatedLog.append(log, SimulatedLog.batch(1, i, i)).join();
      }
      log.truncate(log.endPosition(), tenant -> 15, DEFINITIONS);
      for (int i = 41; i <= 52; i++) {
        SimulatedLog.append(log, SimulatedLog.batch(1, i, i)).join();
      }
      files.crashAtChange(changes);
      log.truncate(log.endPosition(), tenant -> 30, DEFINITIONS);
    } catch (PalliumException crashed) {
      // As was asked.
    }
    return files;
  }

  private static boolean definesTheSeries(RecordedLog.Entry entry) {
    return entry instanceof RecordedLog.Batch batch
        && batch.items().stream()
            .anyMatch(
                item ->
                    item instanceof RecordedLog.Series series
                        && List.of(series.ref(), series.labels())
                            .equals(List.of(1L, Labels.ofCanonical(LABELS, 0, LABELS.length))));
  }
}
