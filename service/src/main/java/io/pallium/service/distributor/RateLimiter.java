package io.pallium.service.distributor;

import io.pallium.base.LimitExceededException;
import io.pallium.base.clock.TimeSource;
import java.time.Duration;

/// A token bucket: holds up to the burst size, and fills at the rate. Both are given with each
/// call, so that a reload of limits takes hold at once. Thread-safe.
final class RateLimiter {
  private static final double NANOS_PER_SECOND = 1e9;

  private final TimeSource time;
  private double missing;
  private long lastNanos;

  /// Starts full.
  RateLimiter(TimeSource time) {
    this.time = time;
    this.lastNanos = time.nowNanos();
  }

  /// What fills a bucket, in words too.
  ///
  /// @param perSecond the tokens that come each second; 0: no limit
  /// @param burst the most tokens at once; 0: those of a second
  /// @param what the things that take a token each
  /// @param prefix of the keys in the configuration
  record Rate(double perSecond, long burst, String what, String prefix) {}

  /// Takes `count` tokens, or none.
  ///
  /// @throws LimitExceededException (rate kind) if there are too few, saying when there will be
  ///   enough, or that there never will since `count` is larger than the burst
  synchronized void take(long count, Rate limit) {
    double rate = limit.perSecond();
    if (rate <= 0) {
      return;
    }
    long nowNanos = time.nowNanos();
    missing = Math.max(0, missing - (nowNanos - lastNanos) / NANOS_PER_SECOND * rate);
    lastNanos = nowNanos;
    // A burst of 0 with a rate would let nothing through: it means a second's worth.
    double burst = limit.burst() > 0 ? limit.burst() : rate;
    double over = missing + count - burst;
    if (count > burst) {
      throw LimitExceededException.rate(
          "a request of "
              + count
              + " "
              + limit.what()
              + " is larger than the largest burst of "
              + number(burst)
              + " and can never pass: send smaller requests or raise "
              + limit.prefix()
              + (limit.burst() > 0 ? "ingestion_burst_size" : "ingestion_rate"),
          retryAfter(Math.min(over, missing), rate));
    }
    if (over > 0) {
      throw LimitExceededException.rate(
          "the ingestion rate limit of "
              + number(rate)
              + " per second with bursts of "
              + number(burst)
              + " is exceeded by a request of "
              + count
              + " "
              + limit.what()
              + " ("
              + limit.prefix()
              + "ingestion_rate, "
              + limit.prefix()
              + "ingestion_burst_size)",
          retryAfter(over, rate));
    }
    missing += count;
  }

  private static Duration retryAfter(double tokens, double rate) {
    return Duration.ofSeconds((long) Math.clamp(Math.ceil(tokens / rate), 1, 3600));
  }

  private static String number(double value) {
    return value == Math.rint(value) && value < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
