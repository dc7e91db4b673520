package io.pallium.storage;

import io.pallium.model.Labels;

/// Series one after another. The set itself is confined to one thread; the cursors that it opens
/// are independent of its position and of each other, and each may be read by another thread.
public interface SeriesSet {
  /// A set without series.
  SeriesSet EMPTY =
      new SeriesSet() {
        @Override
        public boolean isSorted() {
          return true;
        }

        @Override
        public boolean next() {
          return false;
        }

        @Override
        public Labels labels() {
          throw new AssertionError("BUG: empty series set");
        }

        @Override
        public SampleCursor samples() {
          throw new AssertionError("BUG: empty series set");
        }
      };

  /// Whether series come in the order of [Labels#compareTo].
  boolean isSorted();

  /// Moves to the next series; no two have equal labels.
  ///
  /// @return whether there is one
  boolean next();

  /// The labels of the present series. Can cost a decoding: not to be called where they are not
  /// needed.
  Labels labels();

  /// A new cursor over the present series' samples, valid until the querier is closed.
  SampleCursor samples();
}
