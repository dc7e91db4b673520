package io.pallium.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Where the bytes of open chunks lie, in arrays on the heap or in memory outside of it: what one
/// write at the end of a chunk costs, the chunks in the order of a scrape or in any order. 4
/// million chunks of 64 bytes in slabs of 1 MiB.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SlabPlaceBenchmark {
  private static final int SLABS = 256;
  private static final int SLAB_BYTES = 1 << 20;
  private static final int CHUNK_BYTES = 64;
  private static final int CHUNKS_PER_SLAB = SLAB_BYTES / CHUNK_BYTES;
  private static final int CHUNKS = SLABS * CHUNKS_PER_SLAB;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong NATIVE_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final byte[][] heap = new byte[SLABS][SLAB_BYTES];
  private final Arena arena = Arena.ofShared();
  private final MemorySegment[] outside = new MemorySegment[SLABS];
  private int chunk;
  private int step;

  /// Makes the slabs outside of the heap.
  public SlabPlaceBenchmark() {
    for (int i = 0; i < SLABS; i++) {
      outside[i] = arena.allocate(SLAB_BYTES, Long.BYTES);
    }
  }

  @TearDown
  public void close() {
    arena.close();
  }

  @Benchmark
  public long heapInOrder() {
    return writeToHeap(next(1));
  }

  @Benchmark
  public long outsideInOrder() {
    return writeOutside(next(1));
  }

  @Benchmark
  public long heapInAnyOrder() {
    return writeToHeap(next(2_654_435));
  }

  @Benchmark
  public long outsideInAnyOrder() {
    return writeOutside(next(2_654_435));
  }

  private int next(int stride) {
    chunk = (chunk + stride) % CHUNKS;
    return chunk;
  }

  private long writeToHeap(int at) {
    byte[] slab = heap[at / CHUNKS_PER_SLAB];
    int offset = at % CHUNKS_PER_SLAB * CHUNK_BYTES + (step++ & 31);
    long bits = (long) LONG.get(slab, offset) | 1L << (step & 63);
    LONG.set(slab, offset, bits);
    return bits;
  }

  private long writeOutside(int at) {
    MemorySegment slab = outside[at / CHUNKS_PER_SLAB];
    int offset = at % CHUNKS_PER_SLAB * CHUNK_BYTES + (step++ & 31);
    long bits = slab.get(NATIVE_LONG, offset) | 1L << (step & 63);
    slab.set(NATIVE_LONG, offset, bits);
    return bits;
  }
}
