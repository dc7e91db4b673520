package io.pallium.objectstore;

import java.util.List;

/// A page of a listing. It may have fewer entries than were asked for, even none, and not be the
/// last.
///
/// @param objects in the order of their names
/// @param folders what shallow listings have in place of the objects in them: names up to and with
///   their `/`, in order
/// @param nextCursor the cursor of the next page; empty if this is the last
public record ObjectPage(List<ObjectAttributes> objects, List<String> folders, String nextCursor) {
  public ObjectPage {
    objects = List.copyOf(objects);
    folders = List.copyOf(folders);
  }

  /// Whether nothing comes after this page.
  public boolean isLast() {
    return nextCursor.isEmpty();
  }
}
