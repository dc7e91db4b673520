package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.UnavailableException;
import io.pallium.model.Labels;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import io.pallium.tsdb.TsdbFixture.Sample;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.head.HeadLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What is left behind by a block that cannot be opened, and by a query whose end fails.
class TsdbFailureTest {
  private static final Path DIRECTORY = Path.of("data");
  private static final Path BLOCKS = DIRECTORY.resolve("blocks").resolve(TENANT.value());
  private static final Labels A = Labels.of("__name__", "a");
  private static final Labels B = Labels.of("__name__", "b");

  private final SimulatedFiles files = new SimulatedFiles(1);

  private TsdbFixture open() {
    return new TsdbFixture(
        DIRECTORY, TsdbFixture.head(1000, 1500, 100), _ -> HeadLimits.defaults(), files);
  }

  private static boolean isInFinishedBlock(Path path) {
    return path.startsWith(BLOCKS) && !path.toString().contains(".tmp-for-creation");
  }

  @Test
  void aBlockThatCouldNotBeOpenedLeavesNothingThatOverlapsTheNextOne() throws IOException {
    try (TsdbFixture db = open()) {
      db.write(TENANT, Sample.of(A, NOW_MS, 1));
      files.setOpenFails(TsdbFailureTest::isInFinishedBlock);

      assertThatThrownBy(() -> db.tsdb.flush(TENANT)).isInstanceOf(UnavailableException.class);

      files.setOpenFails(_ -> false);
      assertThat(files.list(BLOCKS)).isEmpty();
      assertThat(db.readAll(TENANT).get(A)).hasSize(1);
      db.write(TENANT, Sample.of(A, NOW_MS + 1, 2));
      db.tsdb.flush(TENANT);
      assertThat(files.list(BLOCKS)).hasSize(1);
      Map<Labels, ?> before = db.readAll(TENANT);
      assertThat(db.readAll(TENANT).get(A)).hasSize(2);

      db.restart();

      assertThat(db.tsdb.blocks(TENANT)).hasSize(1);
      assertThat(db.readAll(TENANT)).isEqualTo(before);
    }
  }

  @Test
  void aBlockThatCouldNotBeRemovedEitherIsRemovedBeforeTheNextCut() throws IOException {
    try (TsdbFixture db = open()) {
      db.write(TENANT, Sample.of(A, NOW_MS, 1));
      // The block is written and forced; then it cannot be opened, nor its removal be forced.
      files.setOpenFails(
          path -> {
            boolean fails = isInFinishedBlock(path);
            if (fails) {
              files.setForceFails(true);
            }
            return fails;
          });
      assertThatThrownBy(() -> db.tsdb.flush(TENANT)).isInstanceOf(UnavailableException.class);
      files.setOpenFails(_ -> false);
      files.setForceFails(false);

      db.tsdb.flush(TENANT);

      assertThat(files.list(BLOCKS)).hasSize(1);
      // Also after a crash of the machine, which may bring back what was not removed for sure.
      SimulatedFiles disk = files.restart();
      assertThat(disk.list(BLOCKS)).hasSize(1);
    }
  }

  @Test
  void allPartsOfAQueryAreClosedThoughTheFirstFails() {
    try (TsdbFixture db = open()) {
      db.write(TENANT, Sample.of(A, NOW_MS, 1), Sample.of(B, NOW_MS, 1));
      db.tsdb.flush(TENANT);
      db.write(TENANT, Sample.of(A, NOW_MS + 1000, 2), Sample.of(B, NOW_MS + 1000, 2));
      QueryControl control = QueryControl.unlimited();
      Querier querier = db.tsdb.querier(TENANT, Long.MIN_VALUE, Long.MAX_VALUE, control);
      SeriesSet set = querier.select(SelectHints.sorted(Long.MIN_VALUE, Long.MAX_VALUE), List.of());
      assertThat(set.next()).isTrue();
      // The block's part gives back what is not reserved any more: that is a bug, and it fails.
      control.budget().release(control.budget().reservedBytes());
      assertThatThrownBy(querier::close).isInstanceOf(AssertionError.class);

      // Nobody reads any more: what is cut now leaves the head.
      db.tsdb.flush(TENANT);
      db.tsdb.maintain();
      db.tsdb.maintain();
      assertThat(db.metric("pallium_head_series")).isZero();
      assertThat(db.metric("pallium_head_closed_chunks")).isZero();
      assertThat(db.tsdb.blocks(TENANT)).extracting(BlockMeta::minTimeMs).hasSize(2);
    }
  }
}
