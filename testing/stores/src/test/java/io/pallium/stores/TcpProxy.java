package io.pallium.stores;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.List;

/// Hands on bytes without a look at them. A fault is one of a connection, and comes after a random
/// number of bytes in one direction.
final class TcpProxy extends FaultyProxy {
  /// What it knows; each is one of a connection.
  static final List<Fault> FAULTS =
      List.of(Fault.SLOW, Fault.BUSY, Fault.CUT_REQUEST, Fault.CUT_ANSWER, Fault.TORN_ANSWER);

  private static final int MAX_BYTES_BEFORE_FAULT = 4 << 20;

  private volatile boolean isSilent;

  TcpProxy(int serverPort, long seed) {
    super(serverPort, seed);
    startAccepting();
  }

  /// Nothing comes through any more, in open connections too; all of it does when all is well
  /// again.
  void silence() {
    faults(Faults.NONE);
    isSilent = true;
  }

  @Override
  void faults(Faults next) {
    isSilent = false;
    super.faults(next);
  }

  @Override
  void serve(Socket client) throws IOException {
    Fault fault = next("");
    if (fault == Fault.BUSY) {
      reset(client);
      return;
    }
    try (Socket server = connect()) {
      boolean isOfRequest = fault == Fault.CUT_REQUEST;
      Thread requests =
          Thread.ofVirtual().start(() -> copy(client, server, isOfRequest ? fault : calm(fault)));
      copy(server, client, isOfRequest ? Fault.NONE : fault);
      requests.join();
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts a proxy", e);
    }
  }

  private static Fault calm(Fault fault) {
    return fault == Fault.SLOW ? Fault.SLOW : Fault.NONE;
  }

  /// @param fault what comes up in this direction
  private void copy(Socket from, Socket to, Fault fault) {
    boolean isLasting = fault == Fault.NONE || fault == Fault.SLOW;
    long left = isLasting ? Long.MAX_VALUE : 1 + below(MAX_BYTES_BEFORE_FAULT);
    byte[] buffer = new byte[16 << 10];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      while (true) {
        int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (count < 0) {
          to.shutdownOutput();
          return;
        }
        if (fault == Fault.SLOW) {
          pause();
        }
        if (isSilent) {
          awaitHealed(Long.MAX_VALUE);
        }
        out.write(buffer, 0, count);
        left -= count;
        if (left == 0) {
          fail(from, to, fault);
          left = Long.MAX_VALUE;
        }
      }
    } catch (IOException _) {
      closeQuietly(from);
      closeQuietly(to);
    }
  }

  private void fail(Socket from, Socket to, Fault fault) throws IOException {
    switch (fault) {
      case TORN_ANSWER -> {
        to.shutdownOutput();
        throw new IOException("planted: ended");
      }
      default -> {
        reset(fault == Fault.CUT_REQUEST ? from : to);
        throw new IOException("planted: cut");
      }
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It is closed already.
    }
  }
}
