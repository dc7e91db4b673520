package io.pallium.objectstore;

/// What a store can do beyond what every store must.
public enum Capability {
  /// `put` takes [PutCondition.IfVersion]. Only leases ask for it.
  REPLACE_IF_UNCHANGED
}
