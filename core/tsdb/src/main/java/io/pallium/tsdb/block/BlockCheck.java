package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.ChunkSamples;
import io.pallium.model.LabelCursor;
import io.pallium.model.Labels;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads all of an open block and holds it against every rule of the format: checksums, orders,
/// postings against labels, chunks against their samples, counts against `meta.json`. Confined to
/// one thread. Source: docs/formats/block.md, docs/formats/index.md.
public final class BlockCheck {
  private static final int MAX_FINDINGS = 100;

  private final BlockReader block;
  private final IndexReader.Access index;
  private final ChunkSegments.Access chunks;
  private final ChunkPlaces places = new ChunkPlaces();
  private final LabelCursor labels = new LabelCursor();
  private final ChunkSamples decoded = new ChunkSamples();
  private final List<String> findings = new ArrayList<>();
  private long samples;
  private long floatSamples;
  private long chunkCount;
  private long labelCount;

  private BlockCheck(BlockReader block) {
    this.block = block;
    this.index = block.index().access();
    this.chunks = block.chunks().access();
  }

  /// What is wrong, each with its file; empty for a block that is as it should be. At most a
  /// hundred are named.
  public static List<String> findings(BlockReader block) {
    try (BlockScan held = block.scan()) {
      BlockCheck check = new BlockCheck(block);
      check.run();
      return check.findings;
    } catch (CorruptDataException e) {
      return List.of(text(e));
    } catch (InternalError e) {
      return List.of(text(block.quarantine(e)));
    }
  }

  private void run() {
    checkSymbols();
    int[] references = index.allPostings().toArray();
    Labels before = null;
    for (int i = 0; i < references.length && findings.size() < MAX_FINDINGS; i++) {
      if (i > 0 && references[i] <= references[i - 1]) {
        add("the list of all series is not in order at " + i);
      }
      before = checkSeries(references[i], before);
    }
    if (findings.isEmpty()) {
      checkPostings();
      checkStats(references.length);
    }
  }

  private void checkSymbols() {
    for (int symbol = 1; symbol < index.symbolCount(); symbol++) {
      if (!index.isBefore(symbol - 1, symbol)) {
        add("symbol " + symbol + " is not after the one before");
        return;
      }
    }
  }

  /// @return its labels, or those before if it cannot be read
  private @Nullable Labels checkSeries(int reference, @Nullable Labels before) {
    try {
      Labels present = index.readLabels(reference);
      if (before != null && before.compareTo(present) >= 0) {
        add("series " + present + " is not after " + before);
      }
      checkLabels(present);
      index.readChunks(reference, Long.MIN_VALUE, Long.MAX_VALUE, places);
      if (places.count() == 0) {
        add("series " + present + " has no chunks");
      }
      for (int chunk = 0; chunk < places.count(); chunk++) {
        checkChunk(present, chunk);
      }
      return present;
    } catch (CorruptDataException e) {
      findings.add(text(e));
      return before;
    }
  }

  private void checkLabels(Labels present) {
    labels.reset(present.bytes(), 0, present.bytes().length);
    while (labels.next()) {
      labelCount++;
      if (labels.nameLengthBytes() == 0 || labels.valueLengthBytes() == 0) {
        add("series " + present + " has an empty name or value");
      }
    }
  }

  private void checkChunk(Labels series, int chunk) {
    if (places.minMs(chunk) > places.maxMs(chunk)
        || chunk > 0 && places.minMs(chunk) <= places.maxMs(chunk - 1)) {
      add("chunk " + chunk + " of series " + series + " is not after the one before");
    }
    if (places.minMs(chunk) < block.meta().minTimeMs()
        || places.maxMs(chunk) >= block.meta().maxTimeMs()) {
      add("chunk " + chunk + " of series " + series + " is not within the times in meta.json");
    }
    try {
      chunks.read(places.place(chunk));
      decode();
      int count = decoded.count();
      if (count == 0
          || decoded.timestampMs(0) != places.minMs(chunk)
          || decoded.timestampMs(count - 1) != places.maxMs(chunk)) {
        throw chunks.corrupt("has not the times that the index says", null);
      }
      for (int i = 1; i < count; i++) {
        if (decoded.timestampMs(i) <= decoded.timestampMs(i - 1)) {
          throw chunks.corrupt("has samples that are not in order", null);
        }
      }
      chunkCount++;
      samples += count;
      floatSamples += ChunkEncoding.isFloat(chunks.encoding()) ? count : 0;
    } catch (CorruptDataException e) {
      findings.add(text(e));
    }
  }

  private void decode() {
    try {
      decoded.decode(chunks.encoding(), chunks.buffer(), 1, chunks.lengthBytes());
    } catch (CorruptDataException e) {
      throw chunks.corrupt(e.getMessage(), e);
    }
  }

  /// Each list is in order and names series that have its label, and all lists together have as
  /// many references as all series have labels: so none is missing.
  private void checkPostings() {
    long listed = 0;
    int[] pairs = new int[32];
    List<String> names = index.labelNames();
    for (int name = 0; name < names.size(); name++) {
      int nameSymbol = index.symbolNumber(index.nameBytes(name));
      for (int entry = index.firstEntry(name); entry < index.endEntry(name); entry++) {
        int valueSymbol = index.symbolNumber(index.value(entry));
        PostingsList list = index.postings(entry);
        listed += list.count();
        for (int i = 0; i < list.count(); i++) {
          if (i > 0 && list.at(i) <= list.at(i - 1)) {
            add("postings of " + names.get(name) + " are not in order");
          }
          pairs = index.readSymbols(list.at(i), pairs);
          if (!contains(pairs, nameSymbol, valueSymbol)) {
            add("postings of " + names.get(name) + " have a series without that label");
          }
          if (findings.size() >= MAX_FINDINGS) {
            return;
          }
        }
      }
    }
    if (listed != labelCount) {
      add("postings have " + listed + " entries, series have " + labelCount + " labels");
    }
  }

  private static boolean contains(int[] pairs, int name, int value) {
    for (int i = 1; i <= pairs[0]; i += 2) {
      if (pairs[i] == name && pairs[i + 1] == value) {
        return true;
      }
    }
    return false;
  }

  private void checkStats(int series) {
    BlockStats found =
        new BlockStats(samples, floatSamples, samples - floatSamples, series, chunkCount);
    BlockStats said = block.meta().stats();
    // Writers of old count samples without saying of which kind.
    boolean isSame =
        found.samples() == said.samples()
            && found.series() == said.series()
            && found.chunks() == said.chunks()
            && (said.floatSamples() + said.histogramSamples() == 0
                || found.floatSamples() == said.floatSamples());
    if (!isSame) {
      findings.add(block.location() + "/meta.json says " + said + ", there is " + found);
    }
  }

  private void add(String what) {
    if (findings.size() < MAX_FINDINGS) {
      findings.add(block.location() + "/index: " + what);
    }
  }

  private static String text(CorruptDataException e) {
    return String.valueOf(e.getMessage());
  }
}
