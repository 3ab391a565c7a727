import Glibc

/// A connection to a server, for programs that have nothing else to do than to wait for its answers.
public final class ClientStream {
  private let address: SocketAddress
  private let descriptor: Int32

  /// Connects to `address`.
  public init(_ address: SocketAddress) throws(HostError) {
    self.address = address
    let (descriptor, isDone) = try address.open(listening: false) { descriptor, place, size -> (Int32, Bool)? in
      if connect(descriptor, place, size) == 0 { return (descriptor, true) }
      return errno == EINPROGRESS ? (descriptor, false) : nil
    }
    self.descriptor = descriptor
    guard !isDone else { return }
    try wait(for: POLLOUT, timeout: -1)
    var error: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
    guard error == 0 else { throw HostError("\(address): \(String(cString: strerror(error)))") }
  }

  deinit { close(descriptor) }

  private func refusal() -> HostError { HostError("\(address): \(String(cString: strerror(errno)))") }

  private func wait(for events: Int32, timeout: Int32) throws(HostError) {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    while true {
      let count = poll(&entry, 1, timeout)
      if count > 0 { return }
      if count == 0 { throw HostError("\(address): no answer within \(timeout) ms") }
      guard errno == EINTR else { throw refusal() }
    }
  }

  /// Sends all of `bytes`.
  public func write(_ bytes: [UInt8]) throws(HostError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        send(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        done += count
      } else if errno == EAGAIN {
        try wait(for: POLLOUT, timeout: -1)
      } else if errno != EINTR {
        throw refusal()
      }
    }
  }

  /// What has come next, after waiting for it for at most `timeout` milliseconds (-1: for as long as it takes); nothing
  /// at the end.
  public func read(timeout: Int32 = -1) throws(HostError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      try wait(for: POLLIN, timeout: timeout)
      let count = Glibc.read(descriptor, &bytes, bytes.count)
      if count >= 0 { return Array(bytes[..<count]) }
      guard errno == EAGAIN || errno == EINTR else { throw refusal() }
    }
  }
}
