package io.pallium.server;

import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.ConfigException;
import io.pallium.server.config.PalliumConfig;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.PrintStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts the system and keeps it until the process is told to stop.
final class RunCommand {
  private static final Logger log = LoggerFactory.getLogger(RunCommand.class);

  private RunCommand() {}

  /// @return the exit code, or -1: the process goes on until a signal
  static int run(PalliumConfig config, PrintStream out, PrintStream err) {
    long startNanos = System.nanoTime();
    PrometheusRegistry registry = new PrometheusRegistry();
    JvmMetrics.builder().register(registry);
    Pallium pallium;
    try {
      pallium = Pallium.start(config, TimeSource.SYSTEM, registry);
    } catch (ConfigException e) {
      // Says by itself what is wrong where.
      throw e;
    } catch (RuntimeException e) {
      log.error("could not start", e);
      err.println("pallium: could not start: " + e.getMessage());
      return 1;
    }
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("stop")
                .unstarted(
                    () -> {
                      log.info("stopping");
                      pallium.close();
                      log.info("stopped");
                    }));
    greet(config, pallium.url(), out, (System.nanoTime() - startNanos) / 1e9);
    return -1;
  }

  /// Says where to go next.
  static void greet(PalliumConfig config, String url, PrintStream out, double seconds) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format("%nPallium %s is ready after %.1f s: %s/%n%n", Main.version(), seconds, url));
    text.append("  data          ").append(config.storage().directory()).append('\n');
    if (config.auth().enabled()) {
      text.append("  tenants       named by the header X-Scope-OrgID\n");
    } else {
      text.append(
          "  tenant        anonymous (auth.enabled=false: everything belongs to one tenant)\n");
    }
    text.append("  query API     ").append(url).append("/prometheus (for Grafana)\n\n");
    text.append("Paste this into prometheus.yml:\n\n");
    text.append("  remote_write:\n    - url: ").append(url).append("/api/v1/push\n");
    if (config.auth().enabled()) {
      text.append("      headers:\n        X-Scope-OrgID: team-a\n");
    }
    out.println(text);
    out.flush();
  }
}
