import Foundation
import Glibc
import Testing

@testable import Host

/// Two ends of a connection in this process, and what they show each other.
struct TLSPair {
  static let isThere = (try? OpenSSL.host.get()) != nil
  static let reason: Comment = "libssl.so.3 is not there; apt-get install libssl3"
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().path + "/Certificates"
  static let host = "ferry.example"

  let client: Connection
  let server: Connection
  let wake: Connection.Wake
  /// Descriptors of the same ends, for what a proper peer does not do.
  let raw: (client: Int32, server: Int32)

  /// Over a pair of sockets or over two pipes.
  init(pipes: Bool = false) throws {
    // As in the program.
    signal(SIGPIPE, SIG_IGN)
    wake = try Connection.Wake()
    var there: [Int32] = [-1, -1]
    var back: [Int32] = [-1, -1]
    if pipes {
      try #require(pipe(&there) == 0 && pipe(&back) == 0)
      raw = (dup(there[1]), dup(back[1]))
      client = Connection(taking: back[0], writing: there[1], wake: wake)
      server = Connection(taking: there[0], writing: back[1], wake: wake)
    } else {
      try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &there) == 0)
      raw = (dup(there[0]), dup(there[1]))
      client = Connection(taking: there[0], wake: wake)
      server = Connection(taking: there[1], wake: wake)
    }
  }

  /// Certificates of one of the folders, or secrets of `keys` in a folder of its own.
  static func certificates(_ name: String, _ more: String = "") throws -> TLSCredentials {
    try TLSCredentials(TLSOption("tls-creds-x509,id=tls0,dir=\(folder)/\(name)\(more)"))
  }

  static func secrets(_ keys: String, _ more: String = "") throws -> TLSCredentials {
    try withFolder(["keys.psk": keys]) {
      try TLSCredentials(TLSOption("tls-creds-psk,id=tls0,dir=\($0)\(more)"))
    }
  }

  /// Calls `body` with a folder that holds `files`.
  static func withFolder<T>(_ files: [String: String], _ body: (String) throws -> T) throws -> T {
    let folder = "/tmp/ferry-\(getpid())-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, text) in files { try HostFile.write(Array(text.utf8), to: "\(folder)/\(name)", what: "test") }
    return try body(folder)
  }

  static func soon(_ seconds: Double = 20) -> Int64 { HostClock.monotonic + Int64(seconds * 1e9) }

  /// Closes the descriptors that are not the connections'.
  func closeRaw() {
    close(raw.client)
    close(raw.server)
  }

  /// Secures both ends.
  func secure(_ client: TLSCredentials, _ server: TLSCredentials, host: String = host) throws {
    let (end, it) = (self.server, server)
    let far = Errand { () throws(ConnectionLoss) in try end.secure(it, as: .server, deadline: Self.soon()) }
    try self.client.secure(client, as: .client(hostName: host), deadline: Self.soon())
    try far.end()
  }

  /// Something that a second thread does.
  final class Errand: @unchecked Sendable {
    private let isOver = DispatchSemaphore(value: 0)
    private var loss: ConnectionLoss?

    init(_ body: @escaping @Sendable () throws(ConnectionLoss) -> Void) {
      Thread.detachNewThread { [self] in
        do throws(ConnectionLoss) { try body() } catch { loss = error }
        isOver.signal()
      }
    }

    /// Waits for its end.
    func end() throws(ConnectionLoss) {
      isOver.wait()
      if let loss { throw loss }
    }
  }
}

extension Connection {
  /// Reads `count` bytes.
  func take(_ count: Int) throws(ConnectionLoss) -> [UInt8] {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { room.deallocate() }
    var got = 0
    while got < count {
      got += try read(into: UnsafeMutableRawBufferPointer(rebasing: room[got...]), deadline: TLSPair.soon())
    }
    return Array(room)
  }

  /// Writes `bytes`.
  func give(_ bytes: [UInt8], more: Bool = false) throws(ConnectionLoss) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: bytes)
    var written = 0
    try write(UnsafeRawBufferPointer(copy), more: more, deadline: TLSPair.soon(), written: &written)
  }
}
