package io.pallium.server;

import com.linecorp.armeria.common.Flags;
import com.linecorp.armeria.common.util.EventLoopGroups;
import com.linecorp.armeria.common.util.ThreadFactories;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// The thread that accepts connections. It ends as soon as it is told to, where its kind by default
/// idles for two more seconds: nothing hands it work once its port is closed.
final class AcceptingThread extends MultiThreadIoEventLoopGroup {
  private AcceptingThread(String name, IoHandlerFactory transport) {
    super(1, ThreadFactories.newEventLoopThreadFactory(name, false), transport);
  }

  /// A thread of the transport that the other event loops use, too: a connection cannot change it.
  static EventLoopGroup start(String name) {
    return switch (Flags.transportType()) {
      case EPOLL -> new AcceptingThread(name, EpollIoHandler.newFactory());
      case NIO -> new AcceptingThread(name, NioIoHandler.newFactory());
      case KQUEUE, IO_URING -> EventLoopGroups.newEventLoopGroup(1, name);
    };
  }

  // Intended: here and not by the options of `EventLoopGroups`, which wrap the group, while the
  // server stops the group that its channel knows: the one inside.
  @Override
  public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
    return super.shutdownGracefully(0, timeout, unit);
  }
}
