package io.pallium.objectstore;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/// Walks over a listing and fetches its pages.
final class ObjectIterator implements Iterator<ObjectAttributes> {
  private final ObjectStore store;
  private ListRequest next;
  private boolean isLast;
  private Iterator<ObjectAttributes> page = List.<ObjectAttributes>of().iterator();

  ObjectIterator(ObjectStore store, String prefix) {
    this.store = store;
    this.next = ListRequest.all(prefix);
  }

  @Override
  public boolean hasNext() {
    while (!page.hasNext() && !isLast) {
      ObjectPage fetched = store.list(next);
      page = fetched.objects().iterator();
      isLast = fetched.isLast();
      next = next.at(fetched.nextCursor());
    }
    return page.hasNext();
  }

  @Override
  public ObjectAttributes next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return page.next();
  }
}
