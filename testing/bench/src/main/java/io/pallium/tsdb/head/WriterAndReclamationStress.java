package io.pallium.tsdb.head;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// The seconds before are cut, and their series' slots given away, while one writes a series anew.
@JCStressTest
@Description("A series that is made while others leave has what was written to it, and no more.")
@Outcome(id = "5", expect = Expect.ACCEPTABLE, desc = "All of it in the end.")
@Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "Cut by a later state.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Something is missing, or of another series.")
@State
public class WriterAndReclamationStress {
  private static final StressedHead HEAD = new StressedHead();

  private final long beforeMs;
  private final long startMs;

  /// A series that leaves.
  public WriterAndReclamationStress() {
    beforeMs = HEAD.newSeries();
    HEAD.write(beforeMs, 0);
    startMs = HEAD.newSeries();
  }

  @Actor
  public void write() {
    for (int place = 0; place < 5; place++) {
      HEAD.write(startMs, place);
    }
  }

  @Actor
  public void cut() {
    HEAD.cut(beforeMs);
  }

  /// When both are done.
  @Arbiter
  public void readLast(I_Result result) {
    result.r1 = HEAD.read(startMs);
  }
}
