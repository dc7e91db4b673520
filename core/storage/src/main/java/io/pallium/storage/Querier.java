package io.pallium.storage;

import io.pallium.model.LabelMatcher;
import java.util.List;

/// A view of one tenant's series within a time range. Confined to one thread, except for the
/// cursors of a [SeriesSet]; what it hands out is valid until it is closed.
public interface Querier extends AutoCloseable {
  /// The series that fulfil all matchers and can have a sample in the range of this view.
  ///
  /// @param hints what the asker is going to do; an implementation may ignore all but `isSorted`
  SeriesSet select(SelectHints hints, List<LabelMatcher> matchers);

  /// The names of labels of matching series, sorted in unsigned byte order.
  ///
  /// @param limit the most names to return; 0: all
  List<String> labelNames(List<LabelMatcher> matchers, int limit);

  /// The values that a label has in matching series, sorted in unsigned byte order.
  ///
  /// @param limit the most values to return; 0: all
  List<String> labelValues(String name, List<LabelMatcher> matchers, int limit);

  @Override
  void close();
}
