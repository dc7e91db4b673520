package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.OTHER;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.UnavailableException;
import io.pallium.model.Labels;
import io.pallium.model.WriteBatch;
import io.pallium.tsdb.TsdbFixture.Sample;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.head.HeadLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a start says about a log that is not whole.
class TsdbReplayTest {
  private static final Path DIRECTORY = Path.of("data");
  private static final Path LOG = DIRECTORY.resolve("wal");
  private static final Labels A = Labels.of("__name__", "a");
  private static final String UNKNOWN = "pallium_head_replay_unknown_samples_total";

  private SimulatedFiles files = new SimulatedFiles(1);

  private TsdbFixture open(HeadConfig head) {
    return new TsdbFixture(DIRECTORY, head, _ -> HeadLimits.defaults(), files);
  }

  /// From here on the process does nothing any more.
  private void killed() {
    files = files.restartProcess();
  }

  @Test
  void aLogFileThatCannotBeReadRefusesTheStartAndLosesNothing() throws IOException {
    try (TsdbFixture db = open(HeadConfig.defaults())) {
      db.write(TENANT, Sample.of(A, NOW_MS, 1));
      killed();
    }
    Path segment = LOG.resolve(files.list(LOG).getFirst());
    files.setReadFails(segment::equals);

    assertThatThrownBy(() -> open(HeadConfig.defaults()))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining(segment.toString())
        .hasMessageContaining("simulated error on read");

    files.setReadFails(_ -> false);
    try (TsdbFixture db = open(HeadConfig.defaults())) {
      assertThat(db.readAll(TENANT).get(A)).hasSize(1);
    }
  }

  @Test
  void samplesWhoseDefinitionIsLostAreCounted() throws IOException {
    int known = 0;
    try (TsdbFixture db = open(HeadConfig.defaults())) {
      long ref = db.write(TENANT, Sample.of(A, NOW_MS, 1)).ref(0);
      while (files.list(LOG).size() == 1) {
        // Other labels fill the first segment.
        db.write(TENANT, Sample.of(Labels.of("pad", TsdbFixture.noise(known++)), NOW_MS, 1));
      }
      for (int i = 1; i <= 7; i++) {
        WriteBatch batch = new WriteBatch().reset(TENANT).session(1, db.tsdb.incarnation());
        batch.addSeries(ref);
        batch.addSample(NOW_MS + i, i);
        assertThat(db.tsdb.write(batch).join().storedSamples()).isOne();
      }
      assertThat(db.metric(UNKNOWN)).isZero();
      killed();
    }
    List<String> segments = files.list(LOG);
    // The definition of the series stands in the second record, behind that of the tenant.
    byte[] content = files.content(LOG.resolve(segments.getFirst()));
    int at = indexOf(content, A.bytes());
    files.corrupt(LOG.resolve(segments.getFirst()), at, 1);

    try (TsdbFixture db = open(HeadConfig.defaults())) {
      assertThat(db.readAll(TENANT)).doesNotContainKey(A);
      assertThat(db.metric(UNKNOWN)).isEqualTo(7);
      db.kill();
      assertThat(db.metric(UNKNOWN)).isEqualTo(7);
    }
  }

  @Test
  void samplesThatAreInBlocksAreNotUnknownWhenTheirSeriesHasLeft() {
    HeadConfig head = TsdbFixture.head(1000, 1500, 100);
    try (TsdbFixture db = open(head)) {
      // The other tenant's sample keeps the last segments in the log.
      db.write(TENANT, Sample.of(A, NOW_MS - 10_000, 1));
      for (int i = 0; i < 60; i++) {
        db.write(TENANT, Sample.of(Labels.of("pad", TsdbFixture.noise(i)), NOW_MS - 9_999, 1));
        db.tsdb.maintain();
      }
      db.write(OTHER, Sample.of(A, NOW_MS, 1));
      long ref = db.write(TENANT, Sample.of(A, NOW_MS - 9_998, 1)).ref(0);
      assertThat(ref).isNotZero();
      db.tsdb.flush(TENANT);
      assertThat(db.metric("pallium_log_truncated_segments_total")).isPositive();

      db.kill();

      assertThat(db.metric(UNKNOWN)).isZero();
      assertThat(db.readAll(TENANT).get(A)).hasSize(2);
    }
  }

  private static int indexOf(byte[] content, byte[] wanted) {
    for (int i = 0; i <= content.length - wanted.length; i++) {
      if (Arrays.equals(content, i, i + wanted.length, wanted, 0, wanted.length)) {
        return i;
      }
    }
    throw new AssertionError("not found");
  }
}
