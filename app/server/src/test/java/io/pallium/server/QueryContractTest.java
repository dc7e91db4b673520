package io.pallium.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdInputStream;
import io.pallium.server.TestServer.Answer;
import io.pallium.server.scrape.RemoteWriteBody;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a client of the query API is answered: envelope, formats, limits, texts.
class QueryContractTest {
  private static final long T0 = 1_700_000_000_000L;
  private static final List<String> PREFIXES = List.of("/prometheus/api/v1", "/api/v1");

  @TempDir static Path directory;
  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start(directory);
    RemoteWriteBody body = new RemoteWriteBody();
    for (int i = 0; i < 4; i++) {
      body.add(TestServer.labels("__name__", "up", "job", "j" + i, "odd.name", "ä/b"), T0, i);
    }
    body.add(TestServer.labels("__name__", "huge"), T0, 1e308);
    for (int i = 0; i < 300; i++) {
      body.add(TestServer.labels("__name__", "many", "i", "number " + i), T0, i);
    }
    body.addMetadata("up", 2, "Whether it \"runs\".");
    body.addMetadata("zz", 1, "Last.");
    assertThat(server.push(body.toCompressedBytes()).status()).isEqualTo(204);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void queryIsFormattedAndShownAsATree() {
    assertBothMethods(
        "/format_query",
        "query=sum+by(job)(rate(up%5B5m%5D))%3Ebool+1",
        "\"sum by (job) (rate(up[5m])) > bool 1\"");
    assertBothMethods(
        "/parse_query",
        "query=topk(2e3,up%7Bjob%3D%22a%22%7D)+*+on(job)+group_left()+rate(up%5B5m%5D+@+end()+offset+-1m)",
        "{\"bool\":false,\"lhs\":{\"expr\":{\"anchored\":false,\"matchers\":["
            + "{\"name\":\"job\",\"type\":\"=\",\"value\":\"a\"},"
            + "{\"name\":\"__name__\",\"type\":\"=\",\"value\":\"up\"}],"
            + "\"name\":\"up\",\"offset\":0,\"offsetExpr\":null,\"smoothed\":false,"
            + "\"startOrEnd\":null,\"timestamp\":null,\"type\":\"vectorSelector\"},"
            + "\"grouping\":[],\"op\":\"topk\","
            + "\"param\":{\"type\":\"numberLiteral\",\"val\":\"2000\"},"
            + "\"type\":\"aggregation\",\"without\":false},"
            + "\"matching\":{\"card\":\"many-to-one\","
            + "\"fillValues\":{\"lhs\":null,\"rhs\":null},"
            + "\"include\":[],\"labels\":[\"job\"],\"on\":true},\"op\":\"*\","
            + "\"rhs\":{\"args\":[{\"anchored\":false,\"matchers\":["
            + "{\"name\":\"__name__\",\"type\":\"=\",\"value\":\"up\"}],"
            + "\"name\":\"up\",\"offset\":-60000,\"offsetExpr\":null,\"range\":300000,"
            + "\"rangeExpr\":null,\"smoothed\":false,\"startOrEnd\":\"end\","
            + "\"timestamp\":null,\"type\":\"matrixSelector\"}],"
            + "\"func\":{\"argTypes\":[\"matrix\"],\"name\":\"rate\","
            + "\"returnType\":\"vector\",\"variadic\":0},\"type\":\"call\"},"
            + "\"type\":\"binaryExpr\"}");
    Answer wrong = server.get("/api/v1/parse_query?query=sum(");
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.body()).contains("invalid parameter \\\"query\\\"");
  }

  private static void assertBothMethods(String path, String parameters, String data) {
    for (String prefix : PREFIXES) {
      Answer get = server.get(prefix + path + "?" + parameters);
      Answer post = server.post(prefix + path, parameters);

      assertThat(get.body()).isEqualTo("{\"status\":\"success\",\"data\":" + data + "}");
      assertThat(get.status()).isEqualTo(200);
      assertThat(get.header("content-type")).isEqualTo("application/json");
      assertThat(post.body()).isEqualTo(get.body());
      assertThat(post.status()).isEqualTo(200);
    }
  }

  private static void assertGetOnly(String path, String data) {
    for (String prefix : PREFIXES) {
      assertThat(server.get(prefix + path).body())
          .isEqualTo("{\"status\":\"success\",\"data\":" + data + "}");
    }
  }

  private static void assertError(String path, int status, String errorType, String text) {
    Answer answer = server.get("/api/v1" + path);

    assertThat(answer.body())
        .isEqualTo(
            "{\"status\":\"error\",\"errorType\":\""
                + errorType
                + "\",\"error\":\""
                + text.replace("\\", "\\\\").replace("\"", "\\\"")
                + "\"}");
    assertThat(answer.status()).isEqualTo(status);
  }

  @Test
  void shortAnswersLeaveInOneWrite() throws IOException {
    for (String path : List.of("/api/v1/labels", "/api/v1/query?query=1", "/-/healthy")) {
      try (Socket client = server.open("GET " + path)) {
        byte[] buffer = new byte[1 << 16];
        String answer = new String(buffer, 0, client.getInputStream().read(buffer), UTF_8);

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("content-length: ");
        int length = Integer.parseInt(answer.replaceAll("(?s).*content-length: (\\d+).*", "$1"));
        assertThat(answer.substring(answer.indexOf("\r\n\r\n") + 4)).hasSize(length);
      }
    }
  }

  @Test
  void lastAnswerOfAConnectionIsWhole() throws IOException {
    for (String path : List.of("/api/v1/query?query=1", "/api/v1/series?match[]=many")) {
      try (Socket client =
          server.open(
              "GET " + path.replace("[]", "%5B%5D") + " HTTP/1.1\r\nConnection: close\r\nX: ")) {
        String answer = new String(client.getInputStream().readAllBytes(), UTF_8);

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").endsWith("}");
      }
    }
  }

  @Test
  void instantQueryGivesAVector() {
    assertBothMethods(
        "/query",
        "query=" + TestServer.encode("up{job=\"j1\"}") + "&time=2023-11-14T22:13:20.000Z",
        "{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":\"up\",\"job\":\"j1\","
            + "\"odd.name\":\"ä/b\"},\"value\":[1700000000,\"1\"]}]}");
  }

  @Test
  void instantQueryGivesAMatrix() {
    assertBothMethods(
        "/query",
        "query=" + TestServer.encode("up{job=\"j1\"}[1m]") + "&time=1700000000",
        "{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"__name__\":\"up\",\"job\":\"j1\","
            + "\"odd.name\":\"ä/b\"},\"values\":[[1700000000,\"1\"]]}]}");
  }

  @Test
  void instantQueryGivesScalarAndString() {
    assertBothMethods(
        "/query",
        "query=1.5&time=1700000000.25",
        "{\"resultType\":\"scalar\",\"result\":[1700000000.250,\"1.5\"]}");
    assertBothMethods(
        "/query",
        "query=" + TestServer.encode("\"a\\\"ü\"") + "&time=1",
        "{\"resultType\":\"string\",\"result\":[1,\"a\\\"ü\"]}");
  }

  @Test
  void featuresAreSwitchedPerRequest() {
    String query = "/query?time=1&query=" + TestServer.encode("max_of(1, 2)");
    String yes = "{\"resultType\":\"scalar\",\"result\":[1,\"2\"]}";
    assertError(
        query,
        400,
        "bad_data",
        "invalid parameter \"query\": 1:1: parse error: function \"max_of\" is not enabled");
    assertBothMethods(
        "/query",
        "features=promql-experimental-functions&time=1&query=" + TestServer.encode("max_of(1, 2)"),
        yes);
    assertError(
        "/query?features=-promql-duration-expr&time=1&query=" + TestServer.encode("up[5m*2]"),
        400,
        "bad_data",
        "invalid parameter \"query\": 1:4: parse error: experimental duration expression is not"
            + " enabled");
    assertError(
        "/query?query=1&features=magic",
        400,
        "bad_data",
        "invalid parameter \"features\": unknown feature \"magic\", must be one of"
            + " promql-experimental-functions, promql-duration-expr,"
            + " promql-extended-range-selectors, promql-binop-fill-modifiers,"
            + " promql-delayed-name-removal, use-start-timestamps, type-and-unit-labels");
  }

  @Test
  void scalarHasNoExponentAndAVectorHas() {
    String zeros = "0".repeat(308);
    assertBothMethods(
        "/query",
        "query=1e308&time=1",
        "{\"resultType\":\"scalar\",\"result\":[1,\"1" + zeros + "\"]}");
    assertBothMethods(
        "/query",
        "query=-2.5e-9&time=1",
        "{\"resultType\":\"scalar\",\"result\":[1,\"-0.0000000025\"]}");
    assertBothMethods(
        "/query", "query=-Inf&time=1", "{\"resultType\":\"scalar\",\"result\":[1,\"-Inf\"]}");
    assertBothMethods(
        "/query",
        "query=huge&time=1700000000",
        "{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":\"huge\"},\"value\":"
            + "[1700000000,\"1e+308\"]}]}");
  }

  @Test
  void rangeQueryGivesAMatrix() {
    assertBothMethods(
        "/query_range",
        "query=" + TestServer.encode("sum(up)") + "&start=1700000000&end=1700000030&step=15s",
        "{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[1700000000,\"6\"],"
            + "[1700000015,\"6\"],[1700000030,\"6\"]]}]}");
  }

  @Test
  void seriesAndLabelsAndMetadata() {
    assertBothMethods(
        "/series",
        "match[]=huge&match[]=" + TestServer.encode("up{job=~\"j[01]\"}"),
        "[{\"__name__\":\"huge\"},"
            + "{\"__name__\":\"up\",\"job\":\"j0\",\"odd.name\":\"ä/b\"},"
            + "{\"__name__\":\"up\",\"job\":\"j1\",\"odd.name\":\"ä/b\"}]");
    assertBothMethods(
        "/series",
        "match[]=huge&match[]=" + TestServer.encode("{__name__=~\"h.*\"}"),
        "[{\"__name__\":\"huge\"}]");
    assertBothMethods("/labels", "match[]=up", "[\"__name__\",\"job\",\"odd.name\"]");
    assertBothMethods("/labels", "match[]=up&start=1800000000", "[]");
    assertGetOnly("/label/job/values", "[\"j0\",\"j1\",\"j2\",\"j3\"]");
    assertGetOnly("/label/nothing/values", "[]");
    assertGetOnly(
        "/metadata?metric=up",
        "{\"up\":[{\"type\":\"gauge\",\"help\":\"Whether it \\\"runs\\\".\",\"unit\":\"\"}]}");
    assertThat(server.get("/api/v1/metadata?limit=1").body())
        .contains("\"up\":")
        .doesNotContain("\"zz\":");
  }

  @Test
  void escapedAndPercentEncodedLabelNames() {
    assertGetOnly("/label/U__odd_2e_name/values", "[\"ä/b\"]");
    assertGetOnly("/label/odd%2Ename/values", "[\"ä/b\"]");
    assertGetOnly("/label/U__bad_zz_/values", "[]");
  }

  @Test
  void buildInfoNamesTheVersion() {
    for (String prefix : PREFIXES) {
      assertThat(server.get(prefix + "/status/buildinfo").body())
          .startsWith("{\"status\":\"success\",\"data\":{")
          .contains("\"version\":");
    }
  }

  @Test
  void answersAreCutToTheLimitWithAWarning() {
    String warning = ",\"warnings\":[\"results truncated due to limit\"]}";
    String range = "&start=1700000000&end=1700000000&step=1";

    for (String path :
        List.of(
            "/query?query=up&time=1700000000&limit=2",
            "/query_range?query=up&limit=2" + range,
            "/series?match[]=up&limit=2")) {
      assertThat(server.get("/api/v1" + path).body())
          .as(path)
          .endsWith(warning)
          .containsOnlyOnce("\"j0\"")
          .containsOnlyOnce("\"j1\"")
          .doesNotContain("\"j2\"");
    }
    assertThat(server.get("/api/v1/series?match[]=up&match[]=huge&limit=1").body())
        .isEqualTo("{\"status\":\"success\",\"data\":[{\"__name__\":\"huge\"}]" + warning);
    assertThat(server.get("/api/v1/labels?limit=1").body())
        .isEqualTo("{\"status\":\"success\",\"data\":[\"__name__\"]" + warning);
    assertThat(server.get("/api/v1/label/job/values?limit=3").body())
        .isEqualTo("{\"status\":\"success\",\"data\":[\"j0\",\"j1\",\"j2\"]" + warning);
    for (String limit : List.of("0", "4", "99999999999")) {
      assertThat(server.get("/api/v1/label/job/values?limit=" + limit).body()).endsWith("\"j3\"]}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "inf", "-Inf", "1e300", "-1e300", "-9e15"})
  void timesOutOfAllBoundsAreTheEarliest(String time) {
    Answer answer = server.get("/api/v1/query?query=up&time=" + time);

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).contains("\"result\":[]");
  }

  @Test
  void boundaryTimesOfClientsAreUnderstood() {
    assertThat(
            server
                .get(
                    "/api/v1/series?match[]=huge&start=-292273086-05-16T16:47:06Z"
                        + "&end=292277025-08-18T07:12:54.999999999Z")
                .body())
        .contains("\"huge\"");
  }

  @Test
  void wrongParametersAreWordedAsPrometheusWordsThem() {
    String notATime = "cannot parse \"x\" to a valid timestamp";
    assertError(
        "/query?query=up&time=x",
        400,
        "bad_data",
        "invalid parameter \"time\": invalid time value for 'time': " + notATime);
    for (String time :
        List.of("2020-01-01T00:00Z", "2020-01-01t00:00:00Z", "2020-01-01T00:00:00z", "a\nb")) {
      assertError(
          "/query?query=up&time=" + TestServer.encode(time),
          400,
          "bad_data",
          "invalid parameter \"time\": invalid time value for 'time': cannot parse \""
              + time.replace("\n", "\\n")
              + "\" to a valid timestamp");
    }
    assertError(
        "/query?query=up&time=1e999",
        400,
        "bad_data",
        "invalid parameter \"time\": invalid time value for 'time': cannot parse \"1e999\" to a"
            + " valid timestamp");
    assertError(
        "/query_range?query=up&start=x",
        400,
        "bad_data",
        "invalid parameter \"start\": " + notATime);
    assertError(
        "/query_range?query=up&start=1&end=x",
        400,
        "bad_data",
        "invalid parameter \"end\": " + notATime);
    assertError(
        "/query_range?query=up&start=2&end=1&step=1",
        400,
        "bad_data",
        "invalid parameter \"end\": end timestamp must not be before start time");
    assertError(
        "/query_range?query=up&start=1&end=2",
        400,
        "bad_data",
        "invalid parameter \"step\": cannot parse \"\" to a valid duration");
    assertError(
        "/query_range?query=up&start=1&end=2&step=1e30",
        400,
        "bad_data",
        "invalid parameter \"step\": cannot parse \"1e30\" to a valid duration. It overflows"
            + " int64");
    String notPositive =
        "invalid parameter \"step\": zero or negative query resolution step widths are not"
            + " accepted. Try a positive integer";
    assertError("/query_range?query=up&start=1&end=2&step=0", 400, "bad_data", notPositive);
    assertError("/query_range?query=up&start=1&end=2&step=NaN", 400, "bad_data", notPositive);
    assertError(
        "/query?query=up&timeout=x",
        400,
        "bad_data",
        "invalid parameter \"timeout\": cannot parse \"x\" to a valid duration");
    assertError(
        "/query?query=up&lookback_delta=x",
        400,
        "bad_data",
        "error parsing lookback delta duration: cannot parse \"x\" to a valid duration");
  }

  @ParameterizedTest
  @CsvSource({
    "x, strconv.Atoi: parsing \"x\": invalid syntax",
    "1.5, strconv.Atoi: parsing \"1.5\": invalid syntax",
    "99999999999999999999, 'strconv.Atoi: parsing \"99999999999999999999\": value out of range'",
    "-1, limit must be non-negative"
  })
  void wrongLimits(String limit, String reason) {
    for (String path :
        List.of("/query?query=up", "/series?match[]=up", "/labels?", "/label/a/values?")) {
      assertError(
          path + "&limit=" + limit, 400, "bad_data", "invalid parameter \"limit\": " + reason);
    }
  }

  @Test
  void wrongSelectorsAndQueries() {
    assertError("/series", 400, "bad_data", "no match[] parameter provided");
    assertError(
        "/series?match[]=" + TestServer.encode("{a=\"\"}"),
        400,
        "bad_data",
        "invalid parameter \"match[]\": match[] must contain at least one non-empty matcher");
    assertError(
        "/labels?match[]=" + TestServer.encode("{a=\"\"}"),
        400,
        "bad_data",
        "match[] must contain at least one non-empty matcher");
    assertError(
        "/query",
        400,
        "bad_data",
        "invalid parameter \"query\": unknown position: parse error: no expression found in input");
    assertError(
        "/query?query=sum(",
        400,
        "bad_data",
        "invalid parameter \"query\": 1:5: parse error: unclosed left parenthesis");
    assertError(
        "/query_range?start=1&end=2&step=1&query=" + TestServer.encode("up[1m]"),
        400,
        "bad_data",
        "invalid parameter \"query\": invalid expression type \"range vector\" for range query,"
            + " must be Scalar or instant Vector");
    assertError("/metadata?limit=x", 400, "bad_data", "limit must be a number");
    assertError(
        "/metadata?limit_per_metric=x", 400, "bad_data", "limit_per_metric must be a number");
  }

  @Test
  void tooManyPointsAre400() {
    assertError(
        "/query_range?query=up&start=0&end=11001&step=1",
        400,
        "bad_data",
        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query"
            + " resolution (?step=XX)");
    assertThat(server.get("/api/v1/query_range?query=up&start=0&end=11000&step=1").status())
        .isEqualTo(200);
  }

  @Test
  void timeoutMeansNothingWhereNothingIsEvaluated() {
    for (String call : List.of("/labels", "/label/a/values", "/series?match[]=up", "/metadata")) {
      String path = call + (call.contains("?") ? "&" : "?") + "timeout=x";

      assertThat(server.get("/api/v1" + path).status()).as(path).isEqualTo(200);
    }
  }

  @Test
  void pathsThatAreNoneAreAnsweredInTheEnvelope() throws Exception {
    for (String prefix : List.of("/api/v1", "/prometheus/api/v1")) {
      try (Socket socket = server.open("GET " + prefix + "/../../query HTTP/1.1\r\nX:")) {
        String answer = TestServer.read(socket.getInputStream(), 400);

        assertThat(answer)
            .startsWith("HTTP/1.1 400 ")
            .contains("content-type: application/json")
            .contains("{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"");
      }
    }
  }

  @Test
  void timeoutOfTheRequestIs503() {
    Answer answer = server.get("/api/v1/query?query=up&timeout=0");

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.body()).contains("\"errorType\":\"timeout\"").contains("timed out");
  }

  @Test
  void answersAreCompressedWhereTheClientReadsThat() throws IOException {
    String path = "/api/v1/query?time=1700000000&query=many";
    String plain = server.get(path).body();

    HttpResponse<byte[]> gzip = server.getRaw(path, "Accept-Encoding", "gzip, deflate");
    HttpResponse<byte[]> zstd = server.getRaw(path, "Accept-Encoding", "gzip, zstd;q=0.5");
    HttpResponse<byte[]> refused = server.getRaw(path, "Accept-Encoding", "gzip;q=0, br");

    assertThat(gzip.headers().firstValue("content-encoding")).hasValue("gzip");
    assertThat(gzip.body().length).isLessThan(plain.length() / 3);
    assertThat(new GZIPInputStream(new ByteArrayInputStream(gzip.body())).readAllBytes())
        .asString(StandardCharsets.UTF_8)
        .isEqualTo(plain);
    assertThat(zstd.headers().firstValue("content-encoding")).hasValue("zstd");
    assertThat(new ZstdInputStream(new ByteArrayInputStream(zstd.body())).readAllBytes())
        .asString(StandardCharsets.UTF_8)
        .isEqualTo(plain);
    assertThat(refused.headers().firstValue("content-encoding")).isEmpty();
    assertThat(refused.headers().firstValue("vary")).hasValue("accept-encoding");
  }

  @Test
  void longQueriesFitIntoTheUrl() {
    String query = "up" + " + 0".repeat(20_000);

    assertThat(server.get("/api/v1/query?query=" + TestServer.encode(query)).status())
        .isNotEqualTo(414)
        .isLessThan(500);
  }

  @Test
  void semicolonsAreText() {
    assertThat(server.post("/api/v1/query", "time=1&query=\"a;b\"").body()).contains("\"a;b\"");
  }

  @Test
  void largeFormsAre413() {
    Answer answer = server.post("/api/v1/query", "query=" + "1".repeat(11 << 20));

    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.body()).contains("\"errorType\":\"bad_data\"").contains("too large");
  }

  @Test
  void unknownPathsAre404() {
    for (String prefix : PREFIXES) {
      Answer answer = server.get(prefix + "/nothing");

      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.body())
          .isEqualTo(
              "{\"status\":\"error\",\"errorType\":\"not_found\",\"error\":\"not found: "
                  + prefix
                  + "/nothing\"}");
    }
    Answer page = server.get("/nothing");
    assertThat(page.status()).isEqualTo(404);
    assertThat(page.body()).isEqualTo("not found: /nothing\n");
  }

  @Test
  void otherMethodsAre405() {
    Answer delete = server.method("DELETE", "/api/v1/query");
    Answer post = server.method("POST", "/prometheus/api/v1/metadata");

    assertThat(delete.status()).isEqualTo(405);
    assertThat(delete.header("allow")).isEqualTo("GET, POST");
    assertThat(delete.body()).startsWith("{\"status\":\"error\",\"errorType\":\"bad_data\"");
    assertThat(post.status()).isEqualTo(405);
    assertThat(server.method("POST", "/ready").status()).isEqualTo(405);
    assertThat(server.method("HEAD", "/ready").status()).isEqualTo(200);
  }

  @Test
  void pages() {
    assertThat(server.get("/").body()).contains("remote_write:").contains(server.url());
    assertThat(server.get("/").header("content-type")).startsWith("text/html");
    assertThat(server.get("/config").body()).contains("http_listen_address: 127.0.0.1:");
    assertThat(server.get("/ready").body()).isEqualTo("ready\n");
    assertThat(server.get("/-/ready").status()).isEqualTo(200);
    assertThat(server.get("/-/healthy").body()).isEqualTo("healthy\n");
    assertThat(server.get("/metrics").header("content-type"))
        .startsWith("text/plain; version=0.0.4");
    assertThat(server.get("/metrics").body()).contains("# HELP pallium_query_api_running ");
  }
}
