import Glibc

/// Sockets that are connected to.
enum ListeningSocket {
  /// Listens at `address`; `name` is what for.
  static func open(_ address: SocketAddress, name: String) throws(HostError) -> Int32 {
    if case .unix(let path) = address {
      // A socket left behind by an earlier run is in the way; anything else there is somebody's file.
      var status = stat()
      if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
    }
    return try address.open(listening: true) { descriptor, place, size -> Int32? in
      var on: Int32 = 1
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
      return bind(descriptor, place, size) == 0 && listen(descriptor, 128) == 0 ? descriptor : nil
    }
  }

  /// The port of a TCP socket.
  static func port(of descriptor: Int32) -> UInt16? {
    var place = sockaddr_in6()
    var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let result = withUnsafeMutablePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
    }
    // The port is at the same place in both families.
    let families = [sa_family_t(AF_INET), sa_family_t(AF_INET6)]
    return result == 0 && families.contains(place.sin6_family) ? UInt16(bigEndian: place.sin6_port) : nil
  }
}
