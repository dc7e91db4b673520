package io.pallium.objectstore.lease;

import java.util.Optional;

/// Who alone may do something, for a while. What a lease protects must check its token: a holder
/// that was paused may still believe in a lease that another has by now.
public interface Leases {
  /// Takes a lease that nobody holds, or whose holder has not renewed it for its duration.
  ///
  /// @param name a legal object name
  /// @return empty if another holds it, or may: then ask again later
  Optional<Lease> tryAcquire(String name);

  /// A lease that is held, by whoever has this.
  interface Lease {
    /// Grows with every holder of this lease.
    long token();

    /// Holds it for the duration from now on.
    ///
    /// @return false if it was lost
    boolean renew();

    /// Lets another have it at once.
    void release();
  }
}
