package io.pallium.tsdb.head;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A series is cut, dropped and its slot given away while it is read.
@JCStressTest
@Description("Who entered before a cut reads all of it, who comes later none of it.")
@Outcome(
    id = {"5", "-1"},
    expect = Expect.ACCEPTABLE,
    desc = "All or nothing.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A part, or what is not its own.")
@State
public class ReaderAndReclamationStress {
  private static final StressedHead HEAD = new StressedHead();

  private final long startMs;

  /// Two closed chunks and an open one.
  public ReaderAndReclamationStress() {
    startMs = HEAD.newSeries();
    for (int place = 0; place < 5; place++) {
      HEAD.write(startMs, place);
    }
  }

  @Actor
  public void cut() {
    HEAD.cut(startMs);
  }

  @Actor
  public void read(I_Result result) {
    result.r1 = HEAD.read(startMs);
  }
}
