package io.pallium.promql.plan;

import io.pallium.base.HotPath;

/// Parts of dates in UTC from seconds since the epoch, over the whole range of such a number, as
/// Go's `time` gives them: values that are no number or too large are the smallest number of
/// seconds, which lies in a year after 292 billion.
///
/// Days are counted from the first of March of a year that is a multiple of 400, so that leap days
/// come last.
///
/// Source: Neri and Schneider, Euclidean affine functions and their application to calendar
/// algorithms, 2022 (the idea of the shifted year).
@HotPath
final class GoCalendar {
  private static final long SECONDS_PER_DAY = 86_400;
  private static final long DAYS_PER_400_YEARS = 146_097;
  private static final long ZERO_YEAR = -292_277_022_400L;

  /// From the first of March of [#ZERO_YEAR] to the epoch.
  private static final long ZERO_TO_EPOCH_SECONDS =
      (-ZERO_YEAR / 400 * DAYS_PER_400_YEARS + 719_468) * SECONDS_PER_DAY;

  /// Days before each month of a year that begins in March.
  private static final int[] MONTH_STARTS = {0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337};

  private static final int JANUARY = 10;

  private GoCalendar() {}

  static double minute(double seconds) {
    return secondOfDay(seconds) / 60 % 60;
  }

  static double hour(double seconds) {
    return secondOfDay(seconds) / 3_600;
  }

  /// From 0 for Sunday.
  static double dayOfWeek(double seconds) {
    // The first of March of a year that is a multiple of 400 is a Wednesday.
    return Long.remainderUnsigned(days(seconds) + 3, 7);
  }

  static double dayOfMonth(double seconds) {
    int day = dayOfShiftedYear(seconds);
    return day - MONTH_STARTS[shiftedMonth(day)] + 1;
  }

  static double daysInMonth(double seconds) {
    int month = shiftedMonth(dayOfShiftedYear(seconds));
    if (month == MONTH_STARTS.length - 1) {
      return isLeap(year(days(seconds))) ? 29 : 28;
    }
    return MONTH_STARTS[month + 1] - MONTH_STARTS[month];
  }

  static double dayOfYear(double seconds) {
    int day = dayOfShiftedYear(seconds);
    if (shiftedMonth(day) >= JANUARY) {
      return day - MONTH_STARTS[JANUARY] + 1;
    }
    return day + (isLeap(year(days(seconds))) ? 60 : 59) + 1;
  }

  static double month(double seconds) {
    int month = shiftedMonth(dayOfShiftedYear(seconds));
    return month >= JANUARY ? month - JANUARY + 1 : month + 3;
  }

  static double year(double seconds) {
    return year(days(seconds));
  }

  private static long year(long days) {
    long inCycle = days % DAYS_PER_400_YEARS;
    long shifted = ZERO_YEAR + days / DAYS_PER_400_YEARS * 400 + yearOfCycle(inCycle);
    return shiftedMonth(dayOfCycleYear(inCycle)) >= JANUARY ? shifted + 1 : shifted;
  }

  private static boolean isLeap(long year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  }

  private static int dayOfShiftedYear(double seconds) {
    return dayOfCycleYear(days(seconds) % DAYS_PER_400_YEARS);
  }

  private static long yearOfCycle(long dayOfCycle) {
    return (dayOfCycle - dayOfCycle / 1_460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365;
  }

  private static int dayOfCycleYear(long dayOfCycle) {
    long year = yearOfCycle(dayOfCycle);
    return (int) (dayOfCycle - (365 * year + year / 4 - year / 100));
  }

  private static int shiftedMonth(int dayOfShiftedYear) {
    return (5 * dayOfShiftedYear + 2) / 153;
  }

  private static long days(double seconds) {
    return Long.divideUnsigned(sinceZero(seconds), SECONDS_PER_DAY);
  }

  private static long secondOfDay(double seconds) {
    return Long.remainderUnsigned(sinceZero(seconds), SECONDS_PER_DAY);
  }

  /// An unsigned number of seconds; wraps around at its end, as in Go.
  private static long sinceZero(double seconds) {
    boolean isInRange = seconds >= -0x1p63 && seconds < 0x1p63;
    return (isInRange ? (long) seconds : Long.MIN_VALUE) + ZERO_TO_EPOCH_SECONDS;
  }
}
