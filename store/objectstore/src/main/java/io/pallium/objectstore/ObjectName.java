package io.pallium.objectstore;

/// The rule for names of objects, the same for every store: 1 to 512 of `A-Z a-z 0-9` and ``! - _ .
/// * ' ( ) = , @ + : $ & ~ %``, in parts divided by `/`. A part has 1 to 200 characters and is
///   neither `.` nor `..`. No name is a folder of another: with `a/b` there is no `a`.
///
/// All of it is ASCII, so that every store has the same order of names.
public final class ObjectName {
  private static final int MAX_LENGTH = 512;
  private static final int MAX_PART_LENGTH = 200;
  private static final String MARKS = "!-_.*'()=,@+:$&~%";

  private ObjectName() {}

  /// @return the name
  /// @throws StoreException if it is none, and what is wrong with it
  public static String require(String name) {
    if (name.isEmpty() || name.length() > MAX_LENGTH) {
      throw invalid(name, "must have 1 to " + MAX_LENGTH + " characters, has " + name.length());
    }
    for (String part : name.split("/", -1)) {
      requirePart(name, part);
    }
    return name;
  }

  /// Whether the text can be the name of an object. Buckets that others write to have names that
  /// cannot.
  public static boolean isLegal(String name) {
    try {
      require(name);
      return true;
    } catch (StoreException _) {
      return false;
    }
  }

  private static void requirePart(String name, String part) {
    if (part.isEmpty() || part.equals(".") || part.equals("..")) {
      throw invalid(name, "has a part \"" + part + "\"");
    }
    if (part.length() > MAX_PART_LENGTH) {
      throw invalid(
          name, "has a part of " + part.length() + " characters, at most " + MAX_PART_LENGTH);
    }
    for (int i = 0; i < part.length(); i++) {
      if (!isAllowed(part.charAt(i))) {
        throw invalid(
            name,
            "has U+%04X; allowed are A-Z a-z 0-9 / %s".formatted((int) part.charAt(i), MARKS));
      }
    }
  }

  private static boolean isAllowed(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || MARKS.indexOf(c) >= 0;
  }

  private static StoreException invalid(String name, String why) {
    return new StoreException(StoreException.Kind.INVALID, "object name \"" + name + "\" " + why);
  }
}
