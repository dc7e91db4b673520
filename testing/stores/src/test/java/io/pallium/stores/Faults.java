package io.pallium.stores;

import java.util.List;
import java.util.random.RandomGenerator;

/// Says what becomes of each request. Thread-safe.
interface Faults {
  Faults NONE = _ -> Fault.NONE;

  /// @param request the head of an HTTP request, the name of a gRPC method, or empty for a
  ///   connection
  Fault next(String request);

  /// Those of some kinds; instead of the others nothing happens.
  default Faults only(List<Fault> kinds) {
    return request -> {
      Fault fault = next(request);
      return kinds.contains(fault) ? fault : Fault.NONE;
    };
  }

  static Faults always(Fault fault) {
    return _ -> fault;
  }

  /// By chance: each of the faults as likely as the others.
  ///
  /// @param rate how many of all requests get one, 0 to 1
  static Faults random(RandomGenerator random, double rate, List<Fault> faults) {
    return _ -> {
      synchronized (random) {
        return random.nextDouble() < rate ? faults.get(random.nextInt(faults.size())) : Fault.NONE;
      }
    };
  }
}
