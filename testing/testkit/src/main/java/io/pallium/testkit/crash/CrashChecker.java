package io.pallium.testkit.crash;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A process that compares what a system answers with the journals of a [CrashWriter]: every
/// acknowledged sample is there once and with its value, and nothing is there that was not sent.
///
/// Arguments: URL of the query API, folder with journals, time of the first batch in ms. Prints
/// what is wrong and ends with 1, or prints what was checked.
public final class CrashChecker {
  private static final int MAX_PROBLEMS = 20;

  private final HttpClient client = HttpClient.newHttpClient();
  private final String api;
  private final long firstTimeMs;
  private final List<String> problems = new ArrayList<>();
  private long checked;

  private CrashChecker(String api, long firstTimeMs) {
    this.api = api;
    this.firstTimeMs = firstTimeMs;
  }

  /// Checks all senders.
  public static void main(String[] args) throws IOException, InterruptedException {
    CrashChecker checker = new CrashChecker(args[0], Long.parseLong(args[2]));
    for (int sender = 0; sender < CrashLoad.SENDERS; sender++) {
      checker.check(sender, Path.of(args[1]).resolve(CrashLoad.journal(sender)));
    }
    checker.problems.stream().limit(MAX_PROBLEMS).forEach(System.out::println);
    if (!checker.problems.isEmpty()) {
      System.out.println(checker.problems.size() + " problems");
      System.exit(1);
    }
    System.out.println("checked " + checker.checked + " samples");
  }

  private void check(int sender, Path journal) throws IOException, InterruptedException {
    long sent = -1;
    long acknowledged = -1;
    for (String line : Files.readAllLines(journal)) {
      long batch = Long.parseLong(line.substring(line.indexOf(' ') + 1));
      if (line.startsWith("sent")) {
        sent = batch;
      } else {
        acknowledged = batch;
      }
    }
    boolean[] seen = new boolean[CrashLoad.SERIES];
    for (JsonNode result : query(sender, sent)) {
      int series = Integer.parseInt(result.get("metric").get("series").asString());
      seen[series] = true;
      checkSeries(sender, series, result.get("values"), sent, acknowledged);
    }
    for (int series = 0; series < CrashLoad.SERIES; series++) {
      if (!seen[series] && acknowledged >= 0) {
        problems.add("sender " + sender + " series " + series + " is not there at all");
      }
    }
  }

  private void checkSeries(int sender, int series, JsonNode values, long sent, long acknowledged) {
    String where = "sender " + sender + " series " + series + ": ";
    long expected = 0;
    for (JsonNode point : values) {
      long timestampMs = Math.round(point.get(0).asDouble() * 1000);
      long batch = (timestampMs - firstTimeMs) / CrashLoad.STEP_MS;
      if (batch != expected || firstTimeMs + batch * CrashLoad.STEP_MS != timestampMs) {
        problems.add(where + "batch " + expected + " is missing or twice, found " + point);
      }
      if (batch > sent) {
        problems.add(where + "batch " + batch + " was never sent");
      }
      double value = Double.parseDouble(point.get(1).asString());
      if (value != CrashLoad.value(sender, series, batch)) {
        problems.add(where + "batch " + batch + " has the value " + value);
      }
      expected = batch + 1;
      checked++;
    }
    if (expected <= acknowledged) {
      problems.add(where + "ends at batch " + (expected - 1) + ", acknowledged is " + acknowledged);
    }
  }

  private JsonNode query(int sender, long lastBatch) throws IOException, InterruptedException {
    // One step more on both sides: samples that were never sent would show.
    long spanMs = (lastBatch + 3) * CrashLoad.STEP_MS;
    String selector = CrashLoad.METRIC + "{sender=\"" + sender + "\"}[" + spanMs + "ms]";
    double end = (firstTimeMs + (lastBatch + 1) * CrashLoad.STEP_MS) / 1000.0;
    String form = "query=" + URLEncoder.encode(selector, StandardCharsets.UTF_8) + "&time=" + end;
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(api + "/query"))
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build();
    HttpResponse<String> response =
        client.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    if (response.statusCode() != 200) {
      throw new IOException(selector + ": " + response.statusCode() + " " + response.body());
    }
    return JsonMapper.shared().readTree(response.body()).get("data").get("result");
  }
}
