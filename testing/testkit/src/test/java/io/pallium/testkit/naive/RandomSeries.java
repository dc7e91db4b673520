package io.pallium.testkit.naive;

import io.pallium.model.Labels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Series of small whole numbers with gaps, stale markers and some special values, so that results
/// are exact however they are computed.
///
/// | metric | labels | values |
/// |---|---|---|
/// | `a`, `b` | instance, job, k | any, equal ones often |
/// | `d` | instance, job | all different at a time |
/// | `one` | instance, owner | any |
/// | `c_total` | instance, job | counter with resets |
/// | `target_info`, `build_info` | instance, job, data or version | 1; a later one takes over |
final class RandomSeries {
  static final long SPAN_MS = 40 * 60_000;

  private static final long STALE_BITS = 0x7ff0000000000002L;

  private final Random random;
  private final Map<Labels, List<Point>> series = new HashMap<>();

  private RandomSeries(Random random) {
    this.random = random;
  }

  static Map<Labels, List<Point>> create(Random random) {
    var made = new RandomSeries(random);
    made.create();
    return made.series;
  }

  private void create() {
    for (int i = 0; i < 3; i++) {
      String instance = "i" + i;
      for (int j = 0; j < 2; j++) {
        String job = "j" + j;
        for (int k = 0; k < 2; k++) {
          addGauge(Labels.of("__name__", "a", "instance", instance, "job", job, "k", "k" + k));
          addGauge(Labels.of("__name__", "b", "instance", instance, "job", job, "k", "k" + k));
        }
        int distinct = 10 * (2 * i + j);
        add(
            Labels.of("__name__", "d", "instance", instance, "job", job),
            0,
            before -> distinct + random.nextInt(10));
        add(
            Labels.of("__name__", "c_total", "instance", instance, "job", job),
            0,
            before -> random.nextInt(8) == 0 ? random.nextInt(3) : before + random.nextInt(5));
        addInfos(instance, job);
      }
      add(
          Labels.of("__name__", "one", "instance", instance, "owner", "o" + random.nextInt(2)),
          0,
          before -> random.nextInt(7) - 3);
    }
  }

  private void addGauge(Labels labels) {
    if (random.nextInt(6) > 0) {
      add(
          labels,
          0,
          before ->
              switch (random.nextInt(40)) {
                case 0 -> Double.NaN;
                case 1 -> Double.POSITIVE_INFINITY;
                case 2 -> Double.NEGATIVE_INFINITY;
                default -> random.nextInt(11) - 5;
              });
    }
  }

  private void addInfos(String instance, String job) {
    for (String name : List.of("target_info", "build_info")) {
      String label = name.equals("target_info") ? "data" : "version";
      int versions = random.nextInt(3);
      for (int version = 0; version < versions; version++) {
        // Never two samples of one time: that would fail the query.
        add(
            Labels.of("__name__", name, "instance", instance, "job", job, label, "v" + version),
            1 + version,
            before -> 1);
      }
    }
  }

  private interface Next {
    double after(double before);
  }

  private void add(Labels labels, long offsetMs, Next next) {
    List<Point> points = new ArrayList<>();
    double value = 0;
    long time = offsetMs + 15_000L * random.nextInt(20);
    while (time <= SPAN_MS) {
      value = next.after(value);
      points.add(new Point(time, value));
      if (random.nextInt(25) == 0) {
        time += 15_000;
        points.add(new Point(time, Double.longBitsToDouble(STALE_BITS)));
      }
      time += random.nextInt(15) == 0 ? 60_000L * random.nextInt(9) + 15_000 : 30_000;
    }
    series.put(labels, points);
  }
}
