package io.pallium.tsdb.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.PalliumException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Several lives of something that keeps data in files, on the model of the page cache. Each ends
/// at a random change of the files, be it in the middle of recovery, by a crash of the machine or
/// of the process alone; the last one is not disturbed. Confined.
public abstract class CrashScenario {
  private static final int LIVES = 4;
  private static final int UNFORCED_SEEDS = 50;

  protected final Random random;

  /// Whether what is acknowledged is forced; without, losses must be found.
  protected final boolean isForced;

  /// What has gone wrong, empty if nothing has.
  protected final List<String> problems = new ArrayList<>();

  /// The files of this life.
  protected SimulatedFiles files;

  /// The number of this life, from 0.
  protected int life;

  /// Makes a scenario whose choices depend on the seed.
  public interface Factory {
    CrashScenario create(long seed, boolean isForced);
  }

  protected CrashScenario(long seed, boolean isForced) {
    this.random = new Random(seed);
    this.isForced = isForced;
    this.files = new SimulatedFiles(seed);
  }

  /// Opens what is on the files, checks that it holds what earlier lives were told, and writes more
  /// unless this is the last life. May be ended anywhere by an exception; the last one must not.
  protected abstract void live(boolean isLast);

  /// Fails if a scenario of one of the seeds from 0 finds a problem.
  public static void assertNothingIsLost(int seeds, Factory factory) {
    for (int seed = 0; seed < seeds; seed++) {
      assertThat(factory.create(seed, true).run()).as("seed %d", seed).isEmpty();
    }
  }

  /// Fails if the scenarios are blind: unless they find losses where nothing is forced.
  public static void assertFindsLossWhenNothingIsForced(Factory factory) {
    int losses = 0;
    for (int seed = 0; seed < UNFORCED_SEEDS; seed++) {
      losses += factory.create(seed, false).run().isEmpty() ? 0 : 1;
    }

    assertThat(losses).isPositive();
  }

  private List<String> run() {
    for (life = 0; life <= LIVES && problems.isEmpty(); life++) {
      boolean isLast = life == LIVES;
      if (random.nextInt(3) == 0) {
        files.withShortWrites();
      }
      files.crashAtChange(isLast ? Long.MAX_VALUE : 1 + random.nextInt(150));
      try {
        live(isLast);
      } catch (PalliumException crashed) {
        if (isLast) {
          problems.add("cannot be opened: " + crashed);
        }
      }
      files.setForceFails(false);
      files = random.nextInt(3) == 0 ? files.restartProcess() : files.restart();
    }
    return problems;
  }
}
