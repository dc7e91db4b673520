package io.pallium.server.api;

import io.pallium.model.LabelMatcher;
import io.pallium.promql.ast.AggregateExpr;
import io.pallium.promql.ast.BinaryExpr;
import io.pallium.promql.ast.Call;
import io.pallium.promql.ast.DurationExpr;
import io.pallium.promql.ast.DurationOperand;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.FunctionSignature;
import io.pallium.promql.ast.MatrixSelector;
import io.pallium.promql.ast.NumberLiteral;
import io.pallium.promql.ast.ParenExpr;
import io.pallium.promql.ast.StringLiteral;
import io.pallium.promql.ast.SubqueryExpr;
import io.pallium.promql.ast.TimeModifiers;
import io.pallium.promql.ast.UnaryExpr;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.ast.VectorMatching;
import io.pallium.promql.ast.VectorSelector;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// An expression as the tree that Prometheus's `parse_query` answers with: an object per node, with
/// its `type` and what it consists of, durations in milliseconds. Only the nodes around the one
/// that is written exist at a time.
final class ExprJson {
  /// An object. Its values are expressions, nodes, lists, texts, whole numbers, numbers, truth
  /// values, durations or nothing.
  private static final class Node {
    private final Map<String, @Nullable Object> fields = new TreeMap<>();

    Node(String type) {
      with("type", type);
    }

    private Node() {}

    Node with(String name, @Nullable Object value) {
      fields.put(name, value);
      return this;
    }
  }

  /// A number that is written as text, in plain decimals.
  private record Decimal(double value) {}

  private ExprJson() {}

  static void write(JsonOutput json, Expr expr) throws IOException {
    writeValue(json, expr);
  }

  private static Node node(Expr expr) {
    return switch (expr) {
      case AggregateExpr a ->
          new Node("aggregation")
              .with("op", a.op().text())
              .with("expr", a.expr())
              .with("param", a.param())
              .with("grouping", a.grouping())
              .with("without", a.without());
      case BinaryExpr b ->
          new Node("binaryExpr")
              .with("op", b.op().symbol())
              .with("lhs", b.lhs())
              .with("rhs", b.rhs())
              .with("matching", b.matching() == null ? null : matching(b.matching()))
              .with("bool", b.returnBool());
      case Call c -> new Node("call").with("func", function(c.function())).with("args", c.args());
      case MatrixSelector m ->
          selector("matrixSelector", m.vector())
              .with("range", m.range())
              .with("rangeExpr", duration(m.rangeExpr()));
      case VectorSelector v -> selector("vectorSelector", v);
      case SubqueryExpr s ->
          modifiers(new Node("subquery"), s.modifiers())
              .with("expr", s.expr())
              .with("range", s.range())
              .with("rangeExpr", duration(s.rangeExpr()))
              .with("step", s.step())
              .with("stepExpr", duration(s.stepExpr()));
      case NumberLiteral n -> new Node("numberLiteral").with("val", new Decimal(n.value()));
      case StringLiteral s -> new Node("stringLiteral").with("val", s.value());
      case ParenExpr p -> new Node("parenExpr").with("expr", p.expr());
      case UnaryExpr u -> new Node("unaryExpr").with("op", u.op().symbol()).with("expr", u.expr());
    };
  }

  private static Node selector(String type, VectorSelector selector) {
    return modifiers(new Node(type), selector.modifiers())
        .with("name", selector.name())
        .with("matchers", selector.matchers().stream().map(ExprJson::matcher).toList())
        .with("anchored", selector.edges() == VectorSelector.Edges.ANCHORED)
        .with("smoothed", selector.edges() == VectorSelector.Edges.SMOOTHED);
  }

  private static Node modifiers(Node node, TimeModifiers modifiers) {
    TimeModifiers.Boundary boundary = modifiers.boundary();
    return node.with("offset", modifiers.originalOffset())
        .with("offsetExpr", duration(modifiers.originalOffsetExpr()))
        .with("timestamp", modifiers.timestampMs())
        .with("startOrEnd", boundary == null ? null : boundary.name().toLowerCase(Locale.ROOT));
  }

  private static Node matcher(LabelMatcher matcher) {
    return new Node()
        .with("name", matcher.name())
        .with("value", matcher.value())
        .with("type", matcher.type().text());
  }

  private static Node matching(VectorMatching matching) {
    return new Node()
        .with("card", matching.cardinality().text())
        .with("labels", matching.labels())
        .with("on", matching.on())
        .with("include", matching.include())
        .with(
            "fillValues",
            new Node().with("lhs", matching.fill().left()).with("rhs", matching.fill().right()));
  }

  private static Node function(FunctionSignature function) {
    return new Node()
        .with("name", function.name())
        .with("argTypes", function.argTypes().stream().map(ValueType::apiName).toList())
        .with("variadic", (long) function.variadic())
        .with("returnType", function.returnType().apiName());
  }

  private static @Nullable Node duration(@Nullable DurationOperand operand) {
    return switch (operand) {
      case null -> null;
      case NumberLiteral n ->
          new Node("numberLiteral")
              .with("val", new Decimal(n.value()))
              .with("duration", n.isDuration());
      case DurationExpr d ->
          new Node("durationExpr")
              .with("op", d.op().symbol())
              .with("lhs", duration(d.lhs()))
              .with("rhs", duration(d.rhs()))
              .with("wrapped", d.isWrapped());
    };
  }

  private static void writeValue(JsonOutput json, @Nullable Object value) throws IOException {
    switch (value) {
      case null -> json.raw("null");
      case Expr expr -> writeNode(json, node(expr));
      case Node node -> writeNode(json, node);
      case List<?> list -> writeList(json, list);
      case String text -> json.string(text);
      case Boolean truth -> json.raw(truth.toString());
      case Duration duration -> json.number(duration.toMillis());
      case Long number -> json.number(number);
      case Double number -> json.plainDouble(number);
      case Decimal decimal -> json.quotedPlainDecimal(decimal.value());
      default -> throw new AssertionError("BUG: no JSON for " + value.getClass());
    }
  }

  private static void writeNode(JsonOutput json, Node node) throws IOException {
    String separator = "{";
    for (Map.Entry<String, @Nullable Object> field : node.fields.entrySet()) {
      json.raw(separator).string(field.getKey()).raw(":");
      writeValue(json, field.getValue());
      separator = ",";
    }
    json.raw("}");
  }

  private static void writeList(JsonOutput json, List<?> list) throws IOException {
    json.raw("[");
    for (int i = 0; i < list.size(); i++) {
      if (i > 0) {
        json.comma();
      }
      writeValue(json, list.get(i));
    }
    json.raw("]");
  }
}
