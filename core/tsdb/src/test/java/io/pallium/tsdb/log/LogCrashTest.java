package io.pallium.tsdb.log;

import io.pallium.base.PalliumException;
import io.pallium.model.Labels;
import io.pallium.tsdb.file.CrashScenario;
import io.pallium.tsdb.log.RecordedLog.Batch;
import io.pallium.tsdb.log.RecordedLog.Item;
import io.pallium.tsdb.log.RecordedLog.Sample;
import io.pallium.tsdb.log.RecordedLog.Series;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/// Random batches, crashes and recoveries on the model of the page cache: what was acknowledged is
/// replayed exactly once and in order, what was refused never.
class LogCrashTest {
  @Test
  void replaysWhatWasAcknowledgedExactlyOnce() {
    CrashScenario.assertNothingIsLost(
        Boolean.getBoolean("pallium.long") ? 2_000 : 500, Scenario::new);
  }

  @Test
  void findsLossWhenNothingIsForced() {
    CrashScenario.assertFindsLossWhenNothingIsForced(Scenario::new);
  }

  private enum State {
    REFUSED,
    UNKNOWN,
    STORED
  }

  private static final class Scenario extends CrashScenario {
    // All batches ever tried, in the order of their appends.
    private final Map<Batch, State> tried = new LinkedHashMap<>();
    private final Map<Batch, Integer> order = new HashMap<>();
    private final Map<Long, Labels> series = new HashMap<>();
    private long nextTimeMs = 1;
    private long cutTimeMs = Long.MIN_VALUE;

    Scenario(long seed, boolean isForced) {
      super(seed, isForced);
    }

    @Override
    protected void live(boolean isLast) {
      try (WriteLog log = SimulatedLog.create(files, config())) {
        RecordedLog seen = new RecordedLog();
        LogReplayReport report = log.replay(0, seen, LogReplayProgress.NONE);
        check(seen, report);
        if (!isLast) {
          write(log, report.maxSeriesRef());
        }
      }
    }

    private LogConfig config() {
      int segmentBytes = SimulatedLog.SEGMENT_BYTES + random.nextInt(2048);
      return new LogConfig(
          isForced, Duration.ofSeconds(1), segmentBytes, 1 << 20, Duration.ofSeconds(5), 1000, 0);
    }

    private void write(WriteLog log, long maxSeriesRef) {
      LogRecordWriter writer = new LogRecordWriter();
      long nextRef = maxSeriesRef + 1;
      if (random.nextInt(4) == 0) {
        truncate(log, nextTimeMs);
      }
      int groups = 1 + random.nextInt(30);
      for (int group = 0; group < groups && log.isHealthy(); group++) {
        if (random.nextInt(40) == 0) {
          files.setForceFails(true);
        }
        List<LogAppend> appends = new ArrayList<>();
        List<Batch> batches = new ArrayList<>();
        try {
          // While a reservation is open the group is not written, so groups depend on the seed
          // only.
          log.reserve(1);
        } catch (PalliumException e) {
          return;
        }
        int size = 1 + random.nextInt(5);
        for (int i = 0; i < size; i++) {
          Batch batch = batch(nextRef);
          nextRef += 3;
          order.put(batch, order.size());
          tried.put(batch, State.REFUSED);
          try {
            appends.add(log.append(RecordedLog.encode(writer, batch)));
            batches.add(batch);
            tried.put(batch, State.UNKNOWN);
          } catch (PalliumException refused) {
            series.keySet().removeAll(newRefs(batch));
            break;
          }
        }
        log.release(1);
        for (int i = 0; i < appends.size(); i++) {
          try {
            appends.get(i).join();
            tried.put(batches.get(i), State.STORED);
          } catch (CompletionException failed) {
            // Nobody knows.
          }
        }
        if (random.nextInt(8) == 0) {
          truncate(log, nextTimeMs - random.nextInt(60));
        }
      }
    }

    private void truncate(WriteLog log, long timeMs) {
      if (random.nextInt(3) == 0) {
        files.crashAtChange(1 + random.nextInt(12));
      }
      long cut = Math.max(cutTimeMs, timeMs);
      // As a head would do: the samples are elsewhere now, whether the log gets smaller or not.
      cutTimeMs = cut;
      try {
        log.truncate(
            log.endPosition(),
            tenant -> cut,
            sink -> {
              sink.tenant(1, 1, "anonymous");
              series.forEach(
                  (ref, labels) -> sink.series(ref, labels.bytes(), 0, labels.bytes().length));
            });
      } catch (PalliumException e) {
        // The log is as it was, or complete without the segments.
      }
    }

    private Batch batch(long firstRef) {
      List<Item> items = new ArrayList<>();
      List<Long> known = new ArrayList<>(series.keySet());
      int count = random.nextInt(known.isEmpty() ? 1 : 0, 4);
      for (int i = 0; i < count; i++) {
        Labels labels = Labels.of("life", "" + life, "ref", "" + (firstRef + i));
        series.put(firstRef + i, labels);
        known.add(firstRef + i);
        items.add(new Series(firstRef + i, labels));
      }
      for (int i = 0; i < 1 + random.nextInt(20); i++) {
        long ref = known.get(random.nextInt(known.size()));
        items.add(new Sample(ref, nextTimeMs, random.nextLong(), 0));
      }
      nextTimeMs++;
      return new Batch(1, items);
    }

    private static Set<Long> newRefs(Batch batch) {
      Set<Long> refs = new HashSet<>();
      for (Item item : batch.items()) {
        if (item instanceof Series s) {
          refs.add(s.ref());
        }
      }
      return refs;
    }

    /// Notes the definitions of a batch.
    ///
    /// @return whether all series of its samples are defined
    private boolean define(Batch batch, Map<Long, Labels> defined) {
      boolean isWhole = true;
      for (Item item : batch.items()) {
        if (item instanceof Series s) {
          Labels before = defined.put(s.ref(), s.labels());
          if (before != null && !before.equals(s.labels())) {
            problems.add("series " + s.ref() + " has two identities");
          }
        } else if (item instanceof Sample s) {
          isWhole &= defined.containsKey(s.ref());
        }
      }
      return isWhole;
    }

    private void check(RecordedLog seen, LogReplayReport report) {
      Set<Batch> replayed = new HashSet<>();
      Map<Long, Labels> defined = new HashMap<>();
      int last = -1;
      for (RecordedLog.Entry entry : seen.entries) {
        if (!(entry instanceof Batch batch)) {
          continue;
        }
        boolean isWhole = define(batch, defined);
        if (batch.items().stream().noneMatch(item -> item instanceof Sample)) {
          continue;
        }
        Integer at = order.get(batch);
        if (at == null) {
          problems.add("a batch that nobody wrote");
          return;
        }
        if (at <= last) {
          problems.add("batch " + at + " after batch " + last);
        }
        last = at;
        if (tried.get(batch) == State.REFUSED) {
          problems.add("refused batch " + at);
        }
        if (isWhole) {
          replayed.add(batch);
        }
      }
      tried.forEach(
          (batch, state) -> {
            boolean isCut =
                batch.items().stream()
                    .allMatch(item -> !(item instanceof Sample s) || s.timestampMs() < cutTimeMs);
            if (state == State.STORED && !isCut && !replayed.contains(batch)) {
              problems.add("acknowledged batch " + order.get(batch) + " is lost: " + report);
            }
          });
      // What was replayed counts as stored: a repeated sample would be acknowledged at once.
      replayed.forEach(batch -> tried.put(batch, State.STORED));
      series.keySet().retainAll(defined.keySet());
    }
  }
}
