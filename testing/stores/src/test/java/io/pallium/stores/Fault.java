package io.pallium.stores;

import java.util.List;
import java.util.stream.Stream;

/// What becomes of one request, or of one connection where requests cannot be told apart.
enum Fault {
  NONE,
  /// It takes its time.
  SLOW,
  /// The store wants fewer requests, and does nothing.
  BUSY,
  /// The store fails, and does nothing.
  ERROR,
  /// The store does nothing, and says so in an answer that begins like that of a success.
  ERROR_IN_SUCCESS,
  /// The store does it, and says that it failed.
  DONE_ERROR,
  /// The connection breaks while the request is under way: it does not arrive whole.
  CUT_REQUEST,
  /// It is done, and the connection breaks before the answer.
  CUT_ANSWER,
  /// It is done, and the connection ends in the midst of the answer.
  TORN_ANSWER,
  /// It is taken, and neither done nor answered.
  HANG,
  /// It is done, and there is never an answer.
  DONE_HANG;

  /// Those that a store which speaks HTTP can have at any request.
  static final List<Fault> OF_HTTP =
      Stream.of(values()).filter(fault -> fault != ERROR_IN_SUCCESS).toList();
}
