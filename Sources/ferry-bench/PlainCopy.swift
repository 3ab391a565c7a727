import Foundation
import Host

/// How fast memory can be copied over a socket from one thread to another by nothing but writes and reads: what a
/// migration is compared with.
struct PlainCopy {
  private let near: Int32
  private let far: Int32

  /// Over a pair of unix sockets, or over TCP of this machine.
  init(_ isTCP: Bool) throws {
    var ends: [Int32] = [-1, -1]
    guard !isTCP else {
      let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let ready = withUnsafeMutablePointer(to: &address) { place in
        place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
          guard bind(listener, place, size) == 0, listen(listener, 1) == 0, getsockname(listener, place, &size) == 0
          else { return false }
          ends[0] = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
          guard connect(ends[0], place, size) == 0 else { return false }
          ends[1] = accept(listener, nil, nil)
          return ends[1] >= 0
        }
      }
      close(listener)
      guard ready else { throw HostError("no TCP on this machine: \(String(cString: strerror(errno)))") }
      (near, far) = (ends[0], ends[1])
      return
    }
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else { throw HostError("no sockets") }
    (near, far) = (ends[0], ends[1])
  }

  /// Bytes a second, of `count` bytes into memory that was not touched before.
  func bytesPerSecond(_ count: Int) throws -> Double {
    defer {
      close(near)
      close(far)
    }
    func allocate() throws -> UnsafeMutableRawPointer {
      guard let base = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), base != MAP_FAILED
      else { throw HostError("no memory for a copy") }
      return base
    }
    nonisolated(unsafe) let source = try allocate()
    let target = try allocate()
    defer {
      munmap(source, count)
      munmap(target, count)
    }
    memset(source, 1, count)
    let near = near
    let piece = 512 << 10
    let start = HostClock.monotonic
    Thread.detachNewThread {
      var done = 0
      while done < count {
        let put = send(near, source + done, min(piece, count - done), Int32(MSG_NOSIGNAL))
        guard put > 0 else { return }
        done += put
      }
    }
    var done = 0
    while done < count {
      let got = read(far, target + done, min(piece, count - done))
      guard got > 0 else { throw HostError("a plain copy was cut off") }
      done += got
    }
    return Double(count) / Double(HostClock.monotonic - start) * 1e9
  }
}
