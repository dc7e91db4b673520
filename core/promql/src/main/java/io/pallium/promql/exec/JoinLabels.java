package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.promql.ast.BinaryOp;
import io.pallium.promql.ast.VectorMatching;
import io.pallium.promql.ast.VectorMatching.Cardinality;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The labels of what a join gives: those of the many side, some of them taken from the one side.
/// Confined to one thread.
final class JoinLabels {
  private final boolean unmarks;
  private final @Nullable LabelProjection metadata;
  private final @Nullable LabelProjection marking;
  private final @Nullable LabelProjection matched;
  private final List<LabelEdit> included;

  /// @param op what the join computes
  /// @param returnBool whether a comparison gives 0 and 1
  /// @param isDelayed whether names are dropped when the query ends
  JoinLabels(VectorMatching matching, BinaryOp op, boolean returnBool, boolean isDelayed) {
    // Intended: with delayed removal, arithmetic drops names at once, and a comparison that filters
    // gives back those that its operand was going to lose, as in Prometheus.
    this.unmarks = isDelayed;
    boolean drops = op.givesOtherMetric() || returnBool && !isDelayed;
    this.metadata = drops ? LabelProjection.droppingMetadata() : null;
    this.marking = isDelayed && returnBool ? LabelProjection.removingNames(true) : null;
    boolean isOneToOne = matching.cardinality() == Cardinality.ONE_TO_ONE;
    this.matched = isOneToOne ? matched(matching) : null;
    this.included = matching.include().stream().map(LabelEdit::new).toList();
  }

  private static LabelProjection matched(VectorMatching matching) {
    return matching.on()
        ? LabelProjection.keeping(matching.labels())
        : LabelProjection.dropping(matching.labels());
  }

  /// Whether the one side has no part in them.
  boolean isOfManyAlone() {
    return included.isEmpty();
  }

  Labels of(Labels many, Labels one) {
    Labels labels = unmarks ? NameMark.remove(many) : many;
    labels = metadata == null ? labels : metadata.apply(labels);
    labels = matched == null ? labels : matched.apply(labels);
    for (LabelEdit label : included) {
      labels = label.copy(labels, one);
    }
    return marking == null ? labels : marking.apply(labels);
  }
}
