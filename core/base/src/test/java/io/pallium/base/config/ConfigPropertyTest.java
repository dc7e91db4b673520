package io.pallium.base.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

/// Round trips of everything that has a text, and texts that are damaged.
final class ConfigPropertyTest {

  @Property
  boolean durationSurvivesItsText(@ForAll @LongRange(min = -Long.MAX_VALUE) long nanos) {
    Duration duration = Duration.ofNanos(nanos);
    return DurationText.parse(DurationText.format(duration)).equals(duration);
  }

  @Property
  boolean roundDurationSurvivesItsText(@ForAll @LongRange(min = 0, max = 9_000_000) long seconds) {
    Duration duration = Duration.ofSeconds(seconds);
    return DurationText.parse(DurationText.format(duration)).equals(duration);
  }

  @Property
  boolean sizeSurvivesItsText(@ForAll @LongRange(min = 0) long bytes) {
    DataSize size = new DataSize(bytes);
    return DataSize.parse(size.toString()).equals(size);
  }

  @Property
  boolean roundSizeSurvivesItsText(
      @ForAll @LongRange(min = 0, max = 4000) long count,
      @ForAll @LongRange(min = 0, max = 5) long unit) {
    DataSize size = new DataSize(count << (10 * unit) & Long.MAX_VALUE);
    return DataSize.parse(size.toString()).equals(size);
  }

  @Property
  boolean addressSurvivesItsText(@ForAll("addresses") HostAndPort address) {
    return HostAndPort.parse(address.toString()).equals(address);
  }

  @Provide
  Arbitrary<HostAndPort> addresses() {
    Arbitrary<String> hosts = Arbitraries.of("localhost", "10.0.0.1", "a-b.example.org", "::1");
    return Combinators.combine(hosts, Arbitraries.integers().between(0, 65535))
        .as(HostAndPort::new);
  }

  @Property
  void anyTextIsReadOrRefusedWithItself(@ForAll String text) {
    for (Runnable parse :
        List.<Runnable>of(
            () -> DurationText.parse(text),
            () -> DataSize.parse(text),
            () -> HostAndPort.parse(text))) {
      try {
        parse.run();
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageStartingWith("\"");
      }
    }
  }

  record Everything(
      String text,
      boolean flag,
      int small,
      long large,
      double number,
      Duration duration,
      DataSize size,
      Path path,
      URI uri,
      List<String> list,
      Map<String, String> map,
      List<Inner> inners,
      Map<String, Inner> named) {}

  record Inner(String text, double number) {}

  private static final Everything EMPTY =
      new Everything(
          "",
          false,
          0,
          0,
          0,
          Duration.ZERO,
          DataSize.ZERO,
          Path.of(""),
          URI.create(""),
          List.of(),
          Map.of(),
          List.of(),
          Map.of());

  @Property(tries = 300)
  void printedConfigurationIsReadBackTheSame(@ForAll("configurations") Everything config) {
    String yaml = ConfigPrinter.print(config);

    Everything read =
        ConfigBinder.bind(
            Everything.class, EMPTY, ConfigSources.none().withYaml("printed.yaml", yaml));

    assertThat(read).isEqualTo(config);
  }

  @Provide
  Arbitrary<Everything> configurations() {
    Arbitrary<String> texts =
        Arbitraries.oneOf(
            Arbitraries.of(
                "", "yes", "012", "null", "~", "1:30", "<<", "- a", "a: b", "#", "=", "!x"),
            Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(100),
            Arbitraries.strings().withChars("\n\t\r\0\u0085 'äöü\u2028\\\"").ofMaxLength(10));
    Arbitrary<Double> numbers =
        Arbitraries.oneOf(
            Arbitraries.doubles(),
            Arbitraries.of(0.0, -0.0, 1e15, 1e300, 25_000.0, Double.POSITIVE_INFINITY));
    Arbitrary<Inner> inners = Combinators.combine(texts, numbers).as(Inner::new);
    return Combinators.combine(
            texts,
            Arbitraries.integers(),
            Arbitraries.longs().greaterOrEqual(0),
            numbers,
            texts.list().ofMaxSize(4),
            Arbitraries.maps(texts, texts).ofMaxSize(4),
            inners.list().ofMaxSize(3),
            Arbitraries.maps(texts, inners).ofMaxSize(3))
        .as(
            (text, small, large, number, list, map, sections, named) ->
                new Everything(
                    text,
                    small > 0,
                    small,
                    large,
                    number,
                    Duration.ofNanos(large),
                    new DataSize(large),
                    Path.of("dir", Long.toString(large)),
                    URI.create("http://host/" + large),
                    list,
                    map,
                    sections,
                    named));
  }

  private static final String VALID =
      """
      server: {http_listen_address: "[::1]:80", request_timeout: 1h30m, log_requests: true}
      storage:
        node_labels: {rack: 012, on: off}
        dropped: [a, "b,c"]
        peers: [&p {address: "one:1", zone: x}, *p]
        caches:
          index: &c {size: 1GB}
          chunks: {<<: *c, ttl: 5m}
      limits: {ingestion_rate: 1e+06}
      """;

  @Property(tries = 1000)
  void damagedYamlIsReadOrRefusedWithAPlace(@ForAll Random random) {
    byte[] bytes = VALID.getBytes(StandardCharsets.UTF_8);
    int damages = 1 + random.nextInt(4);
    for (int i = 0; i < damages; i++) {
      bytes = damage(bytes, random);
    }
    String yaml = new String(bytes, StandardCharsets.ISO_8859_1);

    try {
      SampleConfig.bind(yaml);
    } catch (ConfigException e) {
      assertThat(e.problems())
          .isNotEmpty()
          .allSatisfy(
              problem -> {
                assertThat(problem.origin()).startsWith("pallium.yaml");
                assertThat(problem.message()).isNotBlank().doesNotContain("\n");
              });
    }
  }

  private static byte[] damage(byte[] bytes, Random random) {
    int at = random.nextInt(bytes.length);
    byte[] specials = "{}[]&*!|>'\"%@`#,?:- \n\t\0<~x0".getBytes(StandardCharsets.UTF_8);
    byte[] damaged = Arrays.copyOf(bytes, bytes.length);
    switch (random.nextInt(4)) {
      case 0 -> damaged[at] = (byte) random.nextInt(256);
      case 1 -> damaged[at] = specials[random.nextInt(specials.length)];
      case 2 -> damaged = Arrays.copyOf(bytes, Math.max(1, at));
      default -> {
        int from = random.nextInt(bytes.length);
        int length = Math.min(random.nextInt(20), bytes.length - Math.max(at, from));
        System.arraycopy(bytes, from, damaged, at, length);
      }
    }
    return damaged;
  }

  @Example
  void aliasesOfThemselvesAndManyAliasesEnd() {
    assertThatThrownBy(() -> SampleConfig.bind("storage: &s {caches: {a: {<<: *s}}}"))
        .isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> SampleConfig.bind("storage: &s {peers: [*s]}"))
        .isInstanceOf(ConfigException.class);
    String lol = "storage: {dropped: [&a [x], " + "*a, ".repeat(20_000) + "x]}";
    assertThatThrownBy(() -> SampleConfig.bind(lol))
        .hasMessageContaining("pallium.yaml: not YAML: Number of aliases");
  }

  @Example
  void durationsOfBothSchoolsAreRead() {
    assertThat(DurationText.parse("1y")).isEqualTo(Duration.ofDays(365));
    assertThat(DurationText.parse("1w2d3h4m5s6ms"))
        .isEqualTo(Duration.ofDays(9).plusHours(3).plusMinutes(4).plusSeconds(5).plusMillis(6));
    assertThat(DurationText.parse("1.5h")).isEqualTo(Duration.ofMinutes(90));
    assertThat(DurationText.parse("-2us1ns")).isEqualTo(Duration.ofNanos(-2001));
    assertThat(DurationText.parse("0")).isEqualTo(Duration.ZERO);
    assertThat(DurationText.format(Duration.ofHours(36))).isEqualTo("1d12h");
    assertThat(DurationText.format(Duration.ZERO)).isEqualTo("0s");
  }

  @Example
  void badDurationsAreExplained() {
    refused(
        () -> DurationText.parse("1m1h"),
        "\"1m1h\" must have each unit once, the larger before the smaller");
    refused(
        () -> DurationText.parse("PT15S"),
        "\"PT15S\" is not a duration, write it like 15s, 1h30m or 2d");
    refused(() -> DurationText.parse("300y"), "\"300y\" is longer than the longest duration, 292y");
    refused(
        () -> DurationText.parse("0.5ns"), "\"0.5ns\" is finer than the shortest duration, 1ns");
    refused(() -> DurationText.parse(""), "\"\" is not a duration, write it like 15s, 1h30m or 2d");
  }

  @Example
  void badSizesAndAddressesAreExplained() {
    refused(
        () -> DataSize.parse("10 apples"),
        "\"10 apples\" is not a size, write it like 64KiB, 10MB or a number of bytes");
    refused(
        () -> DataSize.parse("9EiB"), "\"9EiB\" is more than the largest size, 8EiB less 1 byte");
    refused(() -> DataSize.parse("0.3B"), "\"0.3B\" is not a whole number of bytes");
    refused(
        () -> HostAndPort.parse("::1:80"),
        "\"::1:80\" is not host:port, an IPv6 address stands in brackets like [::1]:9009");
    refused(
        () -> HostAndPort.parse("localhost"),
        "\"localhost\" is not host:port, write it like localhost:9009");
    refused(() -> HostAndPort.parse("a b:1"), "\"a b\" is not a host name or IP address");
    refused(() -> HostAndPort.parse("a:65536"), "port must be in 0..65535, was 65536");
    assertThat(DataSize.parse("1.5gib")).isEqualTo(DataSize.ofMebibytes(1536));
    assertThat(DataSize.parse("10MB")).isEqualTo(DataSize.ofBytes(10_000_000));
  }

  private static void refused(Runnable parse, String message) {
    assertThatThrownBy(parse::run).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
