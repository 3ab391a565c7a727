import Foundation
import Glibc

/// A real gdb that types at a machine of ours.
final class Debugger {
  /// Where gdb for all architectures is; nil where it is not installed.
  static let program: String? = {
    let path = "/usr/bin/gdb-multiarch"
    if FileManager.default.isExecutableFile(atPath: path) { return path }
    print("gdb's tests skipped: \(path) is not there; apt-get install gdb-multiarch brings it")
    return nil
  }()

  static let prompt = "(gdb) "

  private let machine = Process()
  private let gdb = Process()
  private let typing = Pipe()
  private let printed = Pipe()
  /// The socket between them.
  let socket: String
  /// The machine's QMP socket.
  private let control: String
  /// What gdb has printed and has not been expected yet.
  private(set) var output = ""

  /// Starts Ferry with `arguments`, its GDB server at a socket of its own, and gdb connected to that.
  init(_ arguments: [String]) throws {
    socket = FileManager.default.temporaryDirectory.appending(path: "ferry-\(UUID().uuidString.prefix(8)).gdb").path
    control = "\(socket).qmp"
    machine.executableURL = URL(fileURLWithPath: Guests.ferry)
    machine.arguments = arguments + ["-gdb", "unix:\(socket)", "-qmp", "unix:\(control),server=on,wait=off"]
    machine.standardInput = FileHandle.nullDevice
    machine.standardOutput = FileHandle.nullDevice
    try machine.run()
    gdb.executableURL = URL(fileURLWithPath: Self.program ?? "")
    gdb.arguments = ["-nx", "-q"]
    gdb.environment = ["TERM": "dumb", "LC_ALL": "C", "HOME": "/nonexistent"]
    gdb.standardInput = typing
    gdb.standardOutput = printed
    gdb.standardError = printed
    // Tests run on threads that block signals, and a process has the mask of the thread that starts it.
    var none = sigset_t()
    var mask = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &mask)
    defer { pthread_sigmask(SIG_SETMASK, &mask, nil) }
    try gdb.run()
    let end = Date(timeIntervalSinceNow: 10)
    while !FileManager.default.fileExists(atPath: socket), machine.isRunning, end.timeIntervalSinceNow > 0 {
      usleep(20_000)
    }
    _ = expect(Self.prompt)
    for setting in ["pagination off", "confirm off", "width 0", "height 0"] { _ = ask("set \(setting)") }
    _ = ask("target remote \(socket)")
  }

  deinit {
    for process in [machine, gdb] where process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    for path in [socket, control] { unlink(path) }
  }

  /// Whether the machine's program is there.
  var isMachineRunning: Bool { machine.isRunning }

  /// Whether it ends by itself.
  func machineEnds(seconds: Double = 30) -> Bool {
    let end = Date(timeIntervalSinceNow: seconds)
    while machine.isRunning, end.timeIntervalSinceNow > 0 { usleep(20_000) }
    return !machine.isRunning
  }

  /// Types a command and gives what gdb prints before it asks for the next one; what there is after `seconds` if it
  /// does not.
  @discardableResult
  func ask(_ command: String, seconds: Double = 60) -> String {
    type(command)
    return expect(Self.prompt, seconds: seconds) ?? "\(output)(no prompt)"
  }

  /// Types a command, and does not wait.
  func type(_ command: String) { typing.fileHandleForWriting.write(Data((command + "\n").utf8)) }

  /// Lets the guest run, presses Ctrl-C in gdb's terminal, and gives what gdb prints about that. gdb gives up its own
  /// command, and not the guest, when that comes before the guest has run.
  func continueAndInterrupt() -> String {
    type("continue")
    let end = Date(timeIntervalSinceNow: 60)
    while (try? Guests.run(Guests.ferry, ["ctl", control, "query-status"], seconds: 10).output)?
      .contains("running: yes") != true
    {
      guard end.timeIntervalSinceNow > 0 else { return "the guest does not run" }
    }
    kill(gdb.processIdentifier, SIGINT)
    return expect(Self.prompt) ?? "\(output)(no prompt)"
  }

  /// The value of an expression, as a number.
  func value(_ expression: String) -> UInt64? {
    let text = ask("output/x \(expression)").trimmingCharacters(in: .whitespacesAndNewlines)
    return text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : nil
  }

  /// Reads on until `text` was printed, and gives what stood before it; nil after `seconds` without it.
  func expect(_ text: String, seconds: Double = 60) -> String? {
    let end = Date(timeIntervalSinceNow: seconds)
    let source = printed.fileHandleForReading.fileDescriptor
    while true {
      if let found = output.firstRange(of: text) {
        defer { output = String(output[found.upperBound...]) }
        return String(output[..<found.lowerBound])
      }
      var ready = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
      let left = end.timeIntervalSinceNow
      guard left > 0, poll(&ready, 1, Int32(max(1, left * 1000))) > 0 else { return nil }
      var bytes = [UInt8](repeating: 0, count: 65536)
      let count = read(source, &bytes, bytes.count)
      guard count > 0 else { return nil }
      output += String(decoding: bytes[..<count], as: UTF8.self)
    }
  }
}
