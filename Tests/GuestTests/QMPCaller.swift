import Foundation
import Glibc

/// The test's end of a QMP connection that Ferry opens: so nobody has to wait for a socket to appear.
final class QMPCaller {
  struct Failure: Error, CustomStringConvertible { let description: String }

  /// What Ferry is to be told: `-qmp`, and this.
  let option: String
  private let path: String
  private let listener: Int32
  private var connection: Int32 = -1
  private var rest: [UInt8] = []

  /// Listens at `path`.
  init(_ path: String) throws {
    self.path = path
    option = "unix:\(path)"
    unlink(path)
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { throw Failure(description: path) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0, listen(listener, 1) == 0 else {
      throw Failure(description: "\(path): \(String(cString: strerror(errno)))")
    }
  }

  deinit {
    close(listener)
    if connection >= 0 { close(connection) }
    unlink(path)
  }

  /// Takes Ferry's call, greets it and is greeted.
  func accept(seconds: Double = 60) throws {
    guard isReadable(listener, seconds) else { throw Failure(description: "Ferry does not call") }
    connection = Glibc.accept(listener, nil, nil)
    _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
    _ = try line(seconds)
    try execute("qmp_capabilities")
  }

  /// Runs a command to its answer; events on the way are passed over.
  @discardableResult
  func execute(_ command: String, _ arguments: [String: Any] = [:], seconds: Double = 60) throws -> Any {
    try send(command, arguments)
    while true {
      let answer = try line(seconds)
      if let error = answer["error"] { throw Failure(description: "\(command): \(error)") }
      if let value = answer["return"] { return value }
    }
  }

  /// Sends a command, and does not wait for the answer.
  func send(_ command: String, _ arguments: [String: Any] = [:]) throws {
    var message: [String: Any] = ["execute": command]
    if !arguments.isEmpty { message["arguments"] = arguments }
    let bytes = [UInt8](try JSONSerialization.data(withJSONObject: message)) + [10]
    guard Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw Failure(description: "\(command): Ferry does not listen")
    }
  }

  /// Runs a line of the human monitor, which must have nothing to say.
  func monitor(_ line: String) throws {
    let said = try execute("human-monitor-command", ["command-line": line]) as? String
    guard said == "" else { throw Failure(description: "\(line): \(said ?? "no text")") }
  }

  private func line(_ seconds: Double) throws -> [String: Any] {
    while true {
      if let end = rest.firstIndex(of: 10) {
        let data = Data(rest[..<end])
        rest.removeSubrange(...end)
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
      }
      guard isReadable(connection, seconds) else { throw Failure(description: "Ferry does not answer") }
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = recv(connection, &bytes, bytes.count, 0)
      guard count > 0 else { throw Failure(description: "Ferry has hung up") }
      rest += bytes[..<count]
    }
  }

  private func isReadable(_ descriptor: Int32, _ seconds: Double) -> Bool {
    var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&ready, 1, Int32(seconds * 1000)) > 0
  }
}
