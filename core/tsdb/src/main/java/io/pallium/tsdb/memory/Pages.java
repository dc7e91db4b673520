package io.pallium.tsdb.memory;

/// The size of the pages that columns consist of.
public final class Pages {
  /// A slot's page is `slot >>> SHIFT`.
  public static final int SHIFT = 12;

  /// The slots per page.
  public static final int SLOTS = 1 << SHIFT;

  /// A slot's place in its page is `slot & MASK`.
  public static final int MASK = SLOTS - 1;

  private Pages() {}
}
