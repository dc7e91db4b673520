package io.pallium.promql;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.promql.ast.AggregateOp;
import io.pallium.promql.ast.FunctionSignature;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.parse.Functions;
import io.pallium.storage.MemoryQueryable;
import io.pallium.storage.QueryControl;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever the parser knows can be evaluated.
class EveryFunctionTest {
  private static final long END_MS = 600_000;

  static Stream<String> calls() {
    Stream<String> functions = Functions.all().stream().map(EveryFunctionTest::call);
    Stream<String> aggregations =
        Stream.of(AggregateOp.values())
            .map(
                op ->
                    switch (op) {
                      case COUNT_VALUES -> "count_values(\"v\", m)";
                      default -> op.text() + (op.hasParam() ? "(0.5, m)" : "(m)");
                    });
    return Stream.concat(functions, aggregations);
  }

  @ParameterizedTest
  @MethodSource("calls")
  void isEvaluated(String call) {
    MemoryQueryable data = new MemoryQueryable();
    for (long time = 0; time <= END_MS; time += 60_000) {
      data.add(Labels.of("__name__", "m", "le", "+Inf"), time, time / 1000.0);
    }
    var engine = new QueryEngine(EngineConfig.defaults(), Features.ALL, Runnable::run);

    try (QueryResult result =
        engine.range(
            data,
            TenantId.ANONYMOUS,
            call,
            0,
            END_MS,
            60_000,
            QueryOptions.DEFAULT,
            QueryControl.unlimited())) {
      assertThat(result.type()).isEqualTo(ValueType.MATRIX);
    }
  }

  private static String call(FunctionSignature function) {
    List<String> args = new ArrayList<>();
    for (ValueType type : function.argTypes()) {
      args.add(
          switch (type) {
            case VECTOR -> args.isEmpty() || !function.name().equals("info") ? "m" : "{le=~\".*\"}";
            case MATRIX -> "m[5m]";
            case SCALAR -> "0." + (args.size() + 1);
            case STRING -> "\"x\"";
            case NONE -> throw new AssertionError("BUG: an argument without a type");
          });
    }
    return function.name() + "(" + String.join(", ", args) + ")";
  }
}
