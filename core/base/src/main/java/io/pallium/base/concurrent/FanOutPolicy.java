package io.pallium.base.concurrent;

import java.time.Duration;

/// How many answers a [FanOut] needs, which calls it starts when, and how long it waits.
///
/// @param required how many targets must answer; `Integer.MAX_VALUE` for all of them
/// @param hedgeAfter zero to call all targets at once; else only as many as are required are called
///   at first, and one more whenever a call fails or this time passes without enough answers
/// @param timeout after this time without enough answers the fan-out fails and all calls are
///   cancelled
/// @param isRestCanceled whether calls still under way are cancelled once there are enough answers;
///   if not, they may run on until `timeout`
public record FanOutPolicy(
    int required, Duration hedgeAfter, Duration timeout, boolean isRestCanceled) {

  /// Checks that the numbers make sense.
  public FanOutPolicy {
    if (required < 1) {
      throw new IllegalArgumentException("required must be positive, was " + required);
    }
    if (hedgeAfter.isNegative()) {
      throw new IllegalArgumentException("hedge_after must not be negative, was " + hedgeAfter);
    }
  }

  /// All targets must answer: the first error cancels the others.
  public static FanOutPolicy all(Duration timeout) {
    return new FanOutPolicy(Integer.MAX_VALUE, Duration.ZERO, timeout, true);
  }

  /// All targets are called, `required` must answer, and the others get their time to finish: for
  /// writes to replicas.
  public static FanOutPolicy quorum(int required, Duration timeout) {
    return new FanOutPolicy(required, Duration.ZERO, timeout, false);
  }

  /// `required` targets are called, others only in place of failed or slow ones: for reads from
  /// replicas.
  public static FanOutPolicy hedged(int required, Duration hedgeAfter, Duration timeout) {
    return new FanOutPolicy(required, hedgeAfter, timeout, true);
  }
}
