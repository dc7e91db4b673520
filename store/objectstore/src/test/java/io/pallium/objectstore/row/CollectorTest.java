package io.pallium.objectstore.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.clock.ManualTimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.Retries;
import io.pallium.objectstore.RetryConfig;
import io.pallium.objectstore.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class CollectorTest {
  private static final Duration GRACE = Duration.ofHours(2);

  private final MemoryRowStore rows = new MemoryRowStore();
  private final ManualTimeSource time = new ManualTimeSource(1_000_000);
  private final SegmentedObjectStore store =
      new SegmentedObjectStore(
          rows,
          new SegmentedConfig(DataSize.ofBytes(10), 4, GRACE),
          new Retries(RetryConfig.defaults()),
          time);
  private final Collector collector = store.collector();

  @Test
  void replacedVersionGoesAfterTheGrace() {
    String old = store.put("a/x", ObjectContent.of(new byte[35]));
    String now = store.put("a/x", ObjectContent.of(new byte[25]));

    assertThat(collector.run()).isZero();
    time.advance(GRACE.minusMillis(1));
    assertThat(collector.run()).isZero();
    assertThat(rows.uploadsWithSegments()).containsExactlyInAnyOrder(old, now);
    time.advance(Duration.ofMillis(1));
    assertThat(collector.run()).isOne();

    assertThat(rows.uploadsWithSegments()).containsExactly(now);
    assertThat(store.read("a/x", 0, 100).bytes()).hasSize(25);
  }

  @Test
  void deletedObjectLeavesNothing() {
    store.put("a/b/x", ObjectContent.of(new byte[35]));
    store.delete("a/b/x");

    for (int i = 0; i < 3; i++) {
      collector.run();
      time.advance(GRACE);
    }

    assertThat(rows.keys()).isEmpty();
    assertThat(rows.uploadsWithSegments()).isEmpty();
  }

  @Test
  void brokenOffUploadGoes() {
    ObjectContent tooShort =
        new ObjectContent() {
          @Override
          public long lengthBytes() {
            return 100;
          }

          @Override
          public InputStream open() throws IOException {
            return ObjectContent.of(new byte[60]).open();
          }
        };
    assertThatThrownBy(() -> store.put("a/x", tooShort)).isInstanceOf(StoreException.class);
    assertThat(rows.uploadsWithSegments()).hasSize(1);

    collector.run();
    time.advance(GRACE);
    collector.run();

    assertThat(rows.uploadsWithSegments()).isEmpty();
    assertThat(rows.keys()).isEmpty();
  }

  @Test
  void uploadThatTakesTooLongIsNotPublished() {
    ObjectContent slow =
        new ObjectContent() {
          @Override
          public long lengthBytes() {
            return 5;
          }

          @Override
          public InputStream open() throws IOException {
            time.advance(GRACE.dividedBy(2).plusMillis(1));
            return ObjectContent.of(new byte[5]).open();
          }
        };

    assertThatThrownBy(() -> store.put("a/x", slow)).hasMessageContaining("collect_after");

    assertThat(store.attributes("a/x")).isEmpty();
  }

  @Test
  void rangesFetchOnlyTheSegmentsThatTheyTouch() {
    byte[] content = new byte[95];
    String upload = store.put("a/x", ObjectContent.of(content));
    for (int index = 0; index < 10; index++) {
      if (index != 3 && index != 4) {
        rows.deleteSegment(upload, index);
      }
    }

    assertThat(store.read("a/x", 30, 20).bytes()).hasSize(20);
    assertThatThrownBy(() -> store.read("a/x", 30, 21))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("lacks a segment");
  }
}
