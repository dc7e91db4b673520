package io.pallium.tsdb.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.Labels;
import org.junit.jupiter.api.Test;

class SeriesShardTest {
  private final SeriesShard shard = new SeriesShard();

  @Test
  void hashesAreThoseOfPrometheus() {
    assertThat(shard.hash(Labels.EMPTY)).isEqualTo(0xef46db3751d8e999L);
    assertThat(shard.hash(Labels.of("hello", "world"))).isEqualTo(0x347c8ee7a9e29708L);
    assertThat(shard.hash(Labels.of("__name__", "metric", "label", "value")))
        .isEqualTo(0xcbab40540f26097dL);
    assertThat(shard.of(Labels.of("hello", "x".repeat(1000)), 4)).isBetween(0, 3);
  }

  @Test
  void hashIsUnsigned() {
    assertThat(shard.of(Labels.EMPTY, 10))
        .isEqualTo((int) Long.remainderUnsigned(0xef46db3751d8e999L, 10));
    assertThat(SeriesShard.name(0, 4)).isEqualTo("1_of_4");
  }
}
