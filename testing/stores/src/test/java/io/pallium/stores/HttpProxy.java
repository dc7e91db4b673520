package io.pallium.stores;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// Knows requests of HTTP, and fails as the store would.
///
/// A request either arrives whole or is never whole at the server, and what is done is done before
/// anything else happens: no request takes effect later than its connection ends.
final class HttpProxy extends FaultyProxy {
  private final Words words;

  /// How a store says that it does nothing.
  ///
  /// @param busy an answer to who asks too often
  /// @param error an answer of a store that is broken
  record Words(HttpMessage busy, HttpMessage error) {
    /// Of a proxy that speaks for no store.
    static final Words NONE = new Words(answer(503, "", ""), answer(500, "", ""));
  }

  HttpProxy(int serverPort, long seed, Words words) {
    super(serverPort, seed);
    this.words = words;
    startAccepting();
  }

  /// An answer of a server.
  ///
  /// @param headers whole lines
  static HttpMessage answer(int status, String headers, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return new HttpMessage(
        "HTTP/1.1 %d Planted\r\n%sContent-Length: %d\r\n\r\n"
            .formatted(status, headers, bytes.length),
        bytes);
  }

  @Override
  void serve(Socket client) throws IOException {
    InputStream in = new BufferedInputStream(client.getInputStream());
    OutputStream out = client.getOutputStream();
    boolean isOpen = true;
    while (isOpen) {
      HttpMessage request = HttpMessage.request(in, out);
      if (request == null) {
        return;
      }
      isOpen = serve(client, request, next(request.head()));
    }
  }

  /// @return whether the connection can go on
  private boolean serve(Socket client, HttpMessage request, Fault fault) throws IOException {
    OutputStream out = client.getOutputStream();
    switch (fault) {
      case NONE -> forward(request).writeTo(out);
      case SLOW -> {
        pause();
        HttpMessage answer = forward(request);
        pause();
        answer.writeTo(out);
      }
      case BUSY -> bodyless(request, words.busy).writeTo(out);
      case ERROR -> bodyless(request, words.error).writeTo(out);
      case ERROR_IN_SUCCESS ->
          new HttpMessage(
                  words.error.head().replaceFirst("HTTP/1.1 \\d+", "HTTP/1.1 200"),
                  words.error.body())
              .writeTo(out);
      case DONE_ERROR -> {
        HttpMessage unused = forward(request);
        bodyless(request, words.error).writeTo(out);
      }
      case CUT_REQUEST -> {
        forwardPart(request);
        end(client);
        return false;
      }
      case CUT_ANSWER -> {
        HttpMessage unused = forward(request);
        end(client);
        return false;
      }
      case TORN_ANSWER -> {
        HttpMessage answer = forward(request);
        out.write(answer.headBytes());
        out.write(answer.body(), 0, answer.body().length == 0 ? 0 : below(answer.body().length));
        end(client);
        return false;
      }
      case HANG -> {
        awaitEnd(client.getInputStream());
        return false;
      }
      case DONE_HANG -> {
        HttpMessage unused = forward(request);
        awaitEnd(client.getInputStream());
        return false;
      }
    }
    return true;
  }

  private static HttpMessage bodyless(HttpMessage request, HttpMessage answer) {
    return request.head().startsWith("HEAD ")
        ? new HttpMessage(answer.head(), new byte[0])
        : answer;
  }

  /// In order or not: drivers treat these differently.
  private void end(Socket client) throws IOException {
    if (isHeads()) {
      reset(client);
    }
  }

  /// Addresses that the server gives are this proxy's.
  private HttpMessage forward(HttpMessage request) throws IOException {
    try (Socket server = connect()) {
      request.writeTo(server.getOutputStream());
      HttpMessage answer =
          HttpMessage.answer(new BufferedInputStream(server.getInputStream()), request);
      return new HttpMessage(
          answer.head().replace(":" + serverPort + "/", ":" + port() + "/"), answer.body());
    }
  }

  private void forwardPart(HttpMessage request) throws IOException {
    try (Socket server = connect()) {
      OutputStream out = server.getOutputStream();
      byte[] head = request.headBytes();
      if (request.body().length == 0) {
        out.write(head, 0, below(head.length));
      } else {
        out.write(head);
        out.write(request.body(), 0, below(request.body().length));
      }
    }
  }
}
