package io.pallium.objectstore;

/// When a put takes place.
public sealed interface PutCondition {
  PutCondition ALWAYS = new Always();
  PutCondition IF_ABSENT = new IfAbsent();

  /// Creates the object, or replaces the one that has its name.
  record Always() implements PutCondition {}

  /// Creates the object if nothing has its name.
  record IfAbsent() implements PutCondition {}

  /// Replaces the object if its version is still this one; needs [Capability#REPLACE_IF_UNCHANGED].
  record IfVersion(String version) implements PutCondition {}
}
