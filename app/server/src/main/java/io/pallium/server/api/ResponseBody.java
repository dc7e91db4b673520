package io.pallium.server.api;

import com.github.luben.zstd.ZstdOutputStream;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A response body that is sent while it is written, compressed if the client can read that, and
/// that waits for a slow client instead of piling up. A body that fits into the first piece is sent
/// whole, as one object with its length: header and body leave in one write. Confined to one
/// thread, which may block: a virtual thread.
final class ResponseBody extends OutputStream {
  private static final Logger log = LoggerFactory.getLogger(ResponseBody.class);

  /// How much is handed on at once.
  static final int PIECE_BYTES = 64 * 1024;

  /// What fits into one packet anyway is not worth the compressor's time.
  private static final int SMALLEST_COMPRESSED_BYTES = 1400;

  private final CompletableFuture<HttpResponse> decided;
  private final MediaType type;
  private final Encoding encoding;
  private final Duration clientTimeout;

  /// The first piece, held back until it is known whether more follows.
  private byte @Nullable [] first;

  private @Nullable HttpResponseWriter response;
  private OutputStream target = OutputStream.nullOutputStream();
  private boolean isFinished;

  private enum Encoding {
    IDENTITY,
    GZIP,
    ZSTD
  }

  /// @param decided completes with the response when its first piece is there: until then, the
  ///   answer can still become another one
  /// @param acceptEncoding the request's header; empty if it has none
  /// @param clientTimeout how long a client may take for a piece
  ResponseBody(
      CompletableFuture<HttpResponse> decided,
      MediaType type,
      String acceptEncoding,
      Duration clientTimeout) {
    this.clientTimeout = clientTimeout;
    this.decided = decided;
    this.type = type;
    this.encoding = choose(acceptEncoding);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    if (response == null) {
      if (first == null) {
        first = Arrays.copyOfRange(source, offset, offset + length);
        return;
      }
      start(first);
      first = null;
    }
    target.write(source, offset, length);
  }

  /// Sends what is left, and the end of the body. A body that is closed without this is not whole,
  /// and the client sees that.
  void finish() throws IOException {
    if (response == null) {
      sendWhole(first == null ? new byte[0] : first);
    } else {
      target.close();
      response.close();
    }
    isFinished = true;
  }

  /// Frees what the compressor holds, and breaks the response off if it is not finished.
  @Override
  public void close() {
    if (isFinished || response == null) {
      return;
    }
    response.abort();
    try {
      target.close();
    } catch (IOException e) {
      // The compressor's last bytes have nowhere to go.
      log.trace("a response was not sent whole", e);
    }
  }

  private void sendWhole(byte[] body) throws IOException {
    boolean isCompressed = isCompressed(body.length);
    HttpData data = HttpData.wrap(isCompressed ? compress(body) : body);
    decide(HttpResponse.of(headers(isCompressed), data));
  }

  private byte[] compress(byte[] body) throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream(body.length / 4);
    try (OutputStream compressor = compressor(compressed)) {
      compressor.write(body);
    }
    return compressed.toByteArray();
  }

  private void start(byte[] firstPiece) throws IOException {
    boolean isCompressed = isCompressed(firstPiece.length);
    HttpResponseWriter writer = HttpResponse.streaming();
    response = writer;
    writer.write(headers(isCompressed));
    decide(writer);
    Pieces pieces = new Pieces(writer, clientTimeout);
    target = isCompressed ? compressor(pieces) : pieces;
    target.write(firstPiece);
  }

  private void decide(HttpResponse answer) throws IOException {
    if (!decided.complete(answer)) {
      throw new IOException("the client has gone away");
    }
  }

  private boolean isCompressed(int firstLength) {
    return encoding != Encoding.IDENTITY && firstLength >= SMALLEST_COMPRESSED_BYTES;
  }

  private ResponseHeaders headers(boolean isCompressed) {
    ResponseHeadersBuilder headers =
        ResponseHeaders.builder(HttpStatus.OK)
            .contentType(type)
            .add(HttpHeaderNames.VARY, "accept-encoding");
    if (isCompressed) {
      headers.add(HttpHeaderNames.CONTENT_ENCODING, encoding.name().toLowerCase(Locale.ROOT));
    }
    return headers.build();
  }

  private OutputStream compressor(OutputStream sink) throws IOException {
    return encoding == Encoding.GZIP
        ? new GZIPOutputStream(sink, 8192)
        : new ZstdOutputStream(sink, 1);
  }

  private static Encoding choose(String acceptEncoding) {
    if (acceptEncoding.isEmpty()) {
      return Encoding.IDENTITY;
    }
    boolean hasGzip = false;
    boolean hasZstd = false;
    for (String part : acceptEncoding.split(",", -1)) {
      String[] words = part.strip().toLowerCase(Locale.ROOT).split("\\s*;\\s*", -1);
      boolean isRefused = words.length > 1 && words[1].matches("q=0(\\.0*)?");
      hasGzip |= words[0].equals("gzip") && !isRefused;
      hasZstd |= words[0].equals("zstd") && !isRefused;
    }
    return hasZstd ? Encoding.ZSTD : hasGzip ? Encoding.GZIP : Encoding.IDENTITY;
  }

  /// Gathers what the compressor gives into pieces and sends them one at a time.
  private static final class Pieces extends OutputStream {
    private final HttpResponseWriter response;
    private final Duration clientTimeout;
    private final ByteArrayOutputStream gathered = new ByteArrayOutputStream(1024);

    Pieces(HttpResponseWriter response, Duration clientTimeout) {
      this.response = response;
      this.clientTimeout = clientTimeout;
    }

    @Override
    public void write(int b) throws IOException {
      gathered.write(b);
      sendIfFull();
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
      if (gathered.size() == 0 && length >= PIECE_BYTES) {
        send(Arrays.copyOfRange(source, offset, offset + length));
        return;
      }
      gathered.write(source, offset, length);
      sendIfFull();
    }

    @Override
    public void close() throws IOException {
      // Nothing follows the last piece, so there is nothing to hold back until it is consumed.
      if (gathered.size() > 0 && !response.tryWrite(HttpData.wrap(gathered.toByteArray()))) {
        throw new IOException("the client has gone away");
      }
    }

    private void sendIfFull() throws IOException {
      if (gathered.size() >= PIECE_BYTES) {
        send(gathered.toByteArray());
        gathered.reset();
      }
    }

    private void send(byte[] piece) throws IOException {
      if (!response.tryWrite(HttpData.wrap(piece))) {
        throw new IOException("the client has gone away");
      }
      try {
        response.whenConsumed().get(clientTimeout.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException e) {
        throw new IOException("the client has gone away", e);
      } catch (TimeoutException e) {
        throw new IOException("the client takes nothing any more (server.client-timeout)", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("this node is stopping", e);
      }
    }
  }
}
