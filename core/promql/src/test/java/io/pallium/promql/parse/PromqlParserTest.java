package io.pallium.promql.parse;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.LabelMatcher;
import io.pallium.promql.ast.AggregateExpr;
import io.pallium.promql.ast.AggregateOp;
import io.pallium.promql.ast.BinaryExpr;
import io.pallium.promql.ast.Call;
import io.pallium.promql.ast.DurationExpressions;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.FunctionSignature;
import io.pallium.promql.ast.MatrixSelector;
import io.pallium.promql.ast.NumberLiteral;
import io.pallium.promql.ast.ParenExpr;
import io.pallium.promql.ast.PositionRange;
import io.pallium.promql.ast.StringLiteral;
import io.pallium.promql.ast.SubqueryExpr;
import io.pallium.promql.ast.TimeModifiers;
import io.pallium.promql.ast.UnaryExpr;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.ast.VectorMatching;
import io.pallium.promql.ast.VectorMatching.Cardinality;
import io.pallium.promql.ast.VectorMatching.FillValues;
import io.pallium.promql.ast.VectorSelector;
import io.pallium.promql.ast.VectorSelector.Edges;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class PromqlParserTest {
  @Test
  void numbersAreReadAsInGo() {
    assertThat(number("010")).isEqualTo(8);
    assertThat(number("08")).isEqualTo(8);
    assertThat(number("0X_1f")).isEqualTo(31);
    assertThat(number("1_000.25e-1")).isEqualTo(100.025);
    assertThat(number("9223372036854775808")).isEqualTo(0x1p63);
    assertThat(number("-iNf")).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(number("nan")).isNaN();
    assertThat(number("1d12h")).isEqualTo(129_600);
    assertThat(number("+1500ms")).isEqualTo(1.5);
  }

  @Test
  void stringsKeepBytesThatAreNotUtf8() {
    assertThat(parse("'a\"\\'\\x41\\101\\u00e9\\U0001f600\\n'"))
        .isEqualTo(new StringLiteral("a\"'AAé😀\n", new PositionRange(0, 32)));
    assertThat(parse("\"\\xc3\\xa9\\xff\""))
        .isEqualTo(new StringLiteral("é\udcff", new PositionRange(0, 14)));
    assertThat(parse("`a\\b\n`")).isEqualTo(new StringLiteral("a\\b\n", new PositionRange(0, 6)));
  }

  @Test
  void selectorHoldsMatchersInOrderAndTheNameLast() {
    VectorSelector selector =
        (VectorSelector) parse("foo{b!=\"x\",\"c.d\"=~'y.*'} offset 5m @ 1.5");

    assertThat(selector.name()).isEqualTo("foo");
    assertThat(selector.matchers())
        .containsExactly(
            LabelMatcher.of(LabelMatcher.Type.NOT_EQUAL, "b", "x"),
            LabelMatcher.of(LabelMatcher.Type.REGEX, "c.d", "y.*"),
            LabelMatcher.of(LabelMatcher.Type.EQUAL, "__name__", "foo"));
    assertThat(selector.modifiers())
        .isEqualTo(TimeModifiers.NONE.withOffset(Duration.ofMinutes(5)).at(1_500));
    assertThat(selector.position()).isEqualTo(new PositionRange(0, 40));
  }

  @Test
  void modifiersOfARangeBelongToItsSelector() {
    MatrixSelector matrix = (MatrixSelector) parse("foo[5m] smoothed @ end() offset -1s");

    assertThat(matrix.range()).isEqualTo(Duration.ofMinutes(5));
    assertThat(matrix.position()).isEqualTo(new PositionRange(0, 35));
    assertThat(matrix.vector().position()).isEqualTo(new PositionRange(0, 3));
    assertThat(matrix.vector().edges()).isEqualTo(Edges.SMOOTHED);
    assertThat(matrix.vector().modifiers())
        .isEqualTo(
            TimeModifiers.NONE.at(TimeModifiers.Boundary.END).withOffset(Duration.ofSeconds(-1)));
    assertThat(matrix.type()).isEqualTo(ValueType.MATRIX);
  }

  @Test
  void subqueryWithoutStepHasStepZero() {
    SubqueryExpr subquery = (SubqueryExpr) parse("rate(foo[1m])[30m:]");

    assertThat(subquery.range()).isEqualTo(Duration.ofMinutes(30));
    assertThat(subquery.step()).isZero();
    assertThat(subquery.stepExpr()).isNull();
    assertThat(subquery.position()).isEqualTo(new PositionRange(0, 19));
  }

  @Test
  void operatorsBindByPrecedence() {
    assertThat(shape("1 + 2 * 3 ^ 4 ^ 5 - 6")).isEqualTo("((1+(2*(3^(4^5))))-6)");
    assertThat(shape("-1 ^ 2")).isEqualTo("(-(1^2))");
    assertThat(shape("2 ^ -3 ^ 4 * 5")).isEqualTo("((2^(-(3^4)))*5)");
    assertThat(shape("a or b and c == d + e atan2 f")).isEqualTo("(aor(band(c==(d+(eatan2f)))))");
    assertThat(shape("a unless b or c >/ d")).isEqualTo("((aunlessb)or(c>/d))");
    assertThat(shape("-a offset 5m")).isEqualTo("(-a)");
  }

  @Test
  void matchingIsKeptOnlyBetweenVectors() {
    VectorMatching matching = matching("a * on(x) group_left(y, \"z z\") b");

    assertThat(matching)
        .isEqualTo(
            new VectorMatching(
                Cardinality.MANY_TO_ONE, true, List.of("x"), List.of("y", "z z"), FillValues.NONE));
    assertThat(matching("a and b"))
        .isEqualTo(
            new VectorMatching(
                Cardinality.MANY_TO_MANY, false, List.of(), List.of(), FillValues.NONE));
    assertThat(matching("a + fill_right(-1) fill_left(2) b").fill())
        .isEqualTo(new FillValues(2.0, -1.0));
    assertThat(((BinaryExpr) parse("a * 2")).matching()).isNull();
    assertThat(((BinaryExpr) parse("1 > bool 2")).type()).isEqualTo(ValueType.SCALAR);
  }

  @Test
  void aggregationTakesItsGroupingOnEitherSide() {
    for (String query : List.of("topk by (a, sum) (3, foo)", "topk(3, foo) by (a, sum,)")) {
      AggregateExpr aggregate = (AggregateExpr) parse(query);

      assertThat(aggregate.op()).isEqualTo(AggregateOp.TOPK);
      assertThat(aggregate.grouping()).containsExactly("a", "sum");
      assertThat(aggregate.without()).isFalse();
      assertThat(aggregate.param()).isInstanceOf(NumberLiteral.class);
      assertThat(aggregate.position()).isEqualTo(new PositionRange(0, query.length()));
    }
  }

  @Test
  void aggregationEndsAtItsOwnParenthesis() {
    Call call = (Call) parse("abs(sum(foo) )");

    assertThat(call.args().getFirst().position()).isEqualTo(new PositionRange(4, 12));
  }

  @Test
  void keywordsAreMetricNamesWhereNothingElseFits() {
    for (String name : List.of("sum", "by", "offset", "start", "step", "fill", "and", "smoothed")) {
      assertThat(((VectorSelector) parse(name)).name()).isEqualTo(name);
    }
  }

  @Test
  void infoTakesALabelSelector() {
    Call call = (Call) parse("info(foo, {})");

    assertThat(((VectorSelector) call.args().get(1)).isLabelSelector()).isTrue();
  }

  @Test
  void offsetEndsEarlyUnlessItBeginsWithAParenthesis() {
    assertThat(parse("foo offset 5m * 2")).isInstanceOf(BinaryExpr.class);
    assertThat(parse("foo offset -(5m) * 2")).isInstanceOf(BinaryExpr.class);
    assertThat(parse("foo offset (5m) * 2")).isInstanceOf(VectorSelector.class);
  }

  @Test
  void durationExpressionsResolveWithTheTimesOfTheQuery() {
    Expr expr = parse("sum_over_time(foo[step() * 2] offset -min_of(range(), 1m))");

    Call call = (Call) DurationExpressions.resolve(expr, 10_000, 40_000, 15_000);

    MatrixSelector matrix = (MatrixSelector) call.args().getFirst();
    assertThat(matrix.range()).isEqualTo(Duration.ofSeconds(30));
    assertThat(matrix.rangeExpr()).isNull();
    assertThat(matrix.vector().modifiers().originalOffset()).isEqualTo(Duration.ofSeconds(-30));
    assertThat(matrix.vector().modifiers().originalOffsetExpr()).isNull();
  }

  @Test
  void durationExpressionThatIsNotPositiveIsRefusedWhenResolved() {
    assertResolveFails("foo[5m:(1m - step())]", "8:19: duration must be greater than 0");
    assertResolveFails("foo[1m / (step() - 60)]", "4:21: division by zero");
    assertResolveFails("foo[(-8) ^ 0.5]", "4:14: duration is NaN or infinite");
    assertResolveFails("foo offset (1y ^ 2)", "12:18: duration is out of range");
  }

  @Test
  void functionsOfTheLanguageAreAllKnown() {
    assertThat(Functions.all()).hasSize(90);
    assertThat(Functions.find("rate"))
        .isEqualTo(
            new FunctionSignature("rate", List.of(ValueType.MATRIX), 0, ValueType.VECTOR, false));
    assertThat(Functions.find("RATE")).isNull();
  }

  @Test
  void metricSelectorMayMatchEverything() {
    assertThat(PromqlParser.parseMetricSelector("{}")).isEmpty();
    assertThat(PromqlParser.parseMetricSelector("sum{a=~\".*\"}"))
        .containsExactly(
            LabelMatcher.of(LabelMatcher.Type.REGEX, "a", ".*"),
            LabelMatcher.of(LabelMatcher.Type.EQUAL, "__name__", "sum"));
  }

  @Test
  void metricIsReadAsLabels() {
    assertThat(PromqlParser.parseMetric("foo{b=\"1\",\"a b\"='2',}").toMap())
        .containsExactly(Map.entry("__name__", "foo"), Map.entry("a b", "2"), Map.entry("b", "1"));
    assertThat(PromqlParser.parseMetric("{\"foo\"}").toMap()).containsEntry("__name__", "foo");
    assertThat(PromqlParser.parseMetric("").isEmpty()).isTrue();
  }

  private static void assertResolveFails(String query, String message) {
    Assertions.assertThatThrownBy(() -> DurationExpressions.resolve(parse(query), 0, 0, 60_000))
        .hasMessage(message);
  }

  private static Expr parse(String query) {
    return PromqlParser.parse(query, ParserOptions.ALL);
  }

  private static double number(String query) {
    return ((NumberLiteral) parse(query)).value();
  }

  private static VectorMatching matching(String query) {
    return Objects.requireNonNull(((BinaryExpr) parse(query)).matching());
  }

  private static String shape(String query) {
    return shape(parse(query));
  }

  private static String shape(Expr expr) {
    return switch (expr) {
      case BinaryExpr b -> "(" + shape(b.lhs()) + b.op().symbol() + shape(b.rhs()) + ")";
      case UnaryExpr u -> "(" + u.op().symbol() + shape(u.expr()) + ")";
      case ParenExpr p -> "[" + shape(p.expr()) + "]";
      case VectorSelector v -> v.name();
      default -> ExprPrinter.print(expr);
    };
  }
}
