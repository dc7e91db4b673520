package io.pallium.promql.script;

import io.pallium.model.Labels;
import java.util.List;
import java.util.Map;

/// One command of a script.
sealed interface ScriptCommand {
  /// Where it stands, from 1.
  int line();

  /// `clear`: forgets all data.
  record Clear(int line) implements ScriptCommand {}

  /// `load`: adds series.
  ///
  /// @param stepMs the distance of their values
  /// @param hasCustomHistograms whether classic histograms are loaded as native ones too
  /// @param series each series once, in the order of the text
  record Load(int line, long stepMs, boolean hasCustomHistograms, Map<Labels, LoadedSeries> series)
      implements ScriptCommand {}

  /// The values of a series and, unless there are none, their start timestamps relative to their
  /// own times in milliseconds, [StartTimeNotation#NONE] where none is given.
  record LoadedSeries(List<SequenceValue> values, long[] startOffsetsMs) {}

  /// `eval`: asks and compares.
  record Eval(int line, Question question, Expectation expected) implements ScriptCommand {}

  /// What an `eval` asks.
  ///
  /// @param query the expression
  /// @param isRange whether it is a range query
  /// @param startMs the time of an instant query, or the first step
  /// @param endMs the last step; the time of an instant query
  /// @param stepMs the distance of steps; 0 for an instant query
  record Question(String query, boolean isRange, long startMs, long endMs, long stepMs) {}

  /// A command that is not in the language.
  ///
  /// @param text the command
  /// @param reason what is wrong with it
  record Broken(int line, String text, String reason) implements ScriptCommand {}
}
