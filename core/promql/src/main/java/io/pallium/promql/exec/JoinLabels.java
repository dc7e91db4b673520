package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.promql.ast.VectorMatching;
import io.pallium.promql.ast.VectorMatching.Cardinality;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The labels of what a join gives: those of the many side, some of them taken from the one side.
/// Confined to one thread.
final class JoinLabels {
  private final @Nullable LabelProjection metadata;
  private final @Nullable LabelProjection matched;
  private final List<LabelEdit> included;

  /// @param dropsName whether the result is another metric
  JoinLabels(VectorMatching matching, boolean dropsName) {
    this.metadata = dropsName ? LabelProjection.droppingMetadata() : null;
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
    Labels labels = metadata == null ? many : metadata.apply(many);
    labels = matched == null ? labels : matched.apply(labels);
    for (LabelEdit label : included) {
      labels = label.copy(labels, one);
    }
    return labels;
  }
}
