package io.pallium.tsdb;

import io.pallium.base.UnavailableException;
import io.pallium.model.TenantId;

/// The store that blocks are copied to and read from, as a database knows it. What was shipped to
/// one store must not be taken for being in another: a database remembers the id with it.
///
/// @param id of the store; empty of one that has none yet
/// @param location where it is, for people
/// @param forgottenId the id of a store that is not used any more: what was shipped there counts as
///   not shipped; empty for none
/// @param isShippedTo whether blocks are copied there: until then they stay as they are
public record LongTermStore(String id, String location, String forgottenId, boolean isShippedTo) {
  /// There is none, and it is not asked what was shipped.
  public static final LongTermStore NONE = new LongTermStore("", "", "", false);

  /// Whether what was shipped lies in this store.
  ///
  /// @return false if it lies in one that is to be forgotten
  /// @throws UnavailableException if it lies in another one
  boolean isSame(TenantId tenant, ShippedFile shipped) {
    String other = shipped.storeId();
    if (other.isEmpty() || other.equals(id) || equals(NONE)) {
      return true;
    }
    if (other.equals(forgottenId)) {
      return false;
    }
    throw new UnavailableException(
        ("blocks of tenant %s were shipped to store %s (%s), and storage names %s (%s): name the"
                + " former one again, or copy all of it with `pallium tool store copy` into one that"
                + " is empty, or set storage.forgotten_store=%s to go on without what only that one"
                + " has")
            .formatted(
                tenant,
                other,
                shipped.storeLocation(),
                id.isEmpty() ? "one that nothing was shipped to" : "store " + id,
                location,
                other));
  }
}
