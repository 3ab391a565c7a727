import Glibc

@_silgen_name("eventfd")
private func makeEventDescriptor(_ value: UInt32, _ flags: Int32) -> Int32

/// A descriptor that any thread makes readable, for another that polls.
public final class Bell: Sendable {
  /// For whoever polls.
  let descriptor: Int32

  /// - Throws: `HostError` when the host has no descriptors.
  public init() throws(HostError) {
    // EFD_CLOEXEC | EFD_NONBLOCK of <sys/eventfd.h>.
    descriptor = makeEventDescriptor(0, 0o2004000)
    guard descriptor >= 0 else { throw HostError("eventfd: \(String(cString: strerror(errno)))") }
  }

  deinit { close(descriptor) }

  /// Calls `body` from now on whenever `poller` polls and it has been rung.
  public func watch(_ poller: Poller, _ body: @escaping () -> Void) -> Watch {
    poller.watch(descriptor, .read) { [self] _ in
      silence()
      body()
    }
  }

  /// It is readable until it is silenced.
  public func ring() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  /// Until it is rung again.
  public func silence() {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
  }
}
