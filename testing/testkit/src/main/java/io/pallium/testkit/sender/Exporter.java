package io.pallium.testkit.sender;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// A target with what real targets do to a query engine: counters that reset, gauges that are NaN
/// or infinite at times, series that come and go, a classic histogram, and times when the whole
/// target does not answer. What it shows depends on the number of the scrape alone.
public final class Exporter implements AutoCloseable {
  private static final double[] BOUNDS = {0.005, 0.025, 0.1, 0.5, 2.5};

  private final HttpServer server;
  private final AtomicInteger scrapes = new AtomicInteger();

  public Exporter() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/metrics", this::answer);
    server.start();
  }

  /// Host and port.
  public String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      int scrape = scrapes.incrementAndGet();
      boolean isDown = scrape % 50 >= 40 && scrape % 50 < 46;
      byte[] body = isDown ? new byte[0] : text(scrape).getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
      exchange.sendResponseHeaders(isDown ? 500 : 200, isDown ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static String text(int scrape) {
    StringBuilder text = new StringBuilder();
    text.append("# TYPE shop_orders_total counter\n");
    for (int shop = 0; shop < 6; shop++) {
      int sinceReset = scrape % (23 + 7 * shop);
      line(
          text,
          "shop_orders_total",
          "shop=\"s" + shop + "\",kind=\"new\"",
          sinceReset * (shop + 1.5));
      line(text, "shop_orders_total", "shop=\"s" + shop + "\",kind=\"old\"", scrape * 0.25);
    }
    text.append("# TYPE shop_temperature_celsius gauge\n");
    for (int room = 0; room < 4; room++) {
      double value =
          scrape % 11 == room
              ? Double.NaN
              : scrape % 29 == room ? Double.POSITIVE_INFINITY : Math.sin(scrape / 7.0 + room) * 20;
      line(text, "shop_temperature_celsius", "room=\"r" + room + "\"", value);
    }
    text.append("# TYPE shop_cart_items gauge\n");
    for (int cart = 0; cart < 5; cart++) {
      if ((scrape / 8 + cart) % 3 != 0) {
        line(text, "shop_cart_items", "cart=\"c" + cart + "\"", (scrape * 31 + cart) % 17 - 5);
      }
    }
    text.append("# TYPE shop_latency_seconds histogram\n");
    for (int shop = 0; shop < 3; shop++) {
      long count = 0;
      for (int i = 0; i < BOUNDS.length; i++) {
        count += (long) scrape * (i + 1) * (shop + 1) / 3;
        line(
            text,
            "shop_latency_seconds_bucket",
            "shop=\"s" + shop + "\",le=\"" + BOUNDS[i] + "\"",
            count);
      }
      count += scrape / 5;
      line(text, "shop_latency_seconds_bucket", "shop=\"s" + shop + "\",le=\"+Inf\"", count);
      line(text, "shop_latency_seconds_count", "shop=\"s" + shop + "\"", count);
      line(text, "shop_latency_seconds_sum", "shop=\"s" + shop + "\"", count * 0.07);
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String name, String labels, double value) {
    String number =
        Double.isNaN(value)
            ? "NaN"
            : Double.isInfinite(value) ? "+Inf" : String.format(Locale.ROOT, "%s", value);
    text.append(name).append('{').append(labels).append("} ").append(number).append('\n');
  }
}
