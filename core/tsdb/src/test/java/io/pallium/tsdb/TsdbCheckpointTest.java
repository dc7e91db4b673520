package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.MetricType;
import io.pallium.model.WriteBatch;
import io.pallium.storage.QueryControl;
import io.pallium.tsdb.TsdbFixture.Sample;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.head.HeadLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Definitions whose segments are gone: the checkpoint alone has them, and hands them on to the
/// next one.
class TsdbCheckpointTest {
  private static final Path DIRECTORY = Path.of("data");
  private static final Path LOG = DIRECTORY.resolve("wal");
  private static final Labels KEPT = Labels.of("__name__", "kept");
  private static final String TRUNCATED = "pallium_log_truncated_segments_total";
  private static final String UNKNOWN = "pallium_head_replay_unknown_samples_total";
  private static final MetricMetadata METADATA =
      new MetricMetadata("kept", MetricType.GAUGE, "Stays.", "");

  private final SimulatedFiles files = new SimulatedFiles(1);
  private final TreeMap<Long, Object> written = new TreeMap<>();
  private long timeMs = NOW_MS - 1_000_000;
  private int pads;

  private TsdbFixture open() {
    return new TsdbFixture(
        DIRECTORY, TsdbFixture.head(1000, 1500, 100), _ -> HeadLimits.defaults(), files);
  }

  /// Moves the data time on by three ranges: the series has samples all the time, so that it stays
  /// in the head and is never defined again; the others fill the log and leave.
  private void fillAndTruncate(TsdbFixture db) {
    double before = db.metric(TRUNCATED);
    for (int i = 0; i < 60; i++) {
      timeMs += 50;
      Labels pad = Labels.of("pad", "x".repeat(8000) + pads++);
      assertThat(db.write(TENANT, Sample.of(KEPT, timeMs, i), Sample.of(pad, timeMs, 1)))
          .satisfies(result -> assertThat(result.storedSamples()).isEqualTo(2));
      written.put(timeMs, Double.doubleToRawLongBits(i));
      db.tsdb.maintain();
    }
    assertThat(db.metric(TRUNCATED)).isGreaterThan(before);
  }

  private boolean isInLog(String suffixOrPrefix, byte[] wanted) throws IOException {
    String text = new String(wanted, StandardCharsets.ISO_8859_1);
    for (String name : files.list(LOG)) {
      if ((name.endsWith(suffixOrPrefix) || name.startsWith(suffixOrPrefix))
          && new String(files.content(LOG.resolve(name)), StandardCharsets.ISO_8859_1)
              .contains(text)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aSeriesThatOnlyACheckpointDefinesSurvivesMoreTruncationsAndRestarts() throws IOException {
    try (TsdbFixture db = open()) {
      db.write(TENANT, Sample.of(KEPT, timeMs, 0));
      written.put(timeMs, Double.doubleToRawLongBits(0));

      for (int life = 0; life < 4; life++) {
        fillAndTruncate(db);
        assertThat(isInLog("checkpoint.", KEPT.bytes())).isTrue();
        assertThat(isInLog(".wal", KEPT.bytes())).isFalse();

        db.restart();

        assertThat(db.metric(UNKNOWN)).isZero();
        assertThat(db.readAll(TENANT).get(KEPT)).isEqualTo(written);
      }
    }
  }

  @Test
  void metadataThatOnlyACheckpointHasSurvivesMoreTruncationsAndRestarts() {
    try (TsdbFixture db = open()) {
      WriteBatch batch = new WriteBatch().reset(TENANT);
      batch.addMetadata(METADATA);
      db.tsdb.write(batch).join();

      for (int life = 0; life < 3; life++) {
        fillAndTruncate(db);
        db.restart();
        assertThat(db.tsdb.metadata(TENANT, null, QueryControl.unlimited()))
            .isEqualTo(List.of(METADATA));
      }
    }
  }
}
