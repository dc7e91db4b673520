package io.pallium.stores;

import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.ConfigBinder;
import io.pallium.base.config.ConfigSources;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.StoreException;
import io.pallium.server.StoreAssembly;
import io.pallium.server.config.PalliumConfig;
import io.pallium.server.config.StorageConfig;
import io.pallium.testkit.process.TestProcess;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A process that writes objects and says what it does, until it is killed; or that streams one
/// large object there and back.
///
/// | line | means |
/// |---|---|
/// | `opened` | the store can be used |
/// | `begin NAME NUMBER` | version NUMBER is put from now on; 0: deleted |
/// | `done NAME NUMBER COUNT` | that succeeded, as the COUNTth of all |
/// | `failed NAME NUMBER` | nobody knows whether it took place |
final class StoreWriter {
  static final String WRITE = "write";
  static final String STREAM = "stream";
  static final String OPENED = "opened";
  static final String STREAMED = "streamed";
  static final int WRITERS = 4;
  private static final int NAMES_PER_WRITER = 2;
  private static final int READ_BYTES = 1 << 20;

  private StoreWriter() {}

  /// The command that runs one.
  ///
  /// @param bytes the length of large objects
  /// @param firstVersion where versions are counted from
  /// @param heap the heap that it gets
  static List<String> command(
      String mode, long bytes, int firstVersion, String heap, List<String> flags) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Servers.JAVA,
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                StoreWriter.class.getName(),
                mode,
                Long.toString(bytes),
                Integer.toString(firstVersion)));
    command.addAll(flags);
    return command;
  }

  static TestProcess start(Path work, List<String> command) {
    return TestProcess.start(command, Map.of(), work, work.resolve("writer.log"));
  }

  public static void main(String[] arguments) throws Exception {
    long bytes = Long.parseLong(arguments[1]);
    List<String> flags = List.of(arguments).subList(3, arguments.length);
    try (ObjectStore store = open(flags)) {
      say(OPENED);
      if (arguments[0].equals(STREAM)) {
        stream(store, bytes);
      } else {
        write(store, bytes, Integer.parseInt(arguments[2]));
      }
    }
  }

  /// The store of a configuration, as the product opens it.
  static ObjectStore open(List<String> flags) {
    return StoreAssembly.open(config(flags), new PrometheusRegistry(), TimeSource.SYSTEM);
  }

  static StorageConfig config(List<String> flags) {
    return ConfigBinder.bind(
            PalliumConfig.class,
            PalliumConfig.defaults(),
            ConfigSources.none().withArguments(flags))
        .storage();
  }

  private static void say(String line) {
    synchronized (System.out) {
      System.out.println(line);
    }
  }

  private static void write(ObjectStore store, long largeBytes, int firstVersion) {
    AtomicInteger versions = new AtomicInteger(firstVersion);
    AtomicInteger done = new AtomicInteger();
    Parallel.run(
        WRITERS,
        writer -> {
          Random random = new Random(writer);
          while (true) {
            String name = name(writer, random.nextInt(NAMES_PER_WRITER));
            @Nullable Version version =
                random.nextInt(8) == 0 ? null : randomVersion(versions, random, largeBytes);
            int number = version == null ? NameModel.NOTHING : version.number();
            say("begin " + name + " " + number);
            try {
              if (version == null) {
                store.delete(name);
              } else {
                String unused = store.put(name, version);
              }
              say("done " + name + " " + number + " " + done.incrementAndGet());
            } catch (StoreException e) {
              say("failed " + name + " " + number + " " + e);
            }
          }
        });
  }

  static String name(int writer, int index) {
    return "killed/writer-" + writer + "/object-" + index;
  }

  static List<String> names() {
    List<String> names = new ArrayList<>();
    for (int writer = 0; writer < WRITERS; writer++) {
      for (int index = 0; index < NAMES_PER_WRITER; index++) {
        names.add(name(writer, index));
      }
    }
    return names;
  }

  /// Mostly small, now and then large.
  static Version randomVersion(AtomicInteger versions, Random random, long largeBytes) {
    int number = versions.incrementAndGet();
    long bound =
        switch (random.nextInt(8)) {
          case 0 -> largeBytes;
          case 1, 2 -> largeBytes / 8;
          default -> 4096;
        };
    return new Version(number, (bound / 2 + random.nextLong(bound / 2)) / 8 * 8);
  }

  private static void stream(ObjectStore store, long bytes) {
    Version version = new Version(1, bytes);
    String unused = store.put("streamed/object", version);
    long at = 0;
    while (at < bytes) {
      ObjectRange range = store.read("streamed/object", at, READ_BYTES);
      if (Version.numberOf(range, at) != 1 || range.objectBytes() != bytes) {
        throw new AssertionError("another object at " + at);
      }
      at += range.bytes().length;
    }
    store.delete("streamed/object");
    say(STREAMED + " " + bytes);
  }
}
