package io.pallium.tsdb.head;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// One writes to a new series, another reads it.
@JCStressTest
@Description("Readers see what was written up to some moment: never the later without the earlier.")
@Outcome(id = "[0-5]", expect = Expect.ACCEPTABLE, desc = "A prefix of what was written.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Something else.")
@State
public class ReaderAndWriterStress {
  private static final StressedHead HEAD = new StressedHead();

  private final long startMs = HEAD.newSeries();

  /// Closes a chunk with every second sample, which then goes to a file.
  @Actor
  public void write() {
    for (int place = 0; place < 5; place++) {
      HEAD.write(startMs, place);
    }
  }

  @Actor
  public void read(I_Result result) {
    result.r1 = HEAD.read(startMs);
  }
}
