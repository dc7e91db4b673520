package io.pallium.testkit.naive;

import io.pallium.model.Labels;
import io.pallium.promql.ast.BinaryExpr;
import io.pallium.promql.ast.BinaryOp;
import io.pallium.promql.ast.VectorMatching;
import io.pallium.promql.ast.VectorMatching.Cardinality;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Operators between two instant vectors at one time: who meets whom, and with which labels.
///
/// Source: https://prometheus.io/docs/prometheus/latest/querying/operators/#vector-matching.
final class Matching {
  /// What an operator makes of two values, or nothing.
  interface Combination {
    Optional<Double> of(double left, double right);
  }

  private final BinaryExpr binary;
  private final VectorMatching matching;
  private final Combination combination;
  private final boolean isSwapped;
  private final Map<Labels, Double> result = new TreeMap<>();
  private final Set<Labels> matchedSignatures = new HashSet<>();
  private final Set<String> matchedResults = new HashSet<>();

  private Matching(BinaryExpr binary, VectorMatching matching, Combination combination) {
    this.binary = binary;
    this.matching = matching;
    this.combination = combination;
    this.isSwapped = matching.cardinality() == Cardinality.ONE_TO_MANY;
  }

  /// The result of arithmetic or a comparison.
  ///
  /// @throws IllegalArgumentException if the vectors do not match as they should
  static Map<Labels, Double> combine(
      BinaryExpr binary,
      VectorMatching matching,
      Map<Labels, Double> left,
      Map<Labels, Double> right,
      Combination combination) {
    var run = new Matching(binary, matching, combination);
    boolean canFill = !matching.fill().isEmpty();
    if ((left.isEmpty() || right.isEmpty()) && !canFill) {
      return Map.of();
    }
    run.combine(run.isSwapped ? right : left, run.isSwapped ? left : right);
    return run.result;
  }

  /// The result of `and`, `or` or `unless`.
  static Map<Labels, Double> set(
      BinaryOp op, VectorMatching matching, Map<Labels, Double> left, Map<Labels, Double> right) {
    Set<Labels> ofLeft = signatures(left, matching);
    Set<Labels> ofRight = signatures(right, matching);
    Map<Labels, Double> result = new TreeMap<>();
    left.forEach(
        (labels, value) -> {
          boolean isInBoth = ofRight.contains(signature(labels, matching));
          if (op == BinaryOp.OR || isInBoth == (op == BinaryOp.AND)) {
            NaiveEvaluator.putNew(result, labels, value);
          }
        });
    if (op == BinaryOp.OR) {
      right.forEach(
          (labels, value) -> {
            if (!ofLeft.contains(signature(labels, matching))) {
              NaiveEvaluator.putNew(result, labels, value);
            }
          });
    }
    return result;
  }

  private void combine(Map<Labels, Double> many, Map<Labels, Double> one) {
    Map<Labels, Labels> bySignature = new HashMap<>();
    one.forEach(
        (labels, value) -> {
          Labels signature = signature(labels, matching);
          Labels other = bySignature.put(signature, labels);
          if (other != null) {
            throw new IllegalArgumentException(
                "found duplicate series for the match group "
                    + signature
                    + " on the "
                    + (isSwapped ? "left" : "right")
                    + " hand-side of the operation: "
                    + Stream.of(labels, other).map(Labels::toString).sorted().toList()
                    + ";many-to-many matching not allowed: matching labels must be unique on one side");
          }
        });
    Double fillForOne = matching.fill().right();
    Double fillForMany = matching.fill().left();
    many.forEach(
        (labels, value) -> {
          Labels partner = bySignature.get(signature(labels, matching));
          if (partner != null) {
            add(labels, value, partner, Objects.requireNonNull(one.get(partner)));
          } else if (fillForOne != null) {
            add(labels, value, signature(labels, matching), fillForOne);
          }
        });
    if (fillForMany != null) {
      one.forEach(
          (labels, value) -> {
            Labels signature = signature(labels, matching);
            if (!matchedSignatures.contains(signature)) {
              add(signature, fillForMany, labels, value);
            }
          });
    }
  }

  private void add(Labels many, double manyValue, Labels one, double oneValue) {
    Labels signature = signature(many, matching);
    Labels labels = resultLabels(many, one);
    boolean isFirst = matchedSignatures.add(signature);
    if (matching.cardinality() == Cardinality.ONE_TO_ONE
        ? !isFirst
        : !matchedResults.add(signature + " " + labels)) {
      throw new IllegalArgumentException(
          matching.cardinality() == Cardinality.ONE_TO_ONE
              ? "multiple matches for labels: many-to-one matching must be explicit"
                  + " (group_left/group_right)"
              : "multiple matches for labels: grouping labels must ensure unique matches");
    }
    double left = isSwapped ? oneValue : manyValue;
    double right = isSwapped ? manyValue : oneValue;
    combination.of(left, right).ifPresent(value -> NaiveEvaluator.putNew(result, labels, value));
  }

  private Labels resultLabels(Labels many, Labels one) {
    Map<String, String> labels = many.toMap();
    if (binary.returnBool() || !binary.op().isComparison()) {
      labels.remove(Labels.METRIC_NAME);
    }
    if (matching.cardinality() == Cardinality.ONE_TO_ONE) {
      labels.keySet().removeIf(name -> matching.on() != matching.labels().contains(name));
    }
    for (String name : matching.include()) {
      String value = one.get(name);
      if (value == null) {
        labels.remove(name);
      } else {
        labels.put(name, value);
      }
    }
    return Labels.of(labels);
  }

  private static Set<Labels> signatures(Map<Labels, Double> vector, VectorMatching matching) {
    Set<Labels> signatures = new HashSet<>();
    vector.keySet().forEach(labels -> signatures.add(signature(labels, matching)));
    return signatures;
  }

  private static Labels signature(Labels labels, VectorMatching matching) {
    return NaiveEvaluator.group(labels, matching.labels(), !matching.on());
  }
}
