package io.pallium.tsdb.index;

import io.pallium.base.HotPath;
import io.pallium.tsdb.memory.SeededHash;
import java.util.Arrays;

/// Every (name, value) of one tenant once, with an id from 1 on, and its [Postings]. Pairs of one
/// name hang together under the name's number. A pair lives as long as it is retained by a series.
/// Guarded by the index that owns it.
@HotPath
final class PairTable {
  private static final int NO_NAME = 0;

  private final SymbolTable symbols;
  private final Postings postings = new Postings();

  private int[] names = new int[64];
  private int[] values = new int[64];
  private int[] refs = new int[64];
  private int[] placesInName = new int[64];
  private int idEnd = 1;
  private int firstFreeId;
  private int count;
  private int[] table = new int[128];

  // By the number of a name, from 1 on.
  private int[] nameSymbols = new int[16];
  private int[][] namePairs = new int[16][];
  private int[] namePairCounts = new int[16];
  private int nameEnd = 1;
  private int firstFreeName;

  // By the id of a symbol.
  private int[] namesOfSymbols = new int[64];

  PairTable(SymbolTable symbols) {
    this.symbols = symbols;
  }

  /// The number of a name, or 0 if no pair has it.
  int findName(byte[] source, int offset, int lengthBytes) {
    int symbol = symbols.find(source, offset, lengthBytes);
    return symbol == 0 || symbol >= namesOfSymbols.length ? NO_NAME : namesOfSymbols[symbol];
  }

  /// The id of a pair, or 0 if there is none.
  int find(int name, byte[] source, int offset, int lengthBytes) {
    int value = symbols.find(source, offset, lengthBytes);
    return value == 0 || name == NO_NAME ? 0 : find(name, value);
  }

  /// The id of a pair, which is added if there is none; retained once more.
  int retain(
      byte[] source, int nameOffset, int nameLengthBytes, int valueOffset, int valueLengthBytes) {
    int nameSymbol = symbols.intern(source, nameOffset, nameLengthBytes);
    int name = nameOf(nameSymbol);
    int value = symbols.intern(source, valueOffset, valueLengthBytes);
    int id = find(name, value);
    if (id == 0) {
      id = add(name, value);
    }
    refs[id]++;
    return id;
  }

  /// Ends one use of a pair; after the last one its id means nothing.
  void release(int id) {
    if (--refs[id] > 0) {
      return;
    }
    if (postings.length(id) != 0) {
      throw new AssertionError("BUG: a pair without series has postings");
    }
    removeFromTable(id);
    int name = names[id];
    int[] pairs = namePairs[name];
    int last = pairs[--namePairCounts[name]];
    pairs[placesInName[id]] = last;
    placesInName[last] = placesInName[id];
    int nameSymbol = nameSymbols[name];
    if (namePairCounts[name] == 0) {
      namesOfSymbols[nameSymbol] = NO_NAME;
      namePairs[name] = new int[0];
      nameSymbols[name] = -firstFreeName;
      firstFreeName = name;
    }
    symbols.release(values[id]);
    symbols.release(nameSymbol);
    names[id] = NO_NAME;
    values[id] = firstFreeId;
    firstFreeId = id;
    count--;
  }

  /// The series that retain a pair.
  int refs(int id) {
    return refs[id];
  }

  int name(int id) {
    return names[id];
  }

  int nameSymbol(int id) {
    return nameSymbols[names[id]];
  }

  int valueSymbol(int id) {
    return values[id];
  }

  int count() {
    return count;
  }

  /// Ids are below this.
  int idEnd() {
    return idEnd;
  }

  /// Numbers of names are below this; some may be free.
  int nameEnd() {
    return nameEnd;
  }

  /// The symbol of a name, or 0 or less if the number is free.
  int symbolOfName(int name) {
    return nameSymbols[name];
  }

  /// The pairs of a name: the first [#pairCount] elements.
  int[] pairs(int name) {
    return namePairs[name];
  }

  int pairCount(int name) {
    return namePairCounts[name];
  }

  /// The series that have each pair.
  Postings postings() {
    return postings;
  }

  long allocatedBytes() {
    return postings.allocatedBytes() + 16L * names.length + 4L * table.length;
  }

  private int nameOf(int nameSymbol) {
    if (nameSymbol >= namesOfSymbols.length) {
      namesOfSymbols = Arrays.copyOf(namesOfSymbols, nameSymbol + (nameSymbol >> 1));
    }
    int name = namesOfSymbols[nameSymbol];
    if (name != NO_NAME) {
      return name;
    }
    name = firstFreeName;
    if (name != 0) {
      firstFreeName = -nameSymbols[name];
    } else {
      name = nameEnd++;
      if (name == nameSymbols.length) {
        nameSymbols = Arrays.copyOf(nameSymbols, name * 2);
        namePairs = Arrays.copyOf(namePairs, name * 2);
        namePairCounts = Arrays.copyOf(namePairCounts, name * 2);
      }
    }
    nameSymbols[name] = nameSymbol;
    namePairs[name] = new int[2];
    namePairCounts[name] = 0;
    namesOfSymbols[nameSymbol] = name;
    return name;
  }

  private int find(int name, int value) {
    int mask = table.length - 1;
    for (int at = (int) SeededHash.of(name, value) & mask; ; at = at + 1 & mask) {
      int id = table[at];
      if (id == 0 || (values[id] == value && names[id] == name)) {
        return id;
      }
    }
  }

  private int add(int name, int value) {
    if (++count * 2 > table.length) {
      rehash();
    }
    int id = firstFreeId;
    if (id != 0) {
      firstFreeId = values[id];
    } else {
      id = idEnd++;
      if (id == names.length) {
        growIds(id + (id >> 1));
      }
    }
    names[id] = name;
    values[id] = value;
    refs[id] = 0;
    symbols.retain(value);
    symbols.retain(nameSymbols[name]);
    int[] pairs = namePairs[name];
    int place = namePairCounts[name]++;
    if (place == pairs.length) {
      pairs = Arrays.copyOf(pairs, place + (place >> 1) + 1);
      namePairs[name] = pairs;
    }
    pairs[place] = id;
    placesInName[id] = place;
    insert(table, id);
    return id;
  }

  private void growIds(int room) {
    names = Arrays.copyOf(names, room);
    values = Arrays.copyOf(values, room);
    refs = Arrays.copyOf(refs, room);
    placesInName = Arrays.copyOf(placesInName, room);
    postings.ensure(room);
  }

  private void rehash() {
    int[] old = table;
    int[] grown = new int[old.length * 2];
    for (int id : old) {
      if (id != 0) {
        insert(grown, id);
      }
    }
    table = grown;
  }

  private void insert(int[] target, int id) {
    int mask = target.length - 1;
    int at = (int) SeededHash.of(names[id], values[id]) & mask;
    while (target[at] != 0) {
      at = at + 1 & mask;
    }
    target[at] = id;
  }

  private void removeFromTable(int id) {
    int mask = table.length - 1;
    int hole = (int) SeededHash.of(names[id], values[id]) & mask;
    while (table[hole] != id) {
      hole = hole + 1 & mask;
    }
    for (int at = hole + 1 & mask; table[at] != 0; at = at + 1 & mask) {
      int moved = table[at];
      int home = (int) SeededHash.of(names[moved], values[moved]) & mask;
      if ((at - home & mask) >= (at - hole & mask)) {
        table[hole] = moved;
        hole = at;
      }
    }
    table[hole] = 0;
  }
}
