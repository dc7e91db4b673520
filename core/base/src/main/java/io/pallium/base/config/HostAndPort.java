package io.pallium.base.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A network address as a user writes it: `localhost:9009`, `10.0.0.1:80`, `[::1]:9009`. Nothing is
/// resolved.
///
/// @param host name or IP address, IPv6 without brackets
/// @param port 0 to 65535; 0 lets the kernel choose where an address is listened on
public record HostAndPort(String host, int port) {
  private static final Pattern TEXT =
      Pattern.compile("(?:\\[([^\\]]*)\\]|([^:\\[\\]]*)):(\\d{1,9})");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253})");
  private static final Pattern IPV6 =
      Pattern.compile("[0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9_.-]{1,30})?");

  public HostAndPort {
    boolean isIpv6 = host.indexOf(':') >= 0;
    if (!(isIpv6 ? IPV6 : NAME).matcher(host).matches()) {
      throw new IllegalArgumentException(Quoted.value(host) + " is not a host name or IP address");
    }
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port must be in 0..65535, was " + port);
    }
  }

  /// Reads an address.
  ///
  /// @throws IllegalArgumentException if the text is none, with the value and what would be right
  public static HostAndPort parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(Quoted.value(text) + hint(text));
    }
    String bracketed = matcher.group(1);
    String host = bracketed != null ? bracketed : matcher.group(2);
    if (host.isEmpty()) {
      throw new IllegalArgumentException(
          Quoted.value(text)
              + " has no host, write 0.0.0.0:"
              + matcher.group(3)
              + " for all interfaces");
    }
    return new HostAndPort(host, Integer.parseInt(matcher.group(3)));
  }

  private static String hint(String text) {
    if (text.chars().filter(c -> c == ':').count() > 1 && !text.startsWith("[")) {
      return " is not host:port, an IPv6 address stands in brackets like [::1]:9009";
    }
    return " is not host:port, write it like localhost:9009";
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
