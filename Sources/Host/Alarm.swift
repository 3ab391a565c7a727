import Glibc

/// Something that other threads do and `poll` sees.
final class Alarm: Sendable {
  /// Becomes readable.
  let descriptor: Int32
  private let end: Int32

  /// Nil when the host has no descriptors.
  init?() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    (descriptor, end) = (ends[0], ends[1])
  }

  deinit {
    close(descriptor)
    close(end)
  }

  /// From any thread. One that is full is seen.
  func raise() { _ = write(end, [1], 1) }

  /// It has been seen.
  func clear() {
    var bytes = [UInt8](repeating: 0, count: 64)
    while read(descriptor, &bytes, bytes.count) == bytes.count {}
  }
}
