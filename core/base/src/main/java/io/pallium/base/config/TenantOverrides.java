package io.pallium.base.config;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pallium.base.PalliumException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yaml.snakeyaml.nodes.Node;

/// Limits per tenant from a YAML file that is read again while the process runs:
///
/// ```yaml
/// overrides:
///   team-a:
///     ingestion_rate: 100000
/// ```
///
/// A tenant names only the keys that it changes; all other values, and those of tenants that are
/// not in the file, are the defaults. The file is decoded once per reload into the limits records
/// of all components, everything is checked, and one immutable snapshot is published: a reader
/// never sees half a file. A file with a problem anywhere changes nothing; the problem is kept for
/// [#lastReloadError()].
///
/// Thread-safe: readers take no lock, reloads are serialized by one.
public final class TenantOverrides {
  static final long FIRST_VERSION = 1;

  private static final Logger log = LoggerFactory.getLogger(TenantOverrides.class);
  private static final String ROOT_KEY = "overrides";

  private final @Nullable Path file;
  private final Record defaults;
  private final Shape.Section schema;
  private final Consumer<String> tenantCheck;
  private final Tenant others;
  private final ReentrantLock reloading = new ReentrantLock();

  @GuardedBy("reloading")
  private @Nullable String lastText;

  private volatile Snapshot snapshot;
  private volatile @Nullable String lastError;

  /// What holds for one tenant.
  ///
  /// @param all the record of all limits
  /// @param byType each limits record in it by its class
  /// @param version when this tenant's limits changed last
  private record Tenant(Record all, Map<Class<?>, Record> byType, long version) {}

  /// @param byName tenants whose limits differ, or once differed, from the defaults
  /// @param named the tenants that the file has
  private record Snapshot(Map<String, Tenant> byName, Set<String> named, long version) {}

  private TenantOverrides(@Nullable Path file, Record defaults, Consumer<String> tenantCheck) {
    ConfigSchema checked = ConfigSchema.of(defaults);
    this.file = file;
    this.defaults = defaults;
    this.schema = checked.root();
    this.tenantCheck = tenantCheck;
    this.others = tenant(defaults, FIRST_VERSION);
    this.snapshot = new Snapshot(Map.of(), Set.of(), FIRST_VERSION);
  }

  /// Overrides from a file, which is read now.
  ///
  /// @param defaults a limits record, or a record whose components are the limits records of all
  ///   components, marked `@Inline` so that their keys stand flat under the tenant
  /// @param tenantCheck throws `IllegalArgumentException` or `PalliumException` if its argument
  ///   cannot be a tenant's name
  /// @throws ConfigException if the file cannot be read or has a problem
  /// @throws IllegalArgumentException if two limits have one name
  public static TenantOverrides open(Path file, Record defaults, Consumer<String> tenantCheck) {
    TenantOverrides overrides = new TenantOverrides(file, defaults, tenantCheck);
    overrides.openFirst(file);
    return overrides;
  }

  /// No overrides: every tenant has the defaults, and a reload does nothing.
  public static TenantOverrides none(Record defaults) {
    return new TenantOverrides(null, defaults, _ -> {});
  }

  /// The limits of one component.
  ///
  /// @throws IllegalArgumentException if `type` is not among the limits records
  public <L extends Record> Overrides<L> of(Class<L> type) {
    if (!others.byType().containsKey(type)) {
      throw new IllegalArgumentException(
          type.getName() + " is not in " + defaults.getClass().getName());
    }
    return new Overrides<>() {
      @Override
      public L forTenant(String tenant) {
        // Every snapshot holds the same records as `others`.
        Record limits = requireNonNull(tenantIn(snapshot, tenant).byType().get(type));
        return requireNonNull(type.cast(limits));
      }

      @Override
      public long version() {
        return TenantOverrides.this.version();
      }

      @Override
      public long version(String tenant) {
        return tenantIn(snapshot, tenant).version();
      }
    };
  }

  /// Reads the file again. Never throws for what is in the file or for a file that cannot be read:
  /// then the limits stay as they are, and [#lastReloadError()] says why.
  ///
  /// @return whether the limits of any tenant changed
  public boolean reload() {
    Path path = file;
    if (path == null) {
      return false;
    }
    reloading.lock();
    try {
      return reloadLocked(path);
    } finally {
      reloading.unlock();
    }
  }

  /// Why the last reload failed: each problem with file, line, column and path; empty if it did
  /// not.
  public Optional<String> lastReloadError() {
    return Optional.ofNullable(lastError);
  }

  /// Whether the limits in force are those of the file as it was last read.
  public boolean isLastReloadSuccessful() {
    return lastError == null;
  }

  /// Grows by one with each reload that changed the limits of any tenant.
  public long version() {
    return snapshot.version();
  }

  /// The tenants that the file names, sorted.
  public Set<String> tenants() {
    return snapshot.named();
  }

  @GuardedBy("reloading")
  private boolean reloadLocked(Path path) {
    List<ConfigProblem> problems = new ArrayList<>();
    String text = ConfigBinder.readFile(path, problems).orElse(null);
    if (text != null && text.equals(lastText)) {
      return false;
    }
    Map<String, Record> read = text == null ? Map.of() : decode(path, text, problems);
    lastText = text;
    if (!problems.isEmpty()) {
      fail(path, new ConfigException(problems));
      return false;
    }
    lastError = null;
    return publish(path, read);
  }

  private void openFirst(Path path) {
    List<ConfigProblem> problems = new ArrayList<>();
    reloading.lock();
    try {
      String text = ConfigBinder.readFile(path, problems).orElse(null);
      Map<String, Record> read = text == null ? Map.of() : decode(path, text, problems);
      if (!problems.isEmpty()) {
        throw new ConfigException(problems);
      }
      lastText = text;
      Map<String, Tenant> tenants = new HashMap<>();
      read.forEach((name, all) -> tenants.put(name, tenant(all, FIRST_VERSION)));
      snapshot = new Snapshot(Map.copyOf(tenants), sorted(read.keySet()), FIRST_VERSION);
    } finally {
      reloading.unlock();
    }
  }

  private void fail(Path path, ConfigException failure) {
    String message = String.valueOf(failure.getMessage());
    if (!message.equals(lastError)) {
      log.warn("overrides not reloaded, the old ones stay, file={} error={}", path, message);
    }
    lastError = message;
  }

  @GuardedBy("reloading")
  private boolean publish(Path path, Map<String, Record> read) {
    Snapshot old = snapshot;
    long next = old.version() + 1;
    boolean isChanged = false;
    Map<String, Tenant> tenants = new HashMap<>(old.byName());
    Set<String> names = new TreeSet<>(old.byName().keySet());
    names.addAll(read.keySet());
    for (String name : names) {
      Record all = read.getOrDefault(name, defaults);
      if (!all.equals(tenantIn(old, name).all())) {
        // A tenant that left the file keeps an entry, or its version would fall back to the first.
        tenants.put(name, tenant(all, next));
        isChanged = true;
      }
    }
    long version = isChanged ? next : old.version();
    snapshot = new Snapshot(Map.copyOf(tenants), sorted(read.keySet()), version);
    if (isChanged) {
      log.info("overrides reloaded, file={} tenants={} version={}", path, read.size(), version);
    }
    return isChanged;
  }

  private Map<String, Record> decode(Path path, String text, List<ConfigProblem> problems) {
    YamlTree tree = YamlTree.ofFile(path.toString(), problems);
    Node root = tree.compose(text);
    Map<String, YamlTree.Entry> top = root == null ? null : tree.entries(root, "");
    Map<String, Record> tenants = new HashMap<>();
    if (top == null) {
      return tenants;
    }
    for (YamlTree.Entry entry : top.values()) {
      if (entry.key().equals(ROOT_KEY)) {
        decodeTenants(tree, entry.value(), tenants, problems);
      } else {
        String hint = Nearest.hint(entry.key(), List.of(ROOT_KEY));
        tree.problem(entry.keyNode(), Quoted.name(entry.key()), "unknown key" + hint);
      }
    }
    return tenants;
  }

  private void decodeTenants(
      YamlTree tree, Node node, Map<String, Record> into, List<ConfigProblem> problems) {
    Map<String, YamlTree.Entry> entries =
        YamlTree.isEmpty(node) ? Map.of() : tree.entries(node, ROOT_KEY);
    if (entries == null) {
      return;
    }
    Binding binding = new Binding(problems, Map.of(), List.of());
    for (YamlTree.Entry entry : entries.values()) {
      String path = KeyName.join(ROOT_KEY, Quoted.name(entry.key()));
      try {
        tenantCheck.accept(entry.key());
      } catch (IllegalArgumentException | PalliumException e) {
        tree.problem(entry.keyNode(), path, String.valueOf(e.getMessage()));
      }
      Record limits = binding.section(schema, tree, entry.value(), defaults, path);
      if (limits != null) {
        into.put(entry.key(), limits);
      }
    }
  }

  private Tenant tenantIn(Snapshot current, String name) {
    return current.byName().getOrDefault(name, others);
  }

  private static Set<String> sorted(Set<String> names) {
    return Collections.unmodifiableSet(new TreeSet<>(names));
  }

  private Tenant tenant(Record all, long version) {
    Map<Class<?>, Record> byType = new HashMap<>();
    collect(schema, all, byType);
    return new Tenant(all, Map.copyOf(byType), version);
  }

  private static void collect(Shape.Section section, Record record, Map<Class<?>, Record> into) {
    if (into.put(section.type(), record) != null) {
      throw new IllegalArgumentException(section.type().getName() + " is there twice");
    }
    for (Shape.Member member : section.members()) {
      if (member.shape() instanceof Shape.Section inner
          && section.get(record, member) instanceof Record value) {
        collect(inner, value, into);
      }
    }
  }
}
