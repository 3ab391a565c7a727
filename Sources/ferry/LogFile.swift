import Glibc
import Host
import Logging

/// Where `-d` goes: a file, or standard error.
final class LogFile: Sendable {
  private let descriptor: Int32

  init(_ path: String?) throws(HostError) {
    guard let path else {
      descriptor = -1
      return
    }
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw HostError("log file \(path): \(String(cString: strerror(errno)))") }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// A logger whose lines begin with `item`.
  func logger(_ item: String) -> Logger { Logger(label: item) { LineLogHandler(item: $0, file: self) } }

  func write(_ line: String) {
    guard descriptor >= 0 else { return StandardError.write(line) }
    let bytes = Array(line.utf8)
    _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}
