package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/// What may be stored under a name that one writer has for himself: the last version that is known
/// to be there, and those of later operations of which nobody knows whether they took place. Each
/// of these may yet take place, once; what an operation that succeeded found or did not find is
/// gone.
final class NameModel {
  static final int NOTHING = 0;

  private final String name;
  private int known = NOTHING;
  private final List<Integer> open = new ArrayList<>();

  /// Whether a listing can be told beforehand: not after an operation without an answer.
  private boolean isListingKnown = true;

  NameModel(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  /// An operation took place.
  ///
  /// @param version [#NOTHING] if it was a delete
  void succeeded(int version) {
    known = version;
    open.clear();
    isListingKnown = true;
  }

  /// Nobody knows whether an operation took place.
  void failed(int version) {
    open.add(version);
    isListingKnown = false;
  }

  /// This was seen.
  void seen(int version) {
    assertThat(possible()).as("%s: version seen", name).contains(version);
    if (version != known) {
      known = version;
      open.remove((Integer) version);
    }
  }

  /// A listing had the name, or not.
  void listed(boolean isListed) {
    if (isListingKnown) {
      assertThat(isListed)
          .as("%s: listed, with version %d", name, known)
          .isEqualTo(known != NOTHING);
    }
  }

  /// A condition was found not to hold.
  ///
  /// @param needed the version that would have fulfilled it
  void refused(int needed) {
    List<Integer> others = possible();
    others.removeIf(version -> version == needed);
    assertThat(others).as("%s: versions that are not %d", name, needed).isNotEmpty();
    if (others.size() == 1) {
      seen(others.getFirst());
    }
  }

  /// Whether this may be there.
  boolean isPossible(int version) {
    return possible().contains(version);
  }

  private List<Integer> possible() {
    List<Integer> possible = new ArrayList<>(open);
    possible.add(known);
    return possible;
  }

  @Override
  public String toString() {
    return name + ": " + known + ", perhaps " + open;
  }
}
