import Foundation
import Glibc

/// Ferry at a terminal of its own, and what is typed at it.
final class GuestTerminal {
  /// TIOCSPTLCK and TIOCGPTN of ioctl_tty(2), which the C library hides behind its extensions.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  struct NoTerminal: Error {
    let reason = String(cString: strerror(errno))
  }

  let process = Process()
  private let typing: Int32
  private let terminal: Int32
  /// What was printed and has not been expected yet.
  private(set) var output = ""

  /// Starts Ferry with `arguments`.
  init(_ arguments: [String]) throws {
    typing = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
    var locked: Int32 = 0
    var number: UInt32 = 0
    guard typing >= 0, ioctl(typing, Self.setLock, &locked) == 0, ioctl(typing, Self.getNumber, &number) == 0 else {
      throw NoTerminal()
    }
    terminal = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard terminal >= 0 else { throw NoTerminal() }
    process.executableURL = URL(fileURLWithPath: Guests.ferry)
    process.arguments = arguments
    let handle = FileHandle(fileDescriptor: terminal)
    process.standardInput = handle
    process.standardOutput = handle
    process.standardError = handle
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    close(typing)
    close(terminal)
  }

  /// The terminal's modes: input, output, control, local.
  var modes: [tcflag_t] {
    var settings = termios()
    tcgetattr(terminal, &settings)
    return [settings.c_iflag, settings.c_oflag, settings.c_cflag, settings.c_lflag]
  }

  func type(_ text: String) {
    var rest = Array(text.utf8)
    while !rest.isEmpty {
      let count = write(typing, rest, rest.count)
      guard count > 0 else { return }
      rest.removeFirst(count)
    }
  }

  /// Reads on until `text` was printed, and forgets everything up to its end; false after `seconds` without it.
  func expect(_ text: String, seconds: Double = 30) -> Bool {
    let end = Date(timeIntervalSinceNow: seconds)
    while true {
      if let found = output.unicodeScalars.firstRange(of: text.unicodeScalars) {
        output = String(output.unicodeScalars[found.upperBound...])
        return true
      }
      let left = end.timeIntervalSinceNow
      guard left > 0, read(seconds: left) else { return false }
    }
  }

  /// What follows `text` in its line; nil after `seconds` without it.
  func line(after text: String, seconds: Double = 30) -> String? {
    guard expect(text, seconds: seconds) else { return nil }
    while !output.unicodeScalars.contains("\n"), read(seconds: seconds) {}
    return String(output.unicodeScalars.prefix { $0 != "\r" && $0 != "\n" })
  }

  /// Whether Ferry ends by itself; what it still prints is read.
  func ends(seconds: Double = 30) -> Bool {
    let end = Date(timeIntervalSinceNow: seconds)
    while process.isRunning, end.timeIntervalSinceNow > 0 { _ = read(seconds: 0.05) }
    return !process.isRunning
  }

  /// Takes what comes within `seconds`; false when nothing does.
  private func read(seconds: Double) -> Bool {
    var ready = pollfd(fd: typing, events: Int16(POLLIN), revents: 0)
    guard poll(&ready, 1, Int32(max(1, seconds * 1000))) > 0 else { return false }
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = Glibc.read(typing, &bytes, bytes.count)
    guard count > 0 else { return false }
    output += String(decoding: bytes[..<count], as: UTF8.self)
    return true
  }
}
