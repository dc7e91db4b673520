package io.pallium.tsdb.block;

import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.LabelMatcher;
import io.pallium.storage.QueryControl;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Finds the series of a block that fulfil matchers. Confined to one thread.
///
/// A matcher that the empty value does not fulfil asks for a label: the union of the postings of
/// all values that fulfil it, smallest union first, each cutting down what is left. A matcher that
/// the empty value fulfils takes away the postings of all values that do not. Memory: 4 bytes per
/// series found, and a bit per 16 bytes of series in the index where several lists meet.
final class PostingsSelection {
  private static final int VALUES_PER_CHECK = 4096;

  private final IndexReader.Access index;
  private final QueryControl control;

  PostingsSelection(IndexReader.Access index, QueryControl control) {
    this.index = index;
    this.control = control;
  }

  /// The union of the lists of some values.
  private record Union(List<PostingsList> lists, long count) {
    static Union of(List<PostingsList> lists) {
      long count = 0;
      for (PostingsList list : lists) {
        count += list.count();
      }
      return new Union(lists, count);
    }
  }

  /// References in ascending order, which is label order. The memory of the result is reserved from
  /// the query's budget and is the caller's to release: 4 bytes each.
  int[] select(List<LabelMatcher> matchers) {
    List<Union> wanted = new ArrayList<>();
    List<Union> unwanted = new ArrayList<>();
    for (LabelMatcher matcher : matchers) {
      boolean isAsking = !matcher.matchesEmpty();
      Union union = Union.of(lists(matcher, isAsking));
      if (isAsking && union.count == 0) {
        return new int[0];
      }
      (isAsking ? wanted : unwanted).add(union);
    }
    wanted.sort(Comparator.comparingLong(Union::count));
    if (wanted.isEmpty()) {
      wanted.add(Union.of(List.of(index.allPostings())));
    }
    int[] found = references(wanted.getFirst());
    int size = found.length;
    for (Union union : wanted.subList(1, wanted.size())) {
      size = filter(found, size, union, true);
    }
    for (Union union : unwanted) {
      size = filter(found, size, union, false);
    }
    control.budget().release(4L * (found.length - size));
    return Arrays.copyOf(found, size);
  }

  /// The lists of the values of a label that fulfil its matcher, or of those that do not.
  private List<PostingsList> lists(LabelMatcher matcher, boolean isFulfilling) {
    int name = index.nameIndex(matcher.nameBytes());
    if (name < 0) {
      return List.of();
    }
    byte[][] literals = literals(matcher, isFulfilling);
    if (literals.length > 0) {
      int[] entries = new int[literals.length];
      int count = 0;
      for (byte[] literal : literals) {
        int entry = index.entry(name, literal);
        if (entry >= 0) {
          entries[count++] = entry;
        }
      }
      return postings(entries, count);
    }
    int end = index.endEntry(name);
    int[] entries = new int[16];
    int count = 0;
    for (int entry = index.firstEntry(name); entry < end; entry++) {
      if (entry % VALUES_PER_CHECK == 0) {
        control.check();
      }
      int length = index.readValue(entry);
      if (matcher.matches(index.valueBuffer(), 0, length) == isFulfilling) {
        if (count == entries.length) {
          entries = Arrays.copyOf(entries, count * 2);
        }
        entries[count++] = entry;
      }
    }
    return postings(entries, count);
  }

  /// Planned first, so that lists that lie close to each other are read at once.
  private List<PostingsList> postings(int[] entries, int count) {
    for (int i = 0; i < count; i++) {
      index.planPostings(entries[i]);
    }
    List<PostingsList> lists = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      lists.add(index.postings(entries[i]));
    }
    return lists;
  }

  /// The values to look up one by one; none if all have to be looked at.
  private static byte[][] literals(LabelMatcher matcher, boolean isFulfilling) {
    if (isFulfilling) {
      return matcher.literalValues().orElse(new byte[0][]);
    }
    return matcher.type() == LabelMatcher.Type.NOT_EQUAL
        ? LabelMatcher.of(LabelMatcher.Type.EQUAL, matcher.name(), matcher.value())
            .literalValues()
            .orElse(new byte[0][])
        : new byte[0][];
  }

  private int[] references(Union union) {
    if (union.lists.size() == 1) {
      control.budget().reserve(4 * union.count);
      return union.lists.getFirst().toArray();
    }
    long[] bits = bits(union);
    int size = 0;
    for (long word : bits) {
      size += Long.bitCount(word);
    }
    control.budget().reserve(4L * size);
    int[] references = new int[size];
    int filled = 0;
    for (int i = 0; i < bits.length; i++) {
      long word = bits[i];
      while (word != 0) {
        references[filled++] = i * 64 + Long.numberOfTrailingZeros(word);
        word &= word - 1;
      }
    }
    control.budget().release(8L * bits.length);
    return references;
  }

  /// The budget holds the bits until the caller releases them.
  private long[] bits(Union union) {
    int end = index.endReference();
    MemoryBudget budget = control.budget();
    budget.reserve(8L * (end / 64 + 1));
    long[] bits = new long[end / 64 + 1];
    for (PostingsList list : union.lists) {
      control.check();
      for (int i = 0; i < list.count(); i++) {
        int reference = list.at(i);
        // One beyond the series is found to be corrupt when the series is read.
        int bit = Math.min(reference, end);
        bits[bit >>> 6] |= 1L << bit;
      }
    }
    return bits;
  }

  /// Keeps in `found[0, size)` what is in the union, or what is not.
  ///
  /// @return how many are left
  private int filter(int[] found, int size, Union union, boolean isKeeping) {
    if (size == 0 || union.count == 0) {
      return isKeeping ? 0 : size;
    }
    if (union.lists.size() == 1) {
      return filter(found, size, union.lists.getFirst(), isKeeping);
    }
    long[] bits = bits(union);
    int kept = 0;
    for (int i = 0; i < size; i++) {
      int reference = found[i];
      boolean isThere =
          reference >>> 6 < bits.length && (bits[reference >>> 6] & 1L << reference) != 0;
      if (isThere == isKeeping) {
        found[kept++] = reference;
      }
    }
    control.budget().release(8L * bits.length);
    return kept;
  }

  private static int filter(int[] found, int size, PostingsList list, boolean isKeeping) {
    int kept = 0;
    int at = 0;
    for (int i = 0; i < size; i++) {
      int reference = found[i];
      at = firstNotBefore(list, at, reference);
      boolean isThere = at < list.count() && list.at(at) == reference;
      if (isThere == isKeeping) {
        found[kept++] = reference;
      }
    }
    return kept;
  }

  /// Leaps forward in growing steps, then closes in: cheap for near and for far.
  private static int firstNotBefore(PostingsList list, int from, int reference) {
    int low = from;
    int step = 1;
    while (low + step < list.count() && list.at(low + step) < reference) {
      low += step;
      step *= 2;
    }
    int high = Math.min(list.count(), low + step);
    while (low < high) {
      int middle = low + high >>> 1;
      if (list.at(middle) < reference) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
