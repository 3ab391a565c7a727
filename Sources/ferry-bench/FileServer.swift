import Foundation
import Host

/// A web server of one file, at a port of this machine.
final class FileServer {
  let port: UInt16
  private let listener: Int32

  /// The file has `size` bytes, whatever it is asked for by.
  init(size: Int) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.listener = listener
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isReady = withUnsafeMutablePointer(to: &address) { place in
      place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 1) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    guard isReady else { throw HostError("no TCP on this machine: \(String(cString: strerror(errno)))") }
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread {
      let file = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
      while true {
        let peer = accept(listener, nil, nil)
        guard peer >= 0 else { return }
        Self.serve(peer, file, size)
        close(peer)
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private static func serve(_ peer: Int32, _ file: [UInt8], _ size: Int) {
    var request = [UInt8](repeating: 0, count: 4096)
    guard read(peer, &request, request.count) > 0 else { return }
    let header = Array("HTTP/1.0 200 OK\r\nContent-Length: \(size)\r\n\r\n".utf8)
    guard send(peer, header, header.count, Int32(MSG_NOSIGNAL)) == header.count else { return }
    var done = 0
    while done < size {
      let at = done % file.count
      let put = file.withUnsafeBytes {
        send(peer, $0.baseAddress! + at, min(file.count - at, size - done), Int32(MSG_NOSIGNAL))
      }
      guard put > 0 else { return }
      done += put
    }
    // The other side has all of it when it hangs up.
    shutdown(peer, Int32(SHUT_WR))
    while read(peer, &request, request.count) > 0 {}
  }
}
