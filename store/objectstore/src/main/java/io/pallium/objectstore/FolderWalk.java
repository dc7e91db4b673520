package io.pallium.objectstore;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One page of a listing over folders that list their children in order: a walk in the order of
/// names, from the folder of the prefix on, that leaves out what cannot be on the page. The cursor
/// is the last name of the page before.
public final class FolderWalk {
  private final ListRequest request;
  private final Folders source;
  private final List<ObjectAttributes> objects = new ArrayList<>();
  private final List<String> folders = new ArrayList<>();
  private String last;

  /// Where children come from.
  @FunctionalInterface
  public interface Folders {
    /// The children of a folder in the order of their names.
    ///
    /// @param folder empty for the root, else with its `/`
    /// @param from a name in the folder: children before it may be left out
    Iterator<Child> children(String folder, String from);
  }

  /// An object or a folder in a folder.
  ///
  /// @param name in full; that of a folder ends with `/`
  /// @param attributes asked for only if the child is an object on the page
  public record Child(String name, Supplier<ObjectAttributes> attributes) {
    static Child folder(String name) {
      return new Child(
          name,
          () -> {
            throw new AssertionError("BUG: a folder has no attributes");
          });
    }

    boolean isFolder() {
      return name.endsWith("/");
    }
  }

  /// Children that are found one after the other.
  public abstract static class Children implements Iterator<Child> {
    private @Nullable Child next;

    /// @return null if there are no more
    protected abstract @Nullable Child find();

    @Override
    public final boolean hasNext() {
      if (next == null) {
        next = find();
      }
      return next != null;
    }

    @Override
    public final Child next() {
      if (!hasNext() || next == null) {
        throw new NoSuchElementException();
      }
      Child child = next;
      next = null;
      return child;
    }
  }

  private FolderWalk(ListRequest request, Folders source) {
    this.request = request;
    this.source = source;
    this.last = request.cursor();
  }

  public static ObjectPage page(ListRequest request, Folders source) {
    FolderWalk walk = new FolderWalk(request, source);
    String folder = request.prefix().substring(0, request.prefix().lastIndexOf('/') + 1);
    // What is no name of a folder must not become the path of one, and nothing lies there.
    boolean isFolder =
        folder.isEmpty() || ObjectName.isLegal(folder.substring(0, folder.length() - 1));
    boolean isWhole = !isFolder || walk.walk(folder);
    return new ObjectPage(walk.objects, walk.folders, isWhole ? "" : walk.last);
  }

  /// @return false if the page is full and there is more
  private boolean walk(String folder) {
    Iterator<Child> children = source.children(folder, from(folder));
    while (children.hasNext()) {
      Child child = children.next();
      if (isBehindPrefix(child.name)) {
        return true;
      }
      if (isOnPage(child)) {
        if (objects.size() + folders.size() == request.maxEntries()) {
          return false;
        }
        add(child);
      } else if (child.isFolder() && canHoldEntries(child.name) && !walk(child.name)) {
        return false;
      }
    }
    return true;
  }

  /// The first child that can matter: the one on the way to the cursor or to the prefix, whichever
  /// comes later.
  private String from(String folder) {
    String byCursor = childTowards(folder, request.cursor());
    String byPrefix = childTowards(folder, request.prefix());
    return byCursor.compareTo(byPrefix) > 0 ? byCursor : byPrefix;
  }

  private static String childTowards(String folder, String name) {
    if (!name.startsWith(folder)) {
      return folder;
    }
    int slash = name.indexOf('/', folder.length());
    return slash < 0 ? name : name.substring(0, slash + 1);
  }

  private boolean isBehindPrefix(String name) {
    return !name.startsWith(request.prefix())
        && !request.prefix().startsWith(name)
        && name.compareTo(request.prefix()) > 0;
  }

  private boolean isOnPage(Child child) {
    return child.name.startsWith(request.prefix())
        && child.name.compareTo(request.cursor()) > 0
        && (!child.isFolder() || isListedAsFolder(child.name));
  }

  private boolean canHoldEntries(String folder) {
    boolean isOnTheWay = request.prefix().startsWith(folder) || folder.startsWith(request.prefix());
    return isOnTheWay && !isListedAsFolder(folder);
  }

  private boolean isListedAsFolder(String folder) {
    return request.isShallow()
        && folder.startsWith(request.prefix())
        && folder.indexOf('/', request.prefix().length()) == folder.length() - 1;
  }

  private void add(Child child) {
    if (child.isFolder()) {
      folders.add(child.name);
    } else {
      objects.add(child.attributes.get());
    }
    last = child.name;
  }
}
