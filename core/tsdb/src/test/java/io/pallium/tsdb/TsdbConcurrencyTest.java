package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.Labels;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.tsdb.head.HeadLimits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Readers, writers and cuts at once: nothing that was answered is ever missing, doubled or of
/// another series.
class TsdbConcurrencyTest {
  private static final int WRITERS = 2;
  private static final int SERIES = 40;
  private static final int ROUNDS = 400;
  private static final long STEP_MS = 10;

  @TempDir Path directory;

  @Test
  void readersSeeWhatWasAnsweredWhileHeadsAreCut() throws Exception {
    try (TsdbFixture db =
            new TsdbFixture(directory, TsdbFixture.head(500, 750, 10), _ -> HeadLimits.defaults());
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS + 2)) {
      AtomicLong[] answered = {new AtomicLong(-1), new AtomicLong(-1)};
      AtomicInteger running = new AtomicInteger(WRITERS);
      List<Future<?>> all = new ArrayList<>();
      for (int w = 0; w < WRITERS; w++) {
        int writer = w;
        all.add(
            threads.submit(
                () -> {
                  try {
                    write(db, writer, answered, running);
                  } finally {
                    running.decrementAndGet();
                  }
                }));
      }
      all.add(
          threads.submit(
              () -> {
                do {
                  db.tsdb.maintain();
                } while (running.get() > 0);
              }));
      all.add(
          threads.submit(
              () -> {
                do {
                  check(db, answered);
                } while (running.get() > 0);
              }));
      for (Future<?> each : all) {
        each.get();
      }

      db.tsdb.maintain();
      check(db, answered);
      assertThat(db.tsdb.blocks(TENANT)).hasSizeGreaterThan(3);
      db.restart();
      check(db, answered);
    }
  }

  /// Series of one writer in round r: one half always, the other half only in every 100 rounds of
  /// 200, so that series leave the head and their slots are used again.
  private static boolean isWritten(int series, long round) {
    return series % 2 == 0 || round / 100 % 2 == 0;
  }

  private static void write(
      TsdbFixture db, int writer, AtomicLong[] answered, AtomicInteger running) {
    long[] refs = new long[SERIES];
    for (int round = 0; round < ROUNDS; round++) {
      // Writers stay close to each other: no sample is out of the open range. One that has failed
      // is not waited for.
      while (round - answered[1 - writer].get() > 20 && running.get() == WRITERS) {
        Thread.onSpinWait();
      }
      WriteBatch batch = new WriteBatch().reset(TENANT).session(1, db.tsdb.incarnation());
      for (int s = 0; s < SERIES; s++) {
        if (isWritten(s, round)) {
          byte[] labels = labels(writer, s).bytes();
          batch.addSeries(refs[s], labels, 0, labels.length);
          batch.addSample(timeMs(round), Double.doubleToRawLongBits(value(writer, s, round)));
        }
      }
      WriteResult result = db.tsdb.write(batch).join();
      assertThat(result.firstRejection()).isEmpty();
      assertThat(result.unknownRefCount()).isZero();
      int index = 0;
      for (int s = 0; s < SERIES; s++) {
        if (isWritten(s, round)) {
          refs[s] = result.ref(index++);
        }
      }
      answered[writer].set(round);
    }
  }

  private static void check(TsdbFixture db, AtomicLong[] answered) {
    long[] before = new long[WRITERS];
    for (int w = 0; w < WRITERS; w++) {
      before[w] = answered[w].get();
    }
    Map<Labels, TreeMap<Long, Object>> found = db.readAll(TENANT);
    for (int w = 0; w < WRITERS; w++) {
      for (int s = 0; s < SERIES; s++) {
        TreeMap<Long, Object> samples = found.getOrDefault(labels(w, s), new TreeMap<>());
        for (int round = 0; round <= before[w]; round++) {
          if (isWritten(s, round)) {
            assertThat(samples.get(timeMs(round)))
                .as("writer %s series %s round %s", w, s, round)
                .isEqualTo(Double.doubleToRawLongBits(value(w, s, round)));
          }
        }
      }
    }
    assertThat(found.size()).isLessThanOrEqualTo(WRITERS * SERIES);
  }

  private static long timeMs(long round) {
    return NOW_MS - 1_000_000 + round * STEP_MS;
  }

  private static double value(int writer, int series, long round) {
    return writer * 1e6 + series * 1e3 + round / 7.0;
  }

  private static Labels labels(int writer, int series) {
    return Labels.of("__name__", "m", "series", "s" + series, "writer", "w" + writer);
  }
}
