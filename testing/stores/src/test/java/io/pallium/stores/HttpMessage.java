package io.pallium.stores;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A request or an answer of HTTP/1.1 as it is on the wire.
///
/// @param head the lines up to and with the empty one
/// @param body in the form in which it came, chunks or not
record HttpMessage(String head, byte[] body) {
  private static final String LINE_END = "\r\n";

  String firstLine() {
    return head.substring(0, head.indexOf(LINE_END));
  }

  byte[] headBytes() {
    return head.getBytes(StandardCharsets.ISO_8859_1);
  }

  void writeTo(OutputStream out) throws IOException {
    byte[] bytes = new byte[head.length() + body.length];
    System.arraycopy(headBytes(), 0, bytes, 0, head.length());
    System.arraycopy(body, 0, bytes, head.length(), body.length);
    out.write(bytes);
    out.flush();
  }

  /// Reads a request; says "go on" to who asks before the body.
  ///
  /// @return null at the end of the connection
  static @Nullable HttpMessage request(InputStream in, OutputStream out) throws IOException {
    String head = head(in);
    if (head == null) {
      return null;
    }
    if (!header(head, "expect").isEmpty()) {
      out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      head = head.replaceFirst("(?i)\r\nexpect:[^\r]*", "");
    }
    return new HttpMessage(head, body(in, head, false));
  }

  /// Reads the answer to a request.
  static HttpMessage answer(InputStream in, HttpMessage request) throws IOException {
    while (true) {
      String head = head(in);
      if (head == null) {
        throw new EOFException("no answer to " + request.firstLine());
      }
      int status = Integer.parseInt(head.substring(9, 12));
      if (status >= 200) {
        boolean isBodyless = request.head.startsWith("HEAD ") || status == 204 || status == 304;
        return new HttpMessage(head, isBodyless ? new byte[0] : body(in, head, true));
      }
    }
  }

  private static @Nullable String head(InputStream in) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    do {
      if (!line(in, out)) {
        if (out.size() == 0) {
          return null;
        }
        throw new EOFException("the connection ends within a head");
      }
    } while (!out.toString(StandardCharsets.ISO_8859_1).endsWith(LINE_END + LINE_END));
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  /// @return false at the end of the connection
  private static boolean line(InputStream in, ByteArrayOutputStream out) throws IOException {
    while (true) {
      int next = in.read();
      if (next < 0) {
        return false;
      }
      out.write(next);
      if (next == '\n') {
        return true;
      }
    }
  }

  private static byte[] body(InputStream in, String head, boolean isAnswer) throws IOException {
    if (header(head, "transfer-encoding").toLowerCase(Locale.ROOT).equals("chunked")) {
      return chunks(in);
    }
    String length = header(head, "content-length");
    if (!length.isEmpty()) {
      return exactly(in, Integer.parseInt(length));
    }
    return isAnswer ? in.readAllBytes() : new byte[0];
  }

  private static byte[] chunks(InputStream in) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    while (true) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      boolean unused = line(in, line);
      line.writeTo(out);
      String size = line.toString(StandardCharsets.ISO_8859_1).strip();
      int length = Integer.parseInt(size.replaceFirst(";.*", ""), 16);
      out.write(exactly(in, length + 2));
      if (length == 0) {
        return out.toByteArray();
      }
    }
  }

  private static byte[] exactly(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the connection ends within a body");
    }
    return bytes;
  }

  /// @return empty if there is none
  private static String header(String head, String name) {
    for (String line : head.split(LINE_END)) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).equalsIgnoreCase(name)) {
        return line.substring(colon + 1).strip();
      }
    }
    return "";
  }
}
