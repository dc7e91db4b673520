package io.pallium.cluster.rpc;

import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.util.AttributeKey;
import io.pallium.base.LimitExceededException;
import io.pallium.base.memory.MemoryBudget;

/// The room that the bytes of one write take in the budget of all: from when they are there until
/// the request is over and, if it got that far, until the ingester has done with it. A caller that
/// goes away early does not make the bytes go away.
///
/// Thread-safe, guarded by itself.
final class WriteRoom {
  private static final AttributeKey<WriteRoom> KEY = AttributeKey.valueOf(WriteRoom.class, "ROOM");

  private final MemoryBudget budget;
  private int holders = 1;
  private long bytes;

  private WriteRoom(MemoryBudget budget) {
    this.budget = budget;
  }

  /// Begins a request, which frees its share when it is over.
  static WriteRoom begin(ServiceRequestContext ctx, MemoryBudget budget) {
    WriteRoom room = new WriteRoom(budget);
    ctx.setAttr(KEY, room);
    var unused = ctx.log().whenComplete().thenRun(room::free);
    return room;
  }

  static WriteRoom ofCurrentRequest() {
    WriteRoom room = ServiceRequestContext.current().attr(KEY);
    if (room == null) {
      throw new AssertionError("BUG: a write without room");
    }
    return room;
  }

  /// Takes room for more bytes.
  ///
  /// @throws LimitExceededException (node kind) if there is none
  synchronized void take(int more) {
    if (holders == 0) {
      // The request was given up; what still comes of it is thrown away.
      return;
    }
    if (!budget.tryReserve(more)) {
      throw LimitExceededException.node(
          "too many writes are in work at the ingester: "
              + more
              + " bytes more over "
              + budget.reservedBytes()
              + " exceed the limit of "
              + budget.limitBytes()
              + " (cluster.max-inflight-size)");
    }
    bytes += more;
  }

  /// Adds a holder, who must [#free] it.
  synchronized void share() {
    holders++;
  }

  /// Gives the room back if this was the last holder.
  synchronized void free() {
    holders--;
    if (holders == 0) {
      budget.release(bytes);
    }
  }
}
