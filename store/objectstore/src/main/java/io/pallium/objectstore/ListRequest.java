package io.pallium.objectstore;

/// A page of a listing that is asked for.
///
/// @param prefix what the names begin with; empty for all
/// @param isShallow whether names that have a `/` behind the prefix are not listed one by one, but
///   as the folder up to that `/`
/// @param cursor where to go on: what the page before said; empty for the first page
/// @param maxEntries 1 to [#MAX_ENTRIES]
public record ListRequest(String prefix, boolean isShallow, String cursor, int maxEntries) {
  /// What every store can put on one page.
  public static final int MAX_ENTRIES = 1000;

  public ListRequest {
    if (maxEntries < 1 || maxEntries > MAX_ENTRIES) {
      throw new StoreException(
          StoreException.Kind.INVALID,
          "a page of a listing has 1 to " + MAX_ENTRIES + " entries, asked for " + maxEntries);
    }
  }

  /// The first page of all names that begin with `prefix`.
  public static ListRequest all(String prefix) {
    return new ListRequest(prefix, false, "", MAX_ENTRIES);
  }

  /// The first page of the objects and folders right behind `prefix`.
  public static ListRequest shallow(String prefix) {
    return new ListRequest(prefix, true, "", MAX_ENTRIES);
  }

  /// The page behind the one that gave `nextCursor`.
  public ListRequest at(String nextCursor) {
    return new ListRequest(prefix, isShallow, nextCursor, maxEntries);
  }
}
