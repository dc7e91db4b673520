package io.pallium.cluster.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.BadRequestException;
import io.pallium.base.CorruptDataException;
import io.pallium.base.TenantMissingException;
import io.pallium.model.Exemplar;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.MetricType;
import io.pallium.model.TenantId;
import io.pallium.storage.Cardinality;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesExemplars;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class MessagesPropertyTest {
  private static final TenantId TENANT = new TenantId("team-a");
  private final QueryControl control = QueryControl.unlimited();

  @Property(tries = 200)
  void questionsComeBack(
      @ForAll long min,
      @ForAll long max,
      @ForAll long step,
      @ForAll boolean isSorted,
      @ForAll boolean isSeriesOnly,
      @ForAll LabelMatcher.Type type,
      @ForAll @StringLength(max = 30) String text,
      @ForAll int limit) {
    String value = type.ordinal() < 2 ? withoutSurrogates(text) : "a|b.*";
    List<LabelMatcher> matchers = List.of(LabelMatcher.of(type, "name é", value));
    SelectHints hints = new SelectHints(min + 1, max - 1, step, ~step, isSorted, isSeriesOnly);

    QueryMessages.Select select =
        QueryMessages.Select.decode(
            new QueryMessages.Select(TENANT, min, max, hints, matchers).encode());
    QueryMessages.LabelsQuestion question =
        QueryMessages.LabelsQuestion.decode(
            new QueryMessages.LabelsQuestion(TENANT, min, max, Optional.of(value), matchers, limit)
                .encode());

    assertThat(select.tenant()).isEqualTo(TENANT);
    assertThat(List.of(select.minTimeMs(), select.maxTimeMs())).isEqualTo(List.of(min, max));
    assertThat(select.hints()).isEqualTo(hints);
    assertThat(select.matchers().toString()).isEqualTo(matchers.toString());
    assertThat(question.name()).contains(value);
    assertThat(question.limit()).isEqualTo(limit);
    assertThat(question.matchers().toString()).isEqualTo(matchers.toString());
    List<List<LabelMatcher>> selectors = List.of(matchers, List.of(), matchers);
    QueryMessages.ExemplarsQuestion exemplars =
        QueryMessages.ExemplarsQuestion.decode(
            new QueryMessages.ExemplarsQuestion(TENANT, min, max, selectors).encode());
    assertThat(exemplars.tenant()).isEqualTo(TENANT);
    assertThat(List.of(exemplars.startMs(), exemplars.endMs())).isEqualTo(List.of(min, max));
    assertThat(exemplars.selectors().toString()).isEqualTo(selectors.toString());
    int length = limit & 0xffff;
    assertThat(
            QueryMessages.CardinalityQuestion.decode(
                new QueryMessages.CardinalityQuestion(TENANT, length).encode()))
        .isEqualTo(new QueryMessages.CardinalityQuestion(TENANT, length));
  }

  @Property(tries = 200)
  void answersComeBack(
      @ForAll @Size(max = 20) List<@StringLength(max = 20) String> texts, @ForAll MetricType type) {
    List<String> plain = texts.stream().map(MessagesPropertyTest::withoutSurrogates).toList();
    List<MetricMetadata> entries =
        plain.stream().map(text -> new MetricMetadata(text, type, text + "!", "s")).toList();

    assertThat(QueryMessages.strings(QueryMessages.strings(plain))).isEqualTo(plain);
    assertThat(QueryMessages.metadata(QueryMessages.metadata(entries))).isEqualTo(entries);
    List<SeriesExemplars> exemplars = exemplars(plain);
    assertThat(QueryMessages.exemplars(QueryMessages.exemplars(exemplars))).isEqualTo(exemplars);
    Cardinality cardinality = cardinality(plain);
    assertThat(QueryMessages.cardinality(QueryMessages.cardinality(cardinality)))
        .isEqualTo(cardinality);
  }

  private static List<SeriesExemplars> exemplars(List<String> texts) {
    List<SeriesExemplars> series = new ArrayList<>();
    for (String text : texts) {
      List<Exemplar> exemplars =
          List.of(
              new Exemplar(Labels.of("trace", text + "1"), text.hashCode() / 3.0, text.hashCode()),
              new Exemplar(Labels.EMPTY, Double.POSITIVE_INFINITY, Long.MAX_VALUE));
      series.add(new SeriesExemplars(Labels.of("__name__", "m" + text), exemplars));
    }
    return series;
  }

  private static Cardinality cardinality(List<String> texts) {
    List<Cardinality.Entry> entries =
        texts.stream().map(text -> new Cardinality.Entry(text, text.hashCode())).toList();
    return new Cardinality(
        1, 2, texts.size(), Long.MIN_VALUE, Long.MAX_VALUE, entries, List.of(), entries, entries);
  }

  @Property(tries = 50)
  void seriesComeBack(
      @ForAll @Size(min = 1, max = 8) List<@IntRange(max = 9_000) Integer> sampleCounts,
      @ForAll long seed) {
    Random random = new Random(seed);
    List<byte[]> messages = new ArrayList<>();
    SeriesWriter writer = new SeriesWriter(messages::add);
    List<String> expected = new ArrayList<>();
    for (int s = 0; s < sampleCounts.size(); s++) {
      SampleColumn column = new SampleColumn(control);
      long time = random.nextLong() >> 2;
      for (int i = 0; i < sampleCounts.get(s); i++) {
        time += 1 + random.nextInt(100_000);
        if (random.nextInt(10) == 0) {
          column.add(time, Samples.histogram(random.nextInt(1000)));
        } else {
          column.add(time, Double.longBitsToDouble(random.nextLong()));
        }
        column.setStart(random.nextInt(3) == 0 ? random.nextLong() : 0);
        expected.add(s + " " + Samples.text(column, i));
      }
      writer.add(Samples.labels(s), column);
    }
    writer.flush();

    List<String> actual = new ArrayList<>();
    for (byte[] message : messages) {
      assertThat(message.length).isLessThan(SeriesWriter.FULL_BYTES + 1000);
      for (SeriesFrame frame : SeriesFrame.decode(message)) {
        SampleColumn column = new SampleColumn(control);
        SeriesFrame.append(frame.samples(), Long.MIN_VALUE, Integer.MAX_VALUE / 2, column);
        assertThat(column.size()).isEqualTo(frame.sampleCount());
        for (int i = 0; i < column.size(); i++) {
          String series = frame.labels().get("series");
          assertThat(series).isNotNull();
          actual.add(Integer.parseInt(series) + " " + Samples.text(column, i));
        }
      }
    }
    assertThat(actual).isEqualTo(expected);
  }

  @Property(tries = 500)
  void damagedMessagesAreRefusedOrRead(@ForAll long seed) {
    Random random = new Random(seed);
    List<byte[]> messages = new ArrayList<>();
    SeriesWriter writer = new SeriesWriter(messages::add);
    SampleColumn column = new SampleColumn(control);
    column.add(1, 2.0);
    column.setStart(1);
    column.add(2, Samples.histogram(5));
    column.setStart(1);
    writer.add(Samples.labels(1), column);
    writer.flush();
    messages.add(
        new QueryMessages.Select(
                TENANT,
                1,
                2,
                SelectHints.sorted(1, 2),
                List.of(LabelMatcher.of(LabelMatcher.Type.REGEX, "a", "b.+")))
            .encode());
    messages.add(QueryMessages.strings(List.of("a", "b")));
    messages.add(
        QueryMessages.metadata(List.of(new MetricMetadata("a", MetricType.GAUGE, "b", "c"))));
    messages.add(QueryMessages.exemplars(exemplars(List.of("a"))));
    messages.add(QueryMessages.cardinality(cardinality(List.of("a", "b"))));
    messages.add(
        new QueryMessages.ExemplarsQuestion(
                TENANT, 1, 2, List.of(List.of(LabelMatcher.of(LabelMatcher.Type.EQUAL, "a", "b"))))
            .encode());
    for (byte[] message : messages) {
      byte[] damaged = damage(message, random);
      readAsAnything(damaged);
    }
  }

  private void readAsAnything(byte[] message) {
    List<Runnable> readers =
        List.of(
            () -> {
              for (SeriesFrame frame : SeriesFrame.decode(message)) {
                SeriesFrame.append(frame.samples(), 0, 1000, new SampleColumn(control));
              }
            },
            () -> QueryMessages.Select.decode(message),
            () -> QueryMessages.LabelsQuestion.decode(message),
            () -> QueryMessages.MetadataQuestion.decode(message),
            () -> QueryMessages.strings(message),
            () -> QueryMessages.metadata(message),
            () -> QueryMessages.exemplars(message),
            () -> QueryMessages.cardinality(message),
            () -> QueryMessages.ExemplarsQuestion.decode(message),
            () -> QueryMessages.CardinalityQuestion.decode(message));
    for (Runnable reader : readers) {
      try {
        reader.run();
      } catch (CorruptDataException | BadRequestException | TenantMissingException refused) {
        assertThat(refused).hasMessageNotContaining("null");
      }
    }
  }

  private static byte[] damage(byte[] message, Random random) {
    byte[] damaged = message.clone();
    switch (random.nextInt(3)) {
      case 0 -> damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
      case 1 -> damaged = Arrays.copyOf(damaged, damaged.length + 1 + random.nextInt(20));
      default -> {
        for (int i = 0; i <= random.nextInt(4); i++) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
        }
      }
    }
    return damaged;
  }

  @Test
  void aTruncatedMessageIsCorrupt() {
    byte[] message = QueryMessages.strings(List.of("abc"));

    assertThatThrownBy(() -> QueryMessages.strings(Arrays.copyOf(message, message.length - 1)))
        .isInstanceOf(CorruptDataException.class);
    assertThatThrownBy(() -> QueryMessages.strings(Arrays.copyOf(message, message.length + 1)))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("goes on after its end");
  }

  @Test
  void aMessageOfAnotherVersionIsRefused() {
    byte[] strings = QueryMessages.strings(List.of());
    strings[0] = 2;

    assertThatThrownBy(() -> QueryMessages.strings(strings))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("version 2");
    assertThatThrownBy(() -> SeriesFrame.decode(new byte[] {2}))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("version 2");
  }

  @Test
  void aFrameHasTheBytesOfTheDocument() {
    List<byte[]> messages = new ArrayList<>();
    SeriesWriter writer = new SeriesWriter(messages::add);
    SampleColumn column = new SampleColumn(control);
    column.add(1, 1.0);
    writer.add(Labels.of("a", "b"), column);
    writer.flush();

    byte[] labels = Labels.of("a", "b").bytes();
    String expected =
        "01"
            + String.format("%08x", labels.length)
            + HexFormat.of().formatHex(labels)
            + "00000001"
            + "00000011"
            + "0000000000000001"
            + "00"
            + "3ff0000000000000";
    assertThat(messages).hasSize(1);
    assertThat(HexFormat.of().formatHex(messages.getFirst())).isEqualTo(expected);
  }

  private static String withoutSurrogates(String text) {
    return text.replaceAll("[\\ud800-\\udfff]", "?");
  }
}
