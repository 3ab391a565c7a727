import Glibc
package import Migration

/// One end of a connection for a peer that is no Ferry: it sends what it likes, and takes whole frames for what they say
/// they are. Nothing waits longer than its patience.
package final class PeerLine: Sendable {
  private let descriptor: Int32

  /// Takes `descriptor` over, which is connected; waits give up after `patience` seconds.
  package init(_ descriptor: Int32, patience: Int = 10) {
    self.descriptor = descriptor
    var time = timeval(tv_sec: patience, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  /// Calls at the socket at `path`.
  package convenience init?(calling path: String, patience: Int = 10) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let isConnected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) == 0 }
    }
    guard isConnected else {
      close(descriptor)
      return nil
    }
    self.init(descriptor, patience: patience)
  }

  deinit { close(descriptor) }

  /// Ends the connection, for both directions, whoever waits at it.
  package func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  // MARK: Out

  /// Whether all of `bytes` went out.
  @discardableResult
  package func send(_ bytes: [UInt8]) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }

  /// Sends a byte every `gap` microseconds, for `seconds` at most; whether all of `bytes` went out.
  package func trickle(_ bytes: [UInt8], gap: UInt32, seconds: Int = 10) -> Bool {
    var left = seconds * 1_000_000
    for byte in bytes {
      guard left > 0, send([byte]) else { return false }
      usleep(gap)
      left -= Int(gap)
    }
    return true
  }

  // MARK: In

  private func read(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress.map { $0 + done }, count - done, 0) }
      guard got > 0 else { return nil }
      done += got
    }
    return bytes
  }

  /// The next frame; nil when there is none any more.
  package func receive() -> (kind: FrameKind, payload: [UInt8])? {
    guard let head = read(FrameHeader.size), let kind = FrameKind(rawValue: head[4]),
      let payload = read(head.withUnsafeBytes { Int($0.loadUnaligned(as: UInt32.self)) })
    else { return nil }
    return (kind, payload)
  }

  /// Throws away what comes until the other side hangs up.
  package func drain() {
    while read(1) != nil {}
  }

  /// Waits until the other side hangs up, and reads nothing.
  package func awaitEnd() {
    // What has come makes every poll of it return at once, so it is not asked for.
    var entry = pollfd(fd: descriptor, events: 0x2000, revents: 0)
    poll(&entry, 1, 10_000)
  }

  /// One of three ways to have said all: to hang up, to wait for the other side without a look at it, to hear it out.
  package func end(_ way: Int) {
    switch way {
    case 0: hangUp()
    case 1: awaitEnd()
    default: drain()
    }
  }

  /// Whether the other side has said something that was not read.
  package var hasInput: Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 0) > 0
  }
}
