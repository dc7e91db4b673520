package io.pallium.objectstore.layer;

import io.pallium.objectstore.ListRequest;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectName;
import io.pallium.objectstore.ObjectPage;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.StoreException;
import java.util.List;
import java.util.Optional;

/// The part of a store below one folder, as if there were nothing else: what one tenant sees.
/// Closing it does not close the store.
public final class PrefixedStore extends LayeredStore {
  private final String prefix;

  /// @param folder a legal name, without `/` at its end
  public PrefixedStore(ObjectStore inner, String folder) {
    super(inner);
    this.prefix = ObjectName.require(folder) + "/";
  }

  @Override
  public Optional<String> put(String name, ObjectContent content, PutCondition condition) {
    return inner.put(full(name), content, condition);
  }

  @Override
  public ObjectRange read(String name, long offset, int maxBytes) {
    return inner.read(full(name), offset, maxBytes);
  }

  @Override
  public ObjectPage list(ListRequest request) {
    ObjectPage page =
        inner.list(
            new ListRequest(
                prefix + request.prefix(),
                request.isShallow(),
                request.cursor(),
                request.maxEntries()));
    List<ObjectAttributes> objects = page.objects().stream().map(this::shortened).toList();
    List<String> folders = page.folders().stream().map(this::shortened).toList();
    return new ObjectPage(objects, folders, page.nextCursor());
  }

  @Override
  public void delete(String name) {
    inner.delete(full(name));
  }

  @Override
  public Optional<ObjectAttributes> attributes(String name) {
    return inner.attributes(full(name)).map(this::shortened);
  }

  /// A name that is legal only behind the prefix must not lead out of the folder.
  private String full(String name) {
    return prefix + ObjectName.require(name);
  }

  private ObjectAttributes shortened(ObjectAttributes attributes) {
    return new ObjectAttributes(
        shortened(attributes.name()),
        attributes.lengthBytes(),
        attributes.modifiedMs(),
        attributes.version());
  }

  private String shortened(String name) {
    if (!name.startsWith(prefix)) {
      throw new StoreException(
          StoreException.Kind.CORRUPT, "a listing of \"" + prefix + "\" has \"" + name + "\"");
    }
    return name.substring(prefix.length());
  }
}
