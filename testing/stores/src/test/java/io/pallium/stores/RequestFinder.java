package io.pallium.stores;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/// Counts the requests that begin in what a client sends over one connection, which comes in pieces
/// of any length.
interface RequestFinder {
  /// @param isFirstAfterAnswer whether something came from the server since the piece before
  int begunIn(byte[] bytes, int length, boolean isFirstAfterAnswer);

  /// Whether nothing is sent between a request and its answer but the request.
  default boolean waitsForAnswers() {
    return false;
  }

  /// Finds nothing in what is encrypted.
  static RequestFinder none() {
    return (_, _, _) -> 0;
  }

  /// HTTP/1.1 as drivers speak it: one request at a time on a connection.
  static RequestFinder http1() {
    Set<String> methods = Set.of("GET", "HEAD", "PUT", "POST", "DELETE", "PATCH");
    return new RequestFinder() {
      @Override
      public int begunIn(byte[] bytes, int length, boolean isFirstAfterAnswer) {
        String start = new String(bytes, 0, Math.min(length, 8), StandardCharsets.ISO_8859_1);
        int space = start.indexOf(' ');
        boolean isHead = space > 0 && methods.contains(start.substring(0, space));
        return isFirstAfterAnswer && isHead ? 1 : 0;
      }

      @Override
      public boolean waitsForAnswers() {
        return true;
      }
    };
  }

  /// The same, and keeps the heads of all requests.
  static RequestFinder recordingHttp1(List<String> heads) {
    RequestFinder requests = http1();
    return (bytes, length, isFirstAfterAnswer) -> {
      int begun = requests.begunIn(bytes, length, isFirstAfterAnswer);
      if (begun > 0) {
        heads.add(new String(bytes, 0, length, StandardCharsets.ISO_8859_1));
      }
      return begun;
    };
  }

  /// gRPC: a request begins with a frame of headers.
  static RequestFinder http2() {
    int prefaceBytes = 24;
    byte headers = 1;
    Units frames = new Units(9, prefaceBytes, head -> Units.number(head, 0, 3));
    return (bytes, length, _) -> {
      int[] begun = new int[1];
      frames.take(bytes, 0, length, head -> begun[0] += head[3] == headers ? 1 : 0);
      return begun[0];
    };
  }

  /// Cassandra's protocol, version 5 without compression: requests are envelopes. Once the server
  /// has answered the one that starts the connection, what is sent is cut into frames, in which the
  /// envelopes lie one behind the other.
  static RequestFinder cassandra() {
    return new RequestFinder() {
      private static final byte STARTUP = 1;
      private static final byte OPTIONS = 5;
      private static final int FRAME_HEAD_BYTES = 6;
      private static final int CHECKSUM_BYTES = 4;

      private final Units envelopes = new Units(9, 0, head -> Units.number(head, 5, 4));
      private final byte[] frameHead = new byte[FRAME_HEAD_BYTES];
      private int frameBytes;
      private int payloadBytes;
      private boolean isFramed;
      private boolean isStarted;
      private int begun;

      @Override
      public int begunIn(byte[] bytes, int length, boolean isFirstAfterAnswer) {
        begun = 0;
        isFramed |= isStarted && isFirstAfterAnswer;
        if (isFramed) {
          takeFrames(bytes, length);
        } else {
          envelopes.take(bytes, 0, length, this::onEnvelope);
        }
        return begun;
      }

      private void takeFrames(byte[] bytes, int length) {
        int at = 0;
        while (at < length) {
          int inFrame = frameBytes - FRAME_HEAD_BYTES;
          int taken = 1;
          if (inFrame < 0) {
            frameHead[frameBytes] = bytes[at];
            payloadBytes =
                (frameHead[0] & 0xff) | ((frameHead[1] & 0xff) << 8) | ((frameHead[2] & 1) << 16);
          } else if (inFrame < payloadBytes) {
            taken = Math.min(payloadBytes - inFrame, length - at);
            envelopes.take(bytes, at, at + taken, this::onEnvelope);
          }
          at += taken;
          frameBytes += taken;
          if (frameBytes == FRAME_HEAD_BYTES + payloadBytes + CHECKSUM_BYTES) {
            frameBytes = 0;
          }
        }
      }

      /// Drivers ask for the options now and then to see whether a connection is alive.
      private void onEnvelope(byte[] head) {
        isStarted |= head[4] == STARTUP;
        begun += head[4] == OPTIONS ? 0 : 1;
      }
    };
  }

  /// Units one behind the other, each with a head that says how much follows it.
  final class Units {
    private final byte[] head;
    private final ToIntFunction<byte[]> bodyBytes;
    private int headBytes;
    private int toSkip;

    /// @param skippedBytes what comes before the first unit
    Units(int headBytes, int skippedBytes, ToIntFunction<byte[]> bodyBytes) {
      this.head = new byte[headBytes];
      this.toSkip = skippedBytes;
      this.bodyBytes = bodyBytes;
    }

    void take(byte[] bytes, int from, int to, Consumer<byte[]> onHead) {
      int at = from;
      while (at < to) {
        if (toSkip > 0) {
          int skipped = Math.min(toSkip, to - at);
          toSkip -= skipped;
          at += skipped;
        } else {
          head[headBytes++] = bytes[at++];
          if (headBytes == head.length) {
            headBytes = 0;
            toSkip = bodyBytes.applyAsInt(head);
            onHead.accept(head);
          }
        }
      }
    }

    /// The first byte counts most.
    static int number(byte[] bytes, int from, int count) {
      int value = 0;
      for (int i = from; i < from + count; i++) {
        value = (value << 8) | (bytes[i] & 0xff);
      }
      return value;
    }
  }
}
