package io.pallium.base.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ServiceStateTest {

  @Test
  void everyTransitionIsAsInTheTable() {
    String table =
        Stream.of(ServiceState.values())
            .map(ServiceStateTest::row)
            .collect(Collectors.joining("\n"));

    assertThat(table)
        .isEqualTo(
            """
            NEW: STARTING TERMINATED
            STARTING: RUNNING FAILED
            RUNNING: STOPPING FAILED
            STOPPING: TERMINATED FAILED
            TERMINATED:
            FAILED:""");
  }

  private static String row(ServiceState from) {
    return Stream.of(ServiceState.values())
        .filter(from::mayBecome)
        .map(to -> " " + to)
        .collect(Collectors.joining("", from + ":", ""));
  }
}
