package io.pallium.base.lifecycle;

/// Where a service is in its life. It only moves forward:
///
/// ```
/// NEW ──▶ STARTING ──▶ RUNNING ──▶ STOPPING ──▶ TERMINATED
///  │          │           │           │             ▲
///  │          └───────────┴───────────┴──▶ FAILED   │
///  └────────────────────────────────────────────────┘
/// ```
public enum ServiceState {
  /// Built, not started.
  NEW,
  /// Its `start` runs.
  STARTING,
  /// It can be used.
  RUNNING,
  /// Its `stop` runs.
  STOPPING,
  /// It stopped cleanly, or was stopped before it was ever started. Final.
  TERMINATED,
  /// It did not start, broke down, or did not stop cleanly. Final.
  FAILED;

  /// Whether a service in this state may go to `next` directly.
  public boolean mayBecome(ServiceState next) {
    return switch (this) {
      case NEW -> next == STARTING || next == TERMINATED;
      case STARTING -> next == RUNNING || next == FAILED;
      case RUNNING -> next == STOPPING || next == FAILED;
      case STOPPING -> next == TERMINATED || next == FAILED;
      case TERMINATED, FAILED -> false;
    };
  }
}
