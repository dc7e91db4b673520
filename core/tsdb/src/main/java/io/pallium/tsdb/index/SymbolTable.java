package io.pallium.tsdb.index;

import io.pallium.base.HotPath;
import io.pallium.tsdb.memory.ByteSlabs;
import io.pallium.tsdb.memory.SeededHash;
import java.util.Arrays;

/// Every label name and value of one tenant once, as bytes in slabs, with an id from 1 on. A symbol
/// lives as long as it is retained by a pair. Guarded by the index that owns it.
@HotPath
final class SymbolTable {
  private final ByteSlabs slabs = new ByteSlabs();
  private int[] addresses = new int[64];
  private int[] lengths = new int[64];
  private int[] hashes = new int[64];
  private int[] refs = new int[64];
  private int idEnd = 1;
  private int firstFreeId;
  private int count;
  private int[] table = new int[128];

  /// The id of a symbol, or 0 if there is none.
  int find(byte[] source, int offset, int lengthBytes) {
    return find(source, offset, lengthBytes, hash(source, offset, lengthBytes));
  }

  /// The id of a symbol, which is added if there is none; not yet retained.
  int intern(byte[] source, int offset, int lengthBytes) {
    int hash = hash(source, offset, lengthBytes);
    int id = find(source, offset, lengthBytes, hash);
    return id != 0 ? id : add(source, offset, lengthBytes, hash);
  }

  void retain(int id) {
    refs[id]++;
  }

  /// Ends one use of a symbol; after the last one its id means nothing.
  void release(int id) {
    if (--refs[id] > 0) {
      return;
    }
    removeFromTable(id);
    slabs.free(addresses[id], ByteSlabs.units(lengths[id]));
    addresses[id] = firstFreeId;
    firstFreeId = id;
    count--;
  }

  byte[] array(int id) {
    return slabs.array(addresses[id]);
  }

  int offset(int id) {
    return ByteSlabs.offset(addresses[id]);
  }

  int lengthBytes(int id) {
    return lengths[id];
  }

  boolean equals(int id, byte[] source, int offset, int lengthBytes) {
    if (lengths[id] != lengthBytes) {
      return false;
    }
    int address = addresses[id];
    int start = ByteSlabs.offset(address);
    return Arrays.equals(
        slabs.array(address), start, start + lengthBytes, source, offset, offset + lengthBytes);
  }

  /// Compares two symbols in unsigned byte order.
  int compare(int a, int b) {
    if (a == b) {
      return 0;
    }
    int startA = offset(a);
    int startB = offset(b);
    return Arrays.compareUnsigned(
        array(a), startA, startA + lengths[a], array(b), startB, startB + lengths[b]);
  }

  byte[] copy(int id) {
    int start = offset(id);
    return Arrays.copyOfRange(array(id), start, start + lengths[id]);
  }

  int count() {
    return count;
  }

  /// Ids are below this.
  int idEnd() {
    return idEnd;
  }

  long allocatedBytes() {
    return slabs.allocatedBytes() + 16L * addresses.length + 4L * table.length;
  }

  private static int hash(byte[] source, int offset, int lengthBytes) {
    return (int) SeededHash.of(source, offset, lengthBytes);
  }

  private int find(byte[] source, int offset, int lengthBytes, int hash) {
    int mask = table.length - 1;
    for (int at = hash & mask; ; at = at + 1 & mask) {
      int id = table[at];
      if (id == 0) {
        return 0;
      }
      if (hashes[id] == hash && equals(id, source, offset, lengthBytes)) {
        return id;
      }
    }
  }

  private int add(byte[] source, int offset, int lengthBytes, int hash) {
    if (++count * 2 > table.length) {
      rehash();
    }
    int id = firstFreeId;
    if (id != 0) {
      firstFreeId = addresses[id];
    } else {
      id = idEnd++;
      if (id == addresses.length) {
        int room = id + (id >> 1);
        addresses = Arrays.copyOf(addresses, room);
        lengths = Arrays.copyOf(lengths, room);
        hashes = Arrays.copyOf(hashes, room);
        refs = Arrays.copyOf(refs, room);
      }
    }
    int address = slabs.allocate(ByteSlabs.units(lengthBytes));
    System.arraycopy(source, offset, slabs.array(address), ByteSlabs.offset(address), lengthBytes);
    addresses[id] = address;
    lengths[id] = lengthBytes;
    hashes[id] = hash;
    refs[id] = 0;
    insert(table, id);
    return id;
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
    int at = hashes[id] & mask;
    while (target[at] != 0) {
      at = at + 1 & mask;
    }
    target[at] = id;
  }

  /// Removes without a mark: later entries of the run move up.
  private void removeFromTable(int id) {
    int mask = table.length - 1;
    int hole = hashes[id] & mask;
    while (table[hole] != id) {
      hole = hole + 1 & mask;
    }
    for (int at = hole + 1 & mask; table[at] != 0; at = at + 1 & mask) {
      int home = hashes[table[at]] & mask;
      if ((at - home & mask) >= (at - hole & mask)) {
        table[hole] = table[at];
        hole = at;
      }
    }
    table[hole] = 0;
  }
}
