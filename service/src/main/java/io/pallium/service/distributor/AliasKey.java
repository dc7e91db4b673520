package io.pallium.service.distributor;

import io.pallium.base.HotPath;

/// What a series is known by in the alias tables: a digest of 128 bits of its label bytes as they
/// came on the wire, under secrets of this process. It stands for the bytes: that any two of a
/// million million series share one has a chance of about 10⁻¹⁵, and nobody outside can look for
/// such a pair (`docs/decisions/0004-aliases-are-digests.md`).
///
/// Used again for one series after the other; confined to one thread.
@HotPath
final class AliasKey {
  private long first;
  private long second;

  /// Takes the digest of `source[offset, offset + lengthBytes)`.
  void digest(Digest digest, byte[] source, int offset, int lengthBytes) {
    first = digest.first.hash(source, offset, lengthBytes);
    second = digest.second.hash(source, offset, lengthBytes);
  }

  long first() {
    return first;
  }

  long second() {
    return second;
  }

  /// All bits of it are good.
  int hash() {
    return (int) (first >>> 32);
  }

  /// The two hashes of all keys of a process. Thread-safe.
  record Digest(AliasHash first, AliasHash second) {
    Digest() {
      this(new AliasHash(), new AliasHash());
    }
  }
}
