package io.pallium.tsdb;

import io.pallium.base.TenantMissingException;
import io.pallium.base.UnavailableException;
import io.pallium.model.TenantId;
import io.pallium.tsdb.block.Blocks;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the blocks of all tenants lie, and what is known of those that were shipped. Immutable.
///
/// ```
/// blocks/<tenant>/<block>   blocks
/// shipped/<tenant>.json     which of them lie in a store too
/// ```
///
/// @param directory of the database
/// @param store where blocks are shipped to
record BlocksDirectory(DurableFiles files, Path directory, LongTermStore store) {
  private static final Logger log = LoggerFactory.getLogger(BlocksDirectory.class);
  private static final String SUFFIX = ".json";

  /// Opens the blocks of a tenant, of which there may be none yet.
  TenantBlocks open(TenantId tenant) throws IOException {
    Blocks blocks = Blocks.open(files, blocks().resolve(tenant.value()));
    boolean isOpen = false;
    try {
      ShippedBlocks known = ShippedBlocks.open(files, shippedFile(tenant), tenant, blocks, store);
      isOpen = true;
      return new TenantBlocks(blocks, known);
    } finally {
      if (!isOpen) {
        blocks.close();
      }
    }
  }

  /// Opens the blocks of all tenants that have some here, or had.
  ///
  /// @throws UnavailableException if they cannot be read; nothing stays open then
  Map<TenantId, TenantBlocks> openAll() {
    Map<TenantId, TenantBlocks> opened = new ConcurrentHashMap<>();
    boolean isOpen = false;
    try {
      files.createDirectories(blocks());
      for (TenantId tenant : tenants()) {
        opened.put(tenant, open(tenant));
      }
      // Also the directories that were there: they were perhaps made just before a crash.
      files.forceDirectory(blocks());
      isOpen = true;
      return opened;
    } catch (IOException e) {
      throw new UnavailableException("blocks cannot be opened in " + directory, e);
    } finally {
      if (!isOpen) {
        opened.values().forEach(each -> each.blocks().close());
      }
    }
  }

  /// Makes sure that what was shipped lies in the store, before anything is opened.
  ///
  /// @throws UnavailableException if it lies in another, or cannot be read
  void requireStore() {
    try {
      for (TenantId tenant : shippedTenants()) {
        boolean unused = store.isSame(tenant, ShippedFile.read(files, shippedFile(tenant)));
      }
    } catch (IOException e) {
      throw new UnavailableException("what was shipped cannot be read in " + shipped(), e);
    }
  }

  private TreeSet<TenantId> tenants() throws IOException {
    TreeSet<TenantId> tenants = shippedTenants();
    for (String name : files.list(blocks())) {
      Path path = blocks().resolve(name);
      if (isTenant(name) && files.isDirectory(path)) {
        tenants.add(new TenantId(name));
      } else {
        log.warn("path={} is not a tenant's directory and is left alone", path);
      }
    }
    return tenants;
  }

  private TreeSet<TenantId> shippedTenants() throws IOException {
    TreeSet<TenantId> tenants = new TreeSet<>();
    for (String name : files.list(shipped())) {
      String tenant = name.endsWith(SUFFIX) ? name.substring(0, name.length() - 5) : "";
      if (isTenant(tenant)) {
        tenants.add(new TenantId(tenant));
      }
    }
    return tenants;
  }

  private Path shippedFile(TenantId tenant) {
    return shipped().resolve(tenant.value() + SUFFIX);
  }

  private Path blocks() {
    return directory.resolve("blocks");
  }

  private Path shipped() {
    return directory.resolve("shipped");
  }

  private static boolean isTenant(String name) {
    try {
      return new TenantId(name).value().equals(name);
    } catch (TenantMissingException e) {
      return false;
    }
  }
}
