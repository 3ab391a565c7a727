import Foundation
import Glibc

/// A guest that moves from process to process through snapshot files. What is typed goes into one pipe, which every
/// process inherits; what each of them prints is kept apart.
final class TravellingGuest {
  struct Lost: Error, CustomStringConvertible { let description: String }

  /// How the guest is left behind when it is saved.
  enum Parting {
    /// It is stopped before: what it prints later comes from the next process alone.
    case stopped
    /// It runs on while the file is written, so that its last words are said twice.
    case running
  }

  private let folder: String
  /// Options that every process gets: host resources.
  private let resources: [String]
  /// The ends of the pipe that is typed into: the first one is every process's standard input.
  private let typing: [Int32]
  private var process = Process()
  private var qmp: QMPCaller
  private var printing = Pipe()
  private var number = 0
  /// What was printed, and has not been taken.
  private(set) var output: [UInt8] = []
  /// Told of all that is printed.
  var onOutput: (ArraySlice<UInt8>) -> Void = { _ in }

  /// Starts Ferry with `arguments` and, this time and later, `resources`; files go to `folder`.
  init(_ folder: String, _ arguments: [String], resources: [String] = []) throws {
    self.folder = folder
    self.resources = resources
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Lost(description: String(cString: strerror(errno))) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    typing = ends
    qmp = try QMPCaller("\(folder)/qmp\(number)")
    try start(arguments)
  }

  deinit {
    for end in typing { close(end) }
    kill()
  }

  private func start(_ arguments: [String]) throws {
    process = Process()
    printing = Pipe()
    process.executableURL = URL(filePath: Guests.ferry)
    process.arguments =
      ["run", "-display", "none", "-monitor", "none", "-serial", "stdio", "-qmp", qmp.option] + resources + arguments
    process.standardInput = FileHandle(fileDescriptor: typing[0], closeOnDealloc: false)
    process.standardOutput = printing
    process.standardError = FileHandle.standardError
    try process.run()
    try qmp.accept()
  }

  /// Nanoseconds of virtual time.
  func virtualTime() throws -> Int64 {
    let value = try qmp.execute("qom-get", ["path": "/machine/clock", "property": "now"])
    guard let number = value as? NSNumber else { throw Lost(description: "no time but \(value)") }
    return number.int64Value
  }

  /// Presses keys on the guest's keyboard, one after the other.
  func press(_ keys: [String]) throws {
    for key in keys { try qmp.monitor("sendkey \(key) 5") }
  }

  /// Asks for a file, and does not wait for it.
  func beginSave(_ path: String) throws { try qmp.send("human-monitor-command", ["command-line": "savevm \(path)"]) }

  /// From now on no file that the process writes may become longer than so many bytes.
  func limitFiles(to bytes: Int?) throws {
    let text = "--fsize=\(bytes.map(String.init) ?? "unlimited"):"
    let result = try Guests.run("/usr/bin/prlimit", ["--pid", "\(process.processIdentifier)", text], seconds: 30)
    guard result.status == 0 else { throw Lost(description: result.output) }
  }

  /// Ends the process at once.
  func kill() {
    guard process.isRunning else { return }
    Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Skips what is left of a line that was under way, and the next one.
  func discardLine() {
    _ = takeOutput()
    for _ in 0..<2 { _ = try? expect("\n") }
  }

  /// The number that the guest's next line is.
  func nextNumber() throws -> Int {
    let text = String(decoding: try expect("\r\n"), as: UTF8.self)
    guard let number = Int(text) else { throw Lost(description: "\"\(text)\" is no number") }
    return number
  }

  /// Saves the guest to a file.
  func save(_ path: String) throws { try qmp.monitor("savevm \(path)") }

  /// Goes on in a new process, by way of a file.
  func move(_ parting: Parting = .stopped) throws {
    number += 1
    let path = "\(folder)/\(number & 1).ferry"
    if parting == .stopped { try qmp.execute("stop") }
    try save(path)
    try leave()
    qmp = try QMPCaller("\(folder)/qmp\(number)")
    try start(["-loadvm", path])
  }

  /// Ends the process, and reads what it printed to the last byte.
  func leave() throws {
    try qmp.execute("quit")
    while read(seconds: 30) {}
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw Lost(description: "Ferry ended with \(process.terminationStatus)")
    }
  }

  func type(_ text: String) throws {
    try FileHandle(fileDescriptor: typing[1], closeOnDealloc: false).write(contentsOf: Data(text.utf8))
  }

  /// Lets the guest run for so many milliseconds.
  func run(milliseconds: Int) {
    let end = Date(timeIntervalSinceNow: Double(milliseconds) / 1000)
    while end.timeIntervalSinceNow > 0 { _ = read(seconds: end.timeIntervalSinceNow) }
  }

  /// Reads on until `text` was printed, and returns what was before it.
  @discardableResult
  func expect(_ text: String, seconds: Double = 60) throws -> [UInt8] {
    let end = Date(timeIntervalSinceNow: seconds)
    var from = 0
    while true {
      if let found = output[from...].firstRange(of: text.utf8) {
        let before = Array(output[..<found.lowerBound])
        output.removeSubrange(..<found.upperBound)
        return before
      }
      from = max(0, output.count - text.utf8.count)
      guard end.timeIntervalSinceNow > 0 else {
        throw Lost(
          description: "no \"\(text)\" within \(seconds) s, but: \(String(decoding: output.suffix(500), as: UTF8.self))"
        )
      }
      _ = read(seconds: end.timeIntervalSinceNow)
      if !process.isRunning, !read(seconds: 0.1) { throw Lost(description: "Ferry has ended before \"\(text)\"") }
    }
  }

  /// Takes all that was printed.
  func takeOutput() -> [UInt8] {
    defer { output = [] }
    return output
  }

  /// Takes what comes within `seconds`; false when nothing does or nothing more can.
  private func read(seconds: Double) -> Bool {
    let descriptor = printing.fileHandleForReading.fileDescriptor
    var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&ready, 1, Int32(max(1, seconds * 1000))) > 0 else { return false }
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    guard count > 0 else {
      usleep(1000)
      return false
    }
    output += bytes[..<count]
    onOutput(bytes[..<count])
    return true
  }
}
