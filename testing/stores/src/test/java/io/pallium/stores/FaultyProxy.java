package io.pallium.stores;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Stands before a server on loopback and lets things go wrong, as [Faults] says. What is chosen at
/// random here (lengths, pauses) follows from a seed.
abstract class FaultyProxy implements AutoCloseable {
  private static final int MAX_PAUSE_MS = 120;

  final int serverPort;
  private final ServerSocket listener;
  private final Random random;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger requests = new AtomicInteger();
  private volatile Faults faults = Faults.NONE;
  private volatile CountDownLatch healed = new CountDownLatch(1);

  FaultyProxy(int serverPort, long seed) {
    this.serverPort = serverPort;
    this.random = new Random(seed);
    try {
      this.listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Call it when the subclass is whole.
  final void startAccepting() {
    Thread.ofVirtual().name("proxy").start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /// How many requests have come; connections, where requests cannot be told apart.
  int requests() {
    return requests.get();
  }

  /// From now on.
  void faults(Faults next) {
    healed.countDown();
    healed = new CountDownLatch(1);
    faults = next;
  }

  /// Nothing goes wrong any more; what hangs is let go.
  void heal() {
    faults(Faults.NONE);
  }

  /// Serves one connection until it ends.
  abstract void serve(Socket client) throws IOException;

  private void accept() {
    while (true) {
      Socket client;
      try {
        client = listener.accept();
      } catch (IOException _) {
        return;
      }
      Thread.ofVirtual().start(() -> serveAndClose(client));
    }
  }

  private void serveAndClose(Socket client) {
    try (Socket opened = opened(client)) {
      serve(opened);
    } catch (IOException _) {
      // One of both ends has gone, as planned or not: the other is told by the end of this one.
    } finally {
      sockets.remove(client);
    }
  }

  private Socket opened(Socket socket) throws SocketException {
    socket.setTcpNoDelay(true);
    sockets.add(socket);
    return socket;
  }

  /// A new connection to the server; the caller closes it.
  final Socket connect() throws IOException {
    return opened(new Socket(InetAddress.getLoopbackAddress(), serverPort));
  }

  /// What becomes of a request that has come.
  final Fault next(String request) {
    requests.incrementAndGet();
    return faults.next(request);
  }

  /// A number below `bound`; small ones as likely as large ones.
  final int below(int bound) {
    synchronized (random) {
      int bits = Integer.SIZE - Integer.numberOfLeadingZeros(bound);
      return random.nextInt(Math.clamp(1L << random.nextInt(1, bits + 1), 1, bound));
    }
  }

  final boolean isHeads() {
    synchronized (random) {
      return random.nextBoolean();
    }
  }

  /// Lets a little time pass, unless all is well again.
  final void pause() {
    awaitHealed(below(MAX_PAUSE_MS));
  }

  /// Returns when all is well again.
  final void awaitHealed(long timeoutMs) {
    try {
      boolean unused = healed.await(timeoutMs, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts a proxy", e);
    }
  }

  /// Returns when the other end has closed its side.
  static void awaitEnd(InputStream in) throws IOException {
    byte[] buffer = new byte[4096];
    while (in.read(buffer) >= 0) {
      // What still comes is for nobody.
    }
  }

  /// Ends a connection as a machine that loses it: not in order.
  static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /// Ends all connections that are open now.
  final void cutAll() {
    for (Socket socket : sockets) {
      try {
        reset(socket);
      } catch (IOException _) {
        // It is closed already.
      }
    }
  }

  @Override
  public void close() {
    faults(Faults.NONE);
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cutAll();
  }
}
