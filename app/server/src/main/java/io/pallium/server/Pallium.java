package io.pallium.server;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.ServerBuilder;
import io.pallium.base.PalliumException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.ConfigKey;
import io.pallium.base.config.ConfigPrinter;
import io.pallium.base.config.ConfigSchema;
import io.pallium.base.config.Overrides;
import io.pallium.base.config.TenantOverrides;
import io.pallium.base.lifecycle.PeriodicTask;
import io.pallium.base.lifecycle.Services;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.bucket.Bucket;
import io.pallium.bucket.StoreIdentity;
import io.pallium.cluster.IngesterRing;
import io.pallium.cluster.StaticIngesterRing;
import io.pallium.cluster.rpc.IngesterService;
import io.pallium.cluster.rpc.RemoteIngester;
import io.pallium.model.TenantId;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.row.Collector;
import io.pallium.promql.EngineConfig;
import io.pallium.promql.QueryEngine;
import io.pallium.server.api.AdminRoutes;
import io.pallium.server.api.ProcessDescription;
import io.pallium.server.api.PushHandler;
import io.pallium.server.api.ReadRoutes;
import io.pallium.server.api.TenantResolver;
import io.pallium.server.config.PalliumConfig;
import io.pallium.server.config.QuerierConfig;
import io.pallium.server.config.ServerConfig;
import io.pallium.server.config.Target;
import io.pallium.server.page.StartPage;
import io.pallium.server.scrape.SelfScrape;
import io.pallium.service.distributor.Distributor;
import io.pallium.service.distributor.DistributorLimits;
import io.pallium.service.distributor.PushOutcome;
import io.pallium.service.distributor.RemoteWriteVersion;
import io.pallium.service.querier.IngesterQueryable;
import io.pallium.service.storegateway.StoreGateway;
import io.pallium.storage.Queryable;
import io.pallium.storage.RecentFacts;
import io.pallium.storage.SampleSink;
import io.pallium.tsdb.LongTermStore;
import io.pallium.tsdb.Shipping;
import io.pallium.tsdb.Tsdb;
import io.pallium.tsdb.TsdbConfig;
import io.pallium.tsdb.TsdbLimits;
import io.pallium.tsdb.compact.RetentionLimits;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.file.LocalDurableFiles;
import io.pallium.tsdb.head.HeadLimits;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running process: the composition root. Builds the parts of the process's target in the order
/// in which they need each other, and stops them in reverse.
public final class Pallium implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Pallium.class);
  private static final double QUERY_SHARE_OF_HEAP = 0.4;
  private static final Duration COLLECTION_INTERVAL = Duration.ofMinutes(15);

  private final PalliumConfig config;
  private final TimeSource time;
  private final PrometheusRegistry registry;
  private final DurableFiles files;
  private final Readiness readiness = new Readiness();
  private final ClosingOrder parts = new ClosingOrder();
  private final TenantResolver tenants;
  private final TenantOverrides overrides;
  private final HttpFrontDoor frontDoor;
  private final ExecutorService blockingThreads;
  private final MemoryBudget queryBudget;

  private Pallium(
      PalliumConfig config, TimeSource time, PrometheusRegistry registry, DurableFiles files) {
    this.config = config;
    this.time = time;
    this.registry = registry;
    this.files = files;
    this.tenants = new TenantResolver(config.auth().enabled());
    this.queryBudget = queryBudget(config.querier());
    this.blockingThreads = parts.add("threads", Executors.newVirtualThreadPerTaskExecutor());
    readiness.waitFor("server", "parts are starting");
    this.overrides = readOverrides(config);
    this.frontDoor = new HttpFrontDoor(config.server(), readiness, registry);
  }

  /// Starts a process and returns when it takes requests.
  ///
  /// @throws RuntimeException if a part cannot start; what was started is stopped again
  public static Pallium start(PalliumConfig config, TimeSource time, PrometheusRegistry registry) {
    return start(config, time, registry, new LocalDurableFiles());
  }

  /// Starts a process whose data is in `files`.
  static Pallium start(
      PalliumConfig config, TimeSource time, PrometheusRegistry registry, DurableFiles files) {
    if (!config.auth().enabled()) {
      log.info("authentication is off: all data belongs to tenant={}", TenantId.ANONYMOUS);
    }
    Pallium pallium = new Pallium(config, time, registry, files);
    try {
      pallium.startParts();
      return pallium;
    } catch (RuntimeException e) {
      pallium.close();
      throw e;
    }
  }

  /// Where clients reach this process, without a slash at the end.
  public String url() {
    return "http://" + frontDoor.address();
  }

  @Override
  public void close() {
    readiness.waitFor("server", "stopping");
    try {
      frontDoor.close();
    } finally {
      parts.close();
    }
  }

  private void startParts() {
    Target target = config.target();
    boolean isAll = target == Target.ALL;
    reloadOverrides();
    boolean hasDatabase = isAll || target == Target.INGESTER;
    Bucket bucket = config.hasStore() ? openBucket(hasDatabase) : null;
    Tsdb tsdb = hasDatabase && bucket != null ? openTsdb(bucket) : null;
    List<RemoteIngester> remotes =
        tsdb == null ? remoteIngesters(bucket == null ? "" : bucket.id()) : List.of();
    StoreGateway.Recent recent =
        tsdb != null
            ? new StoreGateway.Recent(tsdb, tsdb.shipping()::held)
            : new StoreGateway.Recent(new IngesterQueryable(remotes), _ -> Set.of());
    BlockStore blocks =
        bucket == null
            ? null
            : parts.add("blocks", new BlockStore(config, bucket, recent, time, registry, files));
    Queryable storage = blocks == null ? recent.samples() : blocks.gateway();
    AdminRoutes.Database database = tsdb == null ? null : database(tsdb, blocks);
    RecentFacts facts = tsdb != null ? tsdb : new IngesterQueryable(remotes);
    ServerConfig server = config.server();
    ExecutorService pushThreads =
        computeThreads("push", server.pushThreads(), server.maxWaitingPushes());
    PushHandler.Receiver receiver =
        isAll || target == Target.DISTRIBUTOR ? startDistributor(tsdb, remotes, pushThreads) : null;
    ReadRoutes reads = isAll || target == Target.QUERIER ? startQuerier(storage, facts) : null;
    frontDoor.open(
        routes -> {
          if (receiver != null) {
            addPushRoutes(routes, receiver, pushThreads);
          }
          if (reads != null) {
            reads.addTo(routes);
          }
          if (tsdb != null && bucket != null && !isAll) {
            ingesterService(tsdb, storage, bucket).addTo(routes);
          }
          if (database != null) {
            new AdminRoutes(
                    database,
                    tenants,
                    config.server().adminApi(),
                    blockingThreads,
                    config.server().clientTimeout())
                .addTo(routes);
          }
          addPages(routes);
        });
    if (receiver != null && config.selfScrape().enabled()) {
      startSelfScrape(receiver);
    }
    readiness.done("server");
  }

  private Tsdb openTsdb(Bucket bucket) {
    Overrides<HeadLimits> headLimits = overrides.of(HeadLimits.class);
    Overrides<RetentionLimits> retention = overrides.of(RetentionLimits.class);
    ReplayProgress progress = new ReplayProgress(readiness);
    Tsdb tsdb =
        Tsdb.open(
            new TsdbConfig(directory(), config.head(), config.log(), config.compaction())
                .withStore(longTermStore(bucket.id())),
            files,
            time,
            new TsdbLimits(
                tenant -> headLimits.forTenant(tenant.value()),
                tenant -> retention.forTenant(tenant.value())),
            registry,
            progress);
    progress.end();
    readiness.addRemark(
        () ->
            tsdb.isWritable()
                ? Optional.empty()
                : Optional.of("the write log has failed: writes are refused until a restart"));
    return parts.add("tsdb", tsdb);
  }

  private Path directory() {
    return config.storage().directory().toAbsolutePath().normalize();
  }

  /// @param id of the store; empty if it has none yet
  private LongTermStore longTermStore(String id) {
    return new LongTermStore(
        id,
        config.storage().location(),
        config.storage().forgottenStore(),
        config.shipper().enabled());
  }

  /// Opens the store that blocks lie in. One that has no id gets one, unless this directory shipped
  /// to another: then nothing is written to it.
  private Bucket openBucket(boolean hasDatabase) {
    ObjectStore store = openStore();
    if (hasDatabase && StoreIdentity.read(store).isEmpty()) {
      Shipping.requireStore(files, directory(), longTermStore(""));
    }
    return Bucket.open(store, config.storage().location(), time);
  }

  /// Opens the store for objects. Who writes to one of rows removes what is left behind in it, too.
  private ObjectStore openStore() {
    List<Collector> collectors = new ArrayList<>();
    ObjectStore store =
        parts.add("store", StoreAssembly.open(config.storage(), registry, time, collectors::add));
    if (!collectors.isEmpty() && config.target() != Target.QUERIER) {
      Services collecting =
          parts.add("store-collector", new Services(Duration.ofMinutes(1), Duration.ofSeconds(5)));
      collecting.add(
          new PeriodicTask("store-collector", COLLECTION_INTERVAL, collectors.getFirst()::run));
      collecting.start();
    }
    return store;
  }

  private AdminRoutes.Database database(Tsdb tsdb, @Nullable BlockStore blocks) {
    return blocks == null
        ? AdminRoutes.Database.of(tsdb)
        : blocks.startShipping(tsdb, overrides.of(RetentionLimits.class));
  }

  /// @param store the id of the store that this process reads; empty if none
  private List<RemoteIngester> remoteIngesters(String store) {
    if (config.cluster().ingesters().isEmpty()) {
      throw new IllegalArgumentException(
          "a process with target "
              + config.target()
              + " needs the addresses of the ingesters (cluster.ingesters)");
    }
    return config.cluster().ingesters().stream()
        .map(
            address ->
                new RemoteIngester(address.toString(), config.cluster().writeTimeout(), store))
        .toList();
  }

  private PushHandler.Receiver startDistributor(
      @Nullable Tsdb tsdb, List<RemoteIngester> remotes, ExecutorService pushThreads) {
    List<SampleSink> sinks = tsdb != null ? List.of(tsdb) : List.copyOf(remotes);
    IngesterRing ring = new StaticIngesterRing(sinks);
    Distributor distributor =
        new Distributor(
            config.distributor(),
            overrides.of(DistributorLimits.class),
            ring,
            pushThreads,
            time,
            registry);
    return new PushHandler.Receiver() {
      @Override
      public CompletableFuture<PushOutcome> push(
          TenantId tenant, RemoteWriteVersion version, byte[] body, int offset, int lengthBytes) {
        return distributor.push(tenant, version, body, offset, lengthBytes);
      }

      @Override
      public void refused(@Nullable TenantId tenant, PalliumException reason) {
        distributor.countRefused(tenant, reason);
      }
    };
  }

  private void addPushRoutes(
      ServerBuilder server, PushHandler.Receiver receiver, ExecutorService pushThreads) {
    PushHandler push =
        new PushHandler(
            tenants,
            receiver,
            pushThreads,
            config.distributor().maxCompressedBodySize().bytes(),
            config.distributor().maxInflightSize().bytes(),
            config.server().clientTimeout());
    server.service("/api/v1/push", push);
    server.service("/api/prom/push", push);
    server.service("/api/v1/write", push);
  }

  /// A bounded pool of platform threads for computing, which refuses when its queue is full.
  ///
  /// @param configured how many threads; 0 takes one per processor
  private ExecutorService computeThreads(String name, int configured, int maxWaiting) {
    int size = threadCount(configured);
    AtomicInteger count = new AtomicInteger();
    return parts.add(
        name + "-threads",
        new ThreadPoolExecutor(
            size,
            size,
            0,
            TimeUnit.MILLISECONDS,
            new ArrayBlockingQueue<>(maxWaiting),
            task ->
                Thread.ofPlatform()
                    .name(name + "-" + count.incrementAndGet())
                    .daemon()
                    .unstarted(task)));
  }

  private static int threadCount(int configured) {
    return configured > 0 ? configured : Runtime.getRuntime().availableProcessors();
  }

  private ReadRoutes startQuerier(Queryable storage, RecentFacts facts) {
    QuerierConfig querier = config.querier();
    int threads = threadCount(querier.evaluationThreads());
    ExecutorService pool = computeThreads("evaluate", threads, threads * 64);
    QueryEngine engine =
        new QueryEngine(
            new EngineConfig(
                querier.lookbackDelta(), Duration.ofMinutes(1), threads, querier.parser()),
            querier.features().toFeatures(),
            pool);
    return new ReadRoutes(
        engine,
        storage,
        facts,
        tenants,
        new ReadRoutes.Bounds(
            querier.maxConcurrent(),
            querier.maxWaiting(),
            queryBudget,
            querier.maxQueryMemory().bytes(),
            querier.timeout(),
            config.server().clientTimeout()),
        blockingThreads,
        time,
        registry,
        new ProcessDescription(
            Main.version(), ConfigPrinter.print(config), flags(config), time.nowMs()));
  }

  /// The flags in force: a schema whose defaults are this configuration.
  private static Map<String, String> flags(PalliumConfig config) {
    Map<String, String> flags = new TreeMap<>();
    for (ConfigKey key : ConfigSchema.of(config).keys()) {
      if (!key.flag().isEmpty()) {
        flags.put(key.flag().substring(2), key.defaultValue());
      }
    }
    return flags;
  }

  /// A store that callers can reach they read by themselves.
  private IngesterService ingesterService(Tsdb tsdb, Queryable all, Bucket bucket) {
    boolean isOwn = config.storage().isOwnStore();
    return new IngesterService(
        tsdb,
        isOwn ? all : tsdb,
        tsdb,
        isOwn ? "" : bucket.id(),
        blockingThreads,
        queryBudget,
        config.querier().maxQueryMemory().bytes(),
        config.querier().timeout(),
        MemoryBudget.root("cluster.max-inflight-size", config.cluster().maxInflightSize().bytes()),
        time);
  }

  private void addPages(ServerBuilder server) {
    String start =
        new StartPage(
                Main.version(),
                url(),
                config.auth().enabled(),
                config.selfScrape().enabled() && !config.auth().enabled())
            .html();
    String shown = ConfigPrinter.print(config);
    server.service(
        "/", HttpFrontDoor.page(() -> HttpResponse.of(HttpStatus.OK, MediaType.HTML_UTF_8, start)));
    server.service(
        "/config",
        HttpFrontDoor.page(
            () -> HttpResponse.of(HttpStatus.OK, MediaType.PLAIN_TEXT_UTF_8, shown)));
  }

  private void startSelfScrape(PushHandler.Receiver receiver) {
    if (config.auth().enabled()) {
      log.info(
          "this process's own metrics are not stored: authentication is on, and they would belong"
              + " to tenant={}",
          TenantId.ANONYMOUS);
      return;
    }
    SelfScrape scrape =
        new SelfScrape(
            registry,
            receiver,
            time,
            config.selfScrape().interval(),
            frontDoor.address().toString());
    parts.add("self-scrape", scrape);
    scrape.start();
  }

  /// A bad file refuses the start: there are no old limits to keep, and none at all would let
  /// tenants do what the file forbids.
  private static TenantOverrides readOverrides(PalliumConfig config) {
    String file = config.overrides().file();
    return file.isEmpty()
        ? TenantOverrides.none(config.limits())
        : TenantOverrides.open(Path.of(file), config.limits(), TenantId::new);
  }

  private void reloadOverrides() {
    if (!config.overrides().file().isEmpty()) {
      Services reloading =
          parts.add("overrides", new Services(Duration.ofMinutes(1), Duration.ofSeconds(5)));
      reloading.add(
          new PeriodicTask(
              "overrides-reload", config.overrides().reloadInterval(), overrides::reload));
      reloading.start();
    }
    readiness.addRemark(
        () -> overrides.lastReloadError().map(error -> "overrides are not in force: " + error));
    GaugeWithCallback.builder()
        .name("pallium_overrides_last_reload_successful")
        .help("Whether the overrides file was fine when it was read last.")
        .callback(callback -> callback.call(overrides.isLastReloadSuccessful() ? 1 : 0))
        .register(registry);
  }

  private static MemoryBudget queryBudget(QuerierConfig querier) {
    long configured = querier.totalQueryMemory().bytes();
    long bytes =
        configured > 0
            ? configured
            : (long) (Runtime.getRuntime().maxMemory() * QUERY_SHARE_OF_HEAP);
    return MemoryBudget.shared("querier.total-query-memory", bytes);
  }
}
