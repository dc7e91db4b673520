package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import io.pallium.tsdb.deletion.UndeletedCursor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A view of the samples of a block within a range. Series come in label order. Names and values of
/// labels that are asked for without matchers are those of the whole block, as in Prometheus: to
/// know which of them have a sample in the range, all series would have to be read.
final class BlockQuerier implements Querier {
  private static final int SERIES_PER_CHECK = 1024;
  private static final int SERIES_PER_PLAN = 128;

  private final BlockReader block;
  private final long minMs;
  private final long maxMs;
  private final QueryControl control;
  private final IndexReader.Access index;
  private final ChunkSegments chunks;
  private long reservedBytes;
  private boolean isClosed;

  BlockQuerier(BlockReader block, long minMs, long maxMs, QueryControl control) {
    this.block = block;
    this.minMs = minMs;
    this.maxMs = maxMs;
    this.control = control;
    this.index = block.index().access(control);
    this.chunks = block.chunks().forQuery(control);
  }

  @Override
  public SeriesSet select(SelectHints hints, List<LabelMatcher> matchers) {
    if (!block.meta().overlaps(minMs, maxMs)) {
      return SeriesSet.EMPTY;
    }
    return new BlockSeries(reading(() -> references(matchers)), hints.isSeriesOnly());
  }

  @Override
  public List<String> labelNames(List<LabelMatcher> matchers, int limit) {
    if (!block.meta().overlaps(minMs, maxMs)) {
      return List.of();
    }
    if (matchers.isEmpty()) {
      return limited(index.labelNames(), limit);
    }
    return reading(() -> symbols(matchers, null, limit));
  }

  @Override
  public List<String> labelValues(String name, List<LabelMatcher> matchers, int limit) {
    if (!block.meta().overlaps(minMs, maxMs)) {
      return List.of();
    }
    return reading(() -> matchers.isEmpty() ? values(name, limit) : symbols(matchers, name, limit));
  }

  private List<String> values(String name, int limit) {
    List<String> values = new ArrayList<>();
    int nameIndex = index.nameIndex(name.getBytes(StandardCharsets.UTF_8));
    if (nameIndex < 0) {
      return values;
    }
    int end = index.endEntry(nameIndex);
    for (int entry = index.firstEntry(nameIndex); entry < end; entry++) {
      if (limit > 0 && values.size() == limit) {
        break;
      }
      int length = index.readValue(entry);
      values.add(new String(index.valueBuffer(), 0, length, StandardCharsets.UTF_8));
    }
    return values;
  }

  @Override
  public void close() {
    if (!isClosed) {
      isClosed = true;
      try (index;
          chunks) {
        control.budget().release(reservedBytes);
      } finally {
        block.release();
      }
    }
  }

  private <T> T reading(Supplier<T> action) {
    try {
      return action.get();
    } catch (CorruptDataException e) {
      throw block.suspect(e);
    } catch (InternalError e) {
      throw block.quarantine(e);
    }
  }

  private int[] references(List<LabelMatcher> matchers) {
    int[] references = new PostingsSelection(index, control).select(matchers);
    reservedBytes += 4L * references.length;
    return references;
  }

  /// The names of labels of matching series, or the values of one name: symbols are numbered in
  /// their order, so a bit set sorts them.
  private List<String> symbols(List<LabelMatcher> matchers, @Nullable String name, int limit) {
    BitSet found = new BitSet();
    int[] references = references(matchers);
    ChunkPlaces places = new ChunkPlaces();
    int[] pairs = new int[32];
    int wanted = name == null ? -1 : index.symbolNumber(name.getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < references.length; i++) {
      if (i % SERIES_PER_CHECK == 0) {
        control.check();
        planSeries(references, i, SERIES_PER_CHECK);
      }
      if (index.readChunks(references[i], minMs, maxMs, places) == 0) {
        continue;
      }
      pairs = index.readSymbols(references[i], pairs);
      for (int k = 1; k <= pairs[0]; k += 2) {
        if (name == null) {
          found.set(pairs[k]);
        } else if (pairs[k] == wanted) {
          found.set(pairs[k + 1]);
        }
      }
    }
    List<String> texts = new ArrayList<>();
    for (int symbol = found.nextSetBit(0); symbol >= 0; symbol = found.nextSetBit(symbol + 1)) {
      if (limit > 0 && texts.size() == limit) {
        break;
      }
      texts.add(index.symbol(symbol));
    }
    return texts;
  }

  private void planSeries(int[] references, int from, int count) {
    if (index.isFar()) {
      index.planSeries(references, from, Math.min(references.length, from + count));
    }
  }

  private static List<String> limited(List<String> texts, int limit) {
    return limit > 0 && texts.size() > limit ? texts.subList(0, limit) : texts;
  }

  /// Series by ascending reference, which is label order.
  private final class BlockSeries implements SeriesSet {
    private final int[] references;
    private final boolean isSeriesOnly;
    private final ChunkPlaces places = new ChunkPlaces();
    private int position = -1;

    BlockSeries(int[] references, boolean isSeriesOnly) {
      this.references = references;
      this.isSeriesOnly = isSeriesOnly;
    }

    @Override
    public boolean isSorted() {
      return true;
    }

    @Override
    public boolean next() {
      return reading(this::advance);
    }

    private boolean advance() {
      while (++position < references.length) {
        if (position % SERIES_PER_CHECK == 0) {
          control.check();
          planSeries(references, position, SERIES_PER_CHECK);
        }
        if (position % SERIES_PER_PLAN == 0) {
          planChunks();
        }
        if (index.readChunks(references[position], minMs, maxMs, places) > 0) {
          return true;
        }
      }
      return false;
    }

    /// Where reading takes long, the chunks of the next series are known before the first is read.
    private void planChunks() {
      if (isSeriesOnly || !chunks.isFar()) {
        return;
      }
      int end = Math.min(references.length, position + SERIES_PER_PLAN);
      for (int i = position; i < end; i++) {
        index.readChunks(references[i], minMs, maxMs, places);
        chunks.plan(places);
      }
    }

    @Override
    public Labels labels() {
      return reading(() -> index.readLabels(references[position]));
    }

    @Override
    public SampleCursor samples() {
      SampleCursor all =
          new BlockCursor(block, chunks, places.copy(0, places.count()), minMs, maxMs, control);
      return UndeletedCursor.of(all, block.tombstones().of(references[position]), control);
    }
  }
}
