package io.pallium.server;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.flush.FlushConsolidationHandler;

/// Lets the header and the first piece of an HTTP/1 answer leave in one write where both are ready:
/// a write wakes the client, and most answers are short. Confined to the connection's event loop.
///
/// The server asks an answer for its next part when the part before is written. A header counts as
/// written when it is in the buffer of this connection, as any part does when it is in the buffer
/// of the kernel; what the buffer holds is flushed at the end of the same turn of the event loop.
/// Every other part counts when it has left, so a connection does not close before its last answer
/// is out, and an answer waits for a slow client.
final class JoinedWrites extends ChannelOutboundHandlerAdapter {
  private JoinedWrites() {}

  /// Sets a new connection up, whose last handler is the server's.
  static void customize(ChannelPipeline pipeline) {
    // The one that is there joins flushes only while the connection reads.
    pipeline.replace(
        FlushConsolidationHandler.class,
        "joined-flushes",
        new FlushConsolidationHandler(
            FlushConsolidationHandler.DEFAULT_EXPLICIT_FLUSH_AFTER_FLUSHES, true));
    pipeline.addBefore(pipeline.lastContext().name(), "joined-writes", new JoinedWrites());
  }

  // The promises tell what became of the writes, and whoever made them looks at them.
  @SuppressWarnings("FutureReturnValueIgnored")
  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (!(message instanceof HttpResponse) || message instanceof LastHttpContent) {
      ctx.write(message, promise);
      return;
    }
    ctx.write(message, ctx.newPromise().addListener(ChannelFutureListener.CLOSE_ON_FAILURE));
    promise.trySuccess();
  }
}
