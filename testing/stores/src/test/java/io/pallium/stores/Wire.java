package io.pallium.stores;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/// A port in front of a server that holds each answer back for a time and counts what goes through.
///
/// A round trip is a request, or a part of one, that is sent after an answer: the client may have
/// waited for that one. Requests that are sent before any answer comes are one round trip. So the
/// delay must be longer than it takes to send what is sent at once.
final class Wire implements AutoCloseable {
  private static final int PIECE_BYTES = 64 << 10;

  private final ServerSocket listening;
  private final int serverPort;
  private final Supplier<RequestFinder> protocol;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile long delayNanos;
  private Counts counts = Counts.NONE;

  /// What went through since the counting began.
  record Counts(long requests, long roundTrips, long sentBytes, long receivedBytes) {
    static final Counts NONE = new Counts(0, 0, 0, 0);

    Counts sent(int begunRequests, int bytes) {
      return new Counts(requests + begunRequests, roundTrips, sentBytes + bytes, receivedBytes);
    }

    Counts received(long askedInRoundTrip, int bytes) {
      return new Counts(
          requests, Math.max(roundTrips, askedInRoundTrip), sentBytes, receivedBytes + bytes);
    }
  }

  private Wire(ServerSocket listening, int serverPort, Supplier<RequestFinder> protocol) {
    this.listening = listening;
    this.serverPort = serverPort;
    this.protocol = protocol;
  }

  static Wire to(int serverPort, Supplier<RequestFinder> protocol) throws IOException {
    return at("127.0.0.1", serverPort, protocol);
  }

  /// @param address one of this machine
  static Wire at(String address, int serverPort, Supplier<RequestFinder> protocol)
      throws IOException {
    ServerSocket listening = new ServerSocket(0, 100, InetAddress.getByName(address));
    Wire wire = new Wire(listening, serverPort, protocol);
    Thread.ofVirtual().start(wire::accept);
    return wire;
  }

  int port() {
    return listening.getLocalPort();
  }

  /// @param delay how long each answer is held back from now on
  void delay(Duration delay) {
    delayNanos = delay.toNanos();
  }

  synchronized void countFromHere() {
    counts = Counts.NONE;
  }

  synchronized Counts counts() {
    return counts;
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
        for (Socket socket : new Socket[] {client, server}) {
          socket.setTcpNoDelay(true);
          sockets.add(socket);
        }
        new Line(client, server, protocol.get()).start();
      } catch (IOException _) {
        // Closed, or nobody there: the client sees that itself.
      }
    }
  }

  /// Something of an answer on its way.
  ///
  /// @param askedInRoundTrip in which round trip the request before it was sent
  private record Piece(byte[] bytes, long dueNanos, long askedInRoundTrip) {
    private static final Piece END = new Piece(new byte[0], 0, 0);

    void awaitTurn() {
      long waitNanos = dueNanos - System.nanoTime();
      while (waitNanos > 0) {
        LockSupport.parkNanos(waitNanos);
        waitNanos = dueNanos - System.nanoTime();
      }
    }
  }

  /// One connection.
  private final class Line {
    private final Socket client;
    private final Socket server;
    private final RequestFinder requests;
    private final BlockingQueue<Piece> held = new LinkedBlockingQueue<>();
    private long roundTrip;
    private boolean isAnswered = true;

    Line(Socket client, Socket server, RequestFinder requests) {
      this.client = client;
      this.server = server;
      this.requests = requests;
    }

    void start() {
      Thread.ofVirtual().start(this::send);
      Thread.ofVirtual().start(this::receive);
      Thread.ofVirtual().start(this::deliver);
    }

    private void send() {
      byte[] bytes = new byte[PIECE_BYTES];
      try (client;
          server) {
        InputStream in = client.getInputStream();
        OutputStream out = server.getOutputStream();
        for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
          count(bytes, length);
          out.write(bytes, 0, length);
        }
      } catch (IOException _) {
        // Each side sees that the other has closed.
      }
    }

    private void count(byte[] bytes, int length) {
      synchronized (Wire.this) {
        int begun = requests.begunIn(bytes, length, isAnswered);
        if (begun > 0 || (isAnswered && requests.waitsForAnswers())) {
          roundTrip = counts.roundTrips() + 1;
        }
        isAnswered = false;
        counts = counts.sent(begun, length);
      }
    }

    private void receive() {
      byte[] bytes = new byte[PIECE_BYTES];
      try {
        InputStream in = server.getInputStream();
        for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
          long asked;
          synchronized (Wire.this) {
            asked = roundTrip;
          }
          held.add(new Piece(Arrays.copyOf(bytes, length), System.nanoTime() + delayNanos, asked));
        }
      } catch (IOException _) {
        // The same.
      } finally {
        held.add(Piece.END);
      }
    }

    private void deliver() {
      try (client;
          server) {
        OutputStream out = client.getOutputStream();
        for (Piece piece = held.take(); piece != Piece.END; piece = held.take()) {
          piece.awaitTurn();
          synchronized (Wire.this) {
            isAnswered = true;
            counts = counts.received(piece.askedInRoundTrip, piece.bytes.length);
          }
          out.write(piece.bytes);
        }
      } catch (IOException _) {
        // The same.
      } catch (InterruptedException e) {
        throw new AssertionError("nobody interrupts this thread", e);
      } finally {
        sockets.remove(client);
        sockets.remove(server);
      }
    }
  }
}
