import Glibc

/// Where a socket listens or connects to.
public enum SocketAddress: Equatable, Sendable, CustomStringConvertible {
  case unix(String)
  /// A name or address, and a port by number or name.
  case tcp(host: String, port: String)

  public var description: String {
    switch self {
    case .unix(let path): "unix:\(path)"
    case .tcp(let host, let port): "tcp:\(host):\(port)"
    }
  }

  /// `HOST:PORT`, where HOST may be an IPv6 address in brackets, or empty for this machine.
  public static func tcp(_ text: String) -> SocketAddress? {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    var host = String(text[..<colon])
    let port = String(text[text.index(after: colon)...])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    return port.isEmpty ? nil : .tcp(host: host, port: port)
  }

  /// What a person means by `text`: `unix:PATH`, `tcp:HOST:PORT`, a path, or `HOST:PORT`.
  public init?(_ text: String) {
    if text.hasPrefix("unix:") {
      self = .unix(String(text.dropFirst(5)))
    } else if text.hasPrefix("tcp:") {
      guard let address = Self.tcp(String(text.dropFirst(4))) else { return nil }
      self = address
    } else if !text.contains("/"), let address = Self.tcp(text) {
      self = address
    } else {
      guard !text.isEmpty else { return nil }
      self = .unix(text)
    }
  }

  /// Calls `attempt` with a fresh non-blocking socket for each address this stands for, until one gives a
  /// result.
  func open<T>(
    listening: Bool, _ attempt: (_ socket: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> T?
  ) throws(HostError) -> T {
    switch self {
    case .unix(let path):
      var address = sockaddr_un()
      let room = MemoryLayout.size(ofValue: address.sun_path)
      guard !path.isEmpty, path.utf8.count < room else {
        throw HostError("\(self): the path is \(path.isEmpty ? "empty" : "longer than \(room - 1) bytes")")
      }
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      let found = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Self.attempt(AF_UNIX, $0, socklen_t(MemoryLayout<sockaddr_un>.size), attempt)
        }
      }
      guard let found else { throw HostError("\(self): \(String(cString: strerror(errno)))") }
      return found
    case .tcp(let host, let port):
      var hints = addrinfo()
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
      hints.ai_flags = listening ? AI_PASSIVE : 0
      var list: UnsafeMutablePointer<addrinfo>?
      let code = getaddrinfo(host.isEmpty ? (listening ? nil : "localhost") : host, port, &hints, &list)
      guard code == 0 else { throw HostError("\(self): \(String(cString: gai_strerror(code)))") }
      defer { freeaddrinfo(list) }
      var entry = list
      while let info = entry {
        if let found = Self.attempt(info.pointee.ai_family, info.pointee.ai_addr, info.pointee.ai_addrlen, attempt) {
          return found
        }
        entry = info.pointee.ai_next
      }
      throw HostError("\(self): \(String(cString: strerror(errno)))")
    }
  }

  private static func attempt<T>(
    _ family: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t,
    _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> T?
  ) -> T? {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(family, kind, 0)
    guard descriptor >= 0 else { return nil }
    if let found = body(descriptor, address, size) { return found }
    let error = errno
    close(descriptor)
    errno = error
    return nil
  }
}
