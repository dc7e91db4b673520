package io.pallium.server.tool;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Draws series as lines of text: time to the right, values upwards, a mark per series, and a
/// legend below.
final class TerminalGraph {
  private static final String MARKS = "*+ox#@%&=~";
  private static final int AXIS_WIDTH = 11;

  /// A line of the graph.
  ///
  /// @param name for the legend
  /// @param values at steps of equal distance; NaN where there is none
  record Line(String name, double[] values) {}

  private final int width;
  private final int height;

  /// @param width in characters, without the axis
  /// @param height in lines
  TerminalGraph(int width, int height) {
    this.width = width;
    this.height = height;
  }

  /// The lines of text from top to bottom.
  List<String> draw(List<Line> lines) {
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    for (Line line : lines) {
      for (double value : line.values) {
        if (Double.isFinite(value)) {
          min = Math.min(min, value);
          max = Math.max(max, value);
        }
      }
    }
    if (min > max) {
      return List.of("nothing to draw: no series has a finite value");
    }
    char[][] canvas = new char[height][width];
    for (char[] row : canvas) {
      Arrays.fill(row, ' ');
    }
    for (int i = 0; i < lines.size(); i++) {
      draw(lines.get(i).values, MARKS.charAt(i % MARKS.length()), canvas, min, max);
    }
    List<String> text = new ArrayList<>();
    for (int row = 0; row < height; row++) {
      double value = height == 1 ? max : max - (max - min) * row / (height - 1);
      text.add(axis(value) + " |" + new String(canvas[row]).stripTrailing());
    }
    text.add(" ".repeat(AXIS_WIDTH) + " +" + "-".repeat(width));
    for (int i = 0; i < lines.size(); i++) {
      text.add(
          " ".repeat(AXIS_WIDTH)
              + "  "
              + MARKS.charAt(i % MARKS.length())
              + " "
              + lines.get(i).name);
    }
    return text;
  }

  private void draw(double[] values, char mark, char[][] canvas, double min, double max) {
    for (int column = 0; column < width; column++) {
      int step =
          width == 1 ? 0 : (int) Math.round((double) column * (values.length - 1) / (width - 1));
      double value = step < values.length ? values[step] : Double.NaN;
      if (Double.isFinite(value)) {
        double share = max == min ? 0.5 : (value - min) / (max - min);
        canvas[(int) Math.round((1 - share) * (height - 1))][column] = mark;
      }
    }
  }

  private static String axis(double value) {
    String text = String.format(Locale.ROOT, "%.4g", value);
    return " ".repeat(Math.max(0, AXIS_WIDTH - text.length())) + text;
  }
}
