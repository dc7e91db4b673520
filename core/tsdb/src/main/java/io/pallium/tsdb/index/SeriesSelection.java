package io.pallium.tsdb.index;

import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.LabelMatcher;
import io.pallium.storage.QueryControl;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/// Finds the series that fulfil matchers. Called under the index's read lock, taken once.
///
/// One matcher gives the candidates: the one with the shortest postings among those that a series
/// without the label cannot fulfil. The others are asked per candidate, through its few pair ids;
/// what a matcher says of a pair is remembered, so that an expression is evaluated once per value
/// that candidates really have.
final class SeriesSelection {
  private static final int CHECK_EVERY = 4096;
  private static final int MAX_ROUNDS = 3;

  private final LabelIndex index;
  private final SymbolTable symbols;
  private final PairTable pairs;

  SeriesSelection(LabelIndex index, SymbolTable symbols, PairTable pairs) {
    this.index = index;
    this.symbols = symbols;
    this.pairs = pairs;
  }

  /// The slots of matching series, ascending; their memory is reserved and not released. Writers
  /// get their turn meanwhile; if they remove what is being looked at, it begins again.
  int[] select(List<LabelMatcher> matchers, QueryControl control) {
    control.check();
    long expressions = matchers.stream().filter(m -> m.literalValues().isEmpty()).count();
    // Two bits of each pair, and a place of each pair of the one name that is tried first.
    long scratchBytes =
        expressions * pairs.idEnd() / 4 + (expressions > 0 ? pairs.idEnd() : 0) * 4L;
    control.budget().reserve(scratchBytes);
    try {
      for (int round = 1; ; round++) {
        int[] slots = select(matchers, new Turns(control, round < MAX_ROUNDS));
        if (slots != null) {
          return slots;
        }
      }
    } finally {
      control.budget().release(scratchBytes);
    }
  }

  /// @return null if series were removed meanwhile
  private int @Nullable [] select(List<LabelMatcher> matchers, Turns turns) {
    PairFilter[] filters = new PairFilter[matchers.size()];
    for (int i = 0; i < filters.length; i++) {
      filters[i] = new PairFilter(symbols, pairs, matchers.get(i));
    }
    int base = base(filters);
    if (base >= 0 && filters[base].isExpression() && !filters[base].list(turns)) {
      return null;
    }
    MemoryBudget budget = turns.control.budget();
    int[] slots = candidates(base < 0 ? null : filters[base], budget);
    int kept = 0;
    for (int i = 0; i < slots.length; i++) {
      if (i % CHECK_EVERY == 0 && !turns.next()) {
        budget.release((long) slots.length * Integer.BYTES);
        return null;
      }
      if (isKept(slots[i], filters, base)) {
        slots[kept++] = slots[i];
      }
    }
    if (kept == slots.length) {
      return slots;
    }
    budget.release((long) (slots.length - kept) * Integer.BYTES);
    return Arrays.copyOf(slots, kept);
  }

  List<String> labelNames(List<LabelMatcher> matchers, int limit, QueryControl control) {
    List<byte[]> found = new ArrayList<>();
    if (matchers.isEmpty()) {
      for (int name = 1; name < pairs.nameEnd(); name++) {
        if (pairs.symbolOfName(name) > 0 && isUsed(name)) {
          add(found, symbols.copy(pairs.symbolOfName(name)), control);
        }
      }
      return sorted(found, limit, control);
    }
    int[] slots = select(matchers, control);
    PairBits names = new PairBits(pairs.nameEnd());
    for (int slot : slots) {
      int[] array = index.runArray(slot);
      int start = index.runStart(slot);
      int end = start + LabelIndex.runLength(array, start);
      for (int i = start + 1; i <= end; i++) {
        if (names.add(pairs.name(array[i]))) {
          add(found, symbols.copy(pairs.nameSymbol(array[i])), control);
        }
      }
    }
    control.budget().release((long) slots.length * Integer.BYTES);
    return sorted(found, limit, control);
  }

  List<String> labelValues(
      String label, List<LabelMatcher> matchers, int limit, QueryControl control) {
    byte[] nameBytes = label.getBytes(StandardCharsets.UTF_8);
    int name = pairs.findName(nameBytes, 0, nameBytes.length);
    List<byte[]> found = new ArrayList<>();
    if (name == 0 || nameBytes.length == 0) {
      return List.of();
    }
    if (matchers.isEmpty()) {
      int[] ids = pairs.pairs(name);
      for (int i = 0; i < pairs.pairCount(name); i++) {
        if (pairs.postings().length(ids[i]) > 0) {
          add(found, symbols.copy(pairs.valueSymbol(ids[i])), control);
        }
      }
      return sorted(found, limit, control);
    }
    int[] slots = select(matchers, control);
    PairBits seen = new PairBits(pairs.idEnd());
    for (int slot : slots) {
      int pair = pairOf(slot, name);
      if (pair != 0 && seen.add(pair)) {
        add(found, symbols.copy(pairs.valueSymbol(pair)), control);
      }
    }
    control.budget().release((long) slots.length * Integer.BYTES);
    return sorted(found, limit, control);
  }

  private static void add(List<byte[]> found, byte[] text, QueryControl control) {
    if (found.size() % CHECK_EVERY == 0) {
      control.check();
    }
    control.budget().reserve(textBytes(text));
    found.add(text);
  }

  private static long textBytes(byte[] text) {
    return 64L + 2L * text.length;
  }

  private static List<String> sorted(List<byte[]> found, int limit, QueryControl control) {
    found.sort(Arrays::compareUnsigned);
    int count = limit > 0 ? Math.min(limit, found.size()) : found.size();
    List<String> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      texts.add(new String(found.get(i), StandardCharsets.UTF_8));
    }
    for (int i = count; i < found.size(); i++) {
      control.budget().release(textBytes(found.get(i)));
    }
    return texts;
  }

  private boolean isUsed(int name) {
    int[] ids = pairs.pairs(name);
    for (int i = 0; i < pairs.pairCount(name); i++) {
      if (pairs.postings().length(ids[i]) > 0 && ids[i] != index.all()) {
        return true;
      }
    }
    return false;
  }

  /// The filter to take candidates from, or -1 if only all series will do.
  private static int base(PairFilter[] filters) {
    int best = -1;
    long bestSize = Long.MAX_VALUE;
    for (int i = 0; i < filters.length; i++) {
      if (!filters[i].matchesAbsent() && !filters[i].isExpression()) {
        long size = filters[i].size();
        if (size < bestSize) {
          bestSize = size;
          best = i;
        }
      }
    }
    // An expression is tried on all values of its name: worth it if they are fewer than candidates.
    for (int i = 0; i < filters.length; i++) {
      if (!filters[i].matchesAbsent() && filters[i].isExpression()) {
        long values = filters[i].valueCount();
        if (values < bestSize / 8) {
          bestSize = values;
          best = i;
        }
      }
    }
    return best;
  }

  private int[] candidates(@Nullable PairFilter base, MemoryBudget budget) {
    int[] listed = base == null ? new int[] {index.all()} : base.listed();
    int count = base == null ? 1 : base.listedCount();
    long size = 0;
    for (int i = 0; i < count; i++) {
      size += pairs.postings().length(listed[i]);
    }
    budget.reserve(size * Integer.BYTES);
    int[] slots = new int[Math.toIntExact(size)];
    int end = 0;
    for (int i = 0; i < count; i++) {
      end = pairs.postings().copy(listed[i], slots, end);
    }
    if (count > 1) {
      // The values of one name exclude each other: there is nothing to join.
      Arrays.sort(slots);
    }
    return slots;
  }

  private boolean isKept(int slot, PairFilter[] filters, int base) {
    for (int i = 0; i < filters.length; i++) {
      if (i != base && !filters[i].accepts(pairOf(slot, filters[i].name()))) {
        return false;
      }
    }
    return true;
  }

  /// The pair that a series has of a name, or 0.
  private int pairOf(int slot, int name) {
    if (name == 0) {
      return 0;
    }
    int[] array = index.runArray(slot);
    int start = index.runStart(slot);
    int end = start + LabelIndex.runLength(array, start);
    for (int i = start + 1; i <= end; i++) {
      if (pairs.name(array[i]) == name) {
        return array[i];
      }
    }
    return 0;
  }

  /// The turns that a selection and writers take: values of a million pairs are not tried with the
  /// lock held all the time.
  private final class Turns {
    private final QueryControl control;
    private final boolean givesTurns;
    private final long removals = index.removals();

    Turns(QueryControl control, boolean givesTurns) {
      this.control = control;
      this.givesTurns = givesTurns;
    }

    /// Lets writers in if some wait.
    ///
    /// @return whether what was found so far still holds: nothing was removed. What was added
    ///   meanwhile need not be found
    boolean next() {
      control.check();
      ReentrantReadWriteLock lock = index.lock();
      if (givesTurns && lock.hasQueuedThreads()) {
        lock.readLock().unlock();
        lock.readLock().lock();
      }
      return index.removals() == removals;
    }
  }

  /// What one matcher says of pairs. Confined to one selection.
  private static final class PairFilter {
    private final SymbolTable symbols;
    private final PairTable pairs;
    private final LabelMatcher matcher;
    private final int name;
    private final boolean matchesAbsent;
    private final boolean isExpression;

    // Pairs that fulfil the matcher, where they can be listed.
    private int[] listed = new int[0];
    private int listedCount;

    // What was found out: two bits per pair id, known and fulfilled.
    private PairBits known = new PairBits(0);
    private PairBits fulfilled = new PairBits(0);

    PairFilter(SymbolTable symbols, PairTable pairs, LabelMatcher matcher) {
      this.symbols = symbols;
      this.pairs = pairs;
      this.matcher = matcher;
      this.name =
          matcher.nameBytes().length == 0
              ? 0
              : pairs.findName(matcher.nameBytes(), 0, matcher.nameBytes().length);
      this.matchesAbsent = matcher.matchesEmpty();
      byte[][] literals = matcher.literalValues().orElse(null);
      this.isExpression = literals == null;
      if (literals != null) {
        listed = new int[literals.length];
        for (int i = 0; i < literals.length; i++) {
          int pair = pairs.find(name, literals[i], 0, literals[i].length);
          boolean isRepeated = i > 0 && Arrays.equals(literals[i], literals[i - 1]);
          if (pair != 0 && !isRepeated) {
            listed[listedCount++] = pair;
          }
        }
        Arrays.sort(listed, 0, listedCount);
      } else {
        known = new PairBits(pairs.idEnd());
        fulfilled = new PairBits(pairs.idEnd());
      }
    }

    int name() {
      return name;
    }

    boolean matchesAbsent() {
      return matchesAbsent;
    }

    /// Whether values must be tried, rather than listed.
    boolean isExpression() {
      return isExpression;
    }

    int[] listed() {
      return listed;
    }

    int listedCount() {
      return listedCount;
    }

    long size() {
      long size = 0;
      for (int i = 0; i < listedCount; i++) {
        size += pairs.postings().length(listed[i]);
      }
      return size;
    }

    int valueCount() {
      return name == 0 ? 0 : pairs.pairCount(name);
    }

    /// Tries all values of the name and lists those that fulfil.
    ///
    /// @return whether they still do: nothing was removed meanwhile
    boolean list(Turns turns) {
      int count = valueCount();
      listed = new int[count];
      for (int i = 0; i < count; i++) {
        if (i % CHECK_EVERY == 0 && !turns.next()) {
          return false;
        }
        int pair = pairs.pairs(name)[i];
        if (accepts(pair)) {
          listed[listedCount++] = pair;
        }
      }
      return true;
    }

    /// @param pair 0 if the series does not have the label
    boolean accepts(int pair) {
      if (pair == 0) {
        return matchesAbsent;
      }
      if (!isExpression) {
        return Arrays.binarySearch(listed, 0, listedCount, pair) >= 0;
      }
      if (known.add(pair) && isFulfilledBy(pairs.valueSymbol(pair))) {
        fulfilled.add(pair);
      }
      return fulfilled.has(pair);
    }

    private boolean isFulfilledBy(int symbol) {
      return matcher.matches(
          symbols.array(symbol), symbols.offset(symbol), symbols.lengthBytes(symbol));
    }
  }
}
