package io.pallium.tsdb.compact;

import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.HistogramCodec;
import io.pallium.model.Labels;
import io.pallium.storage.MergedSampleCursor;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.tsdb.block.BlockScan;
import io.pallium.tsdb.block.BlockWriter;
import io.pallium.tsdb.block.ChunkEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes one series after another out of the blocks that have it. Confined to one thread.
///
/// A chunk that shares its time with no other is copied as it is, and so is one of several that are
/// the same. Others, and those with deleted samples, are decoded, merged and encoded anew. The
/// header of a histogram chunk keeps what it says about a counter reset only if the chunk follows
/// the one that it followed before.
final class SeriesMerge {
  private final BlockWriter writer;
  private final ChunkEncoder encoder;
  private final QueryControl control = QueryControl.unlimited();
  private final SampleColumn column = new SampleColumn(control);
  private final List<Piece> pieces = new ArrayList<>();

  /// The last chunk written, if it was copied.
  private @Nullable Piece copied;

  SeriesMerge(BlockWriter writer) {
    this.writer = writer;
    this.encoder = new ChunkEncoder(writer);
  }

  /// One chunk of one source.
  private record Piece(BlockScan scan, int rank, int chunk) {
    long minMs() {
      return scan.chunkMinMs(chunk);
    }

    long maxMs() {
      return scan.chunkMaxMs(chunk);
    }

    boolean isTouched() {
      return scan.isTouchedByDeletion(chunk);
    }

    boolean follows(Piece before) {
      return scan == before.scan && chunk == before.chunk + 1;
    }
  }

  /// @param sources stand on the series, in order of their rank
  void write(Labels labels, List<BlockScan> sources) throws IOException {
    writer.addSeries(labels);
    copied = null;
    pieces.clear();
    for (int rank = 0; rank < sources.size(); rank++) {
      BlockScan scan = sources.get(rank);
      for (int chunk = 0; chunk < scan.chunkCount(); chunk++) {
        pieces.add(new Piece(scan, rank, chunk));
      }
    }
    if (sources.size() > 1) {
      pieces.sort(Comparator.comparingLong(Piece::minMs).thenComparingInt(Piece::rank));
    }
    int from = 0;
    while (from < pieces.size()) {
      int to = from + 1;
      long endMs = pieces.get(from).maxMs();
      while (to < pieces.size() && pieces.get(to).minMs() <= endMs) {
        endMs = Math.max(endMs, pieces.get(to).maxMs());
        to++;
      }
      writeGroup(pieces.subList(from, to));
      from = to;
    }
  }

  /// Writes chunks that overlap each other and no others.
  private void writeGroup(List<Piece> group) throws IOException {
    if (areSame(group)) {
      copy(group.getFirst());
      return;
    }
    copied = null;
    List<SampleCursor> cursors = new ArrayList<>();
    List<Piece> bySource = new ArrayList<>(group);
    bySource.sort(Comparator.comparingInt(Piece::rank).thenComparingInt(Piece::chunk));
    int from = 0;
    while (from < bySource.size()) {
      Piece first = bySource.get(from);
      int to = from;
      while (to < bySource.size() && bySource.get(to).scan == first.scan) {
        to++;
      }
      cursors.add(first.scan.samples(first.chunk, first.chunk + to - from));
      from = to;
    }
    encoder.addAll(MergedSampleCursor.of(cursors, control), column);
  }

  /// Whether all chunks of the group are the same and none has deleted samples.
  private static boolean areSame(List<Piece> group) {
    Piece first = group.getFirst();
    for (Piece piece : group) {
      if (piece.isTouched()
          || piece.minMs() != first.minMs()
          || piece.maxMs() != first.maxMs()
          || piece != first && piece.scan == first.scan) {
        return false;
      }
    }
    for (Piece piece : group) {
      piece.scan.read(piece.chunk);
      if (piece != first && !piece.scan.isSameChunk(first.scan)) {
        return false;
      }
    }
    return true;
  }

  /// @param piece has just been read
  private void copy(Piece piece) throws IOException {
    BlockScan scan = piece.scan;
    if (!ChunkEncoding.isFloat(scan.encoding())) {
      Piece before = copied;
      if (before == null || !piece.follows(before)) {
        HistogramCodec.forgetReset(scan.encoding(), scan.buffer(), scan.offset());
      }
    }
    writer.addChunk(
        scan.encoding(),
        piece.minMs(),
        piece.maxMs(),
        scan.buffer(),
        scan.offset(),
        scan.lengthBytes());
    copied = piece;
  }
}
