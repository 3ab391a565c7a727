public import Boards

/// The device test protocol: lines that read and write ports and memory, move the time, and show and drive interrupt
/// lines, as QEMU documents them ("QTest Device Emulation Testing Framework", "QTest Protocol").
///
/// Where QEMU ends the process because a line makes no sense, the answer is `FAIL` and why.
public final class QTest {
  /// The most bytes that one command reads or writes.
  public static let sizeLimit = 16 << 20
  /// The longest line, in bytes: a `write` of that many.
  public static let lineLimit = 2 * sizeLimit + 128
  /// How many timers fire before others have a turn.
  static let timersAtOnce = 2000

  /// Takes lines for the client; each ends with a line feed.
  public var send: (String) -> Void = { _ in }
  /// Whether there is a client.
  public private(set) var isOpen = false
  let machine: Machine
  private let log: QTestLog?
  /// What the time is moved to.
  private var target: Int64?
  /// The device whose lines are shown.
  var intercepted: Int?
  /// The levels last shown, by line.
  var levels: [Int: Bool] = [:]

  /// The protocol for `machine`; `log` gets all that is said.
  public init(_ machine: Machine, log: QTestLog? = nil) {
    self.machine = machine
    self.log = log
  }

  /// A client has come; `send` reaches it.
  public func begin() {
    isOpen = true
    log?.opened()
  }

  /// The client has gone: nothing is shown to the next one that it does not ask for.
  public func end() {
    isOpen = false
    releaseLines()
    target = nil
    send = { _ in }
    log?.closed()
  }

  /// Carries out one line, which is given without its end; one that takes longer is gone on with by `proceed()`.
  public func execute(_ line: ArraySlice<UInt8>) {
    log?.received(line)
    var line = line
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    let words = line.split(separator: UInt8(ascii: " "))
    guard let first = words.first else { return fail("Unknown command ''") }
    guard let command = QTestCommand.named[String(decoding: first.prefix(32), as: UTF8.self)] else {
      return fail("Unknown command '\(String(decoding: first.prefix(32), as: UTF8.self))'")
    }
    do throws(QTestFailure) {
      let arguments = try QTestArguments(command, words.dropFirst())
      if let answer = try command.run(self, arguments) { say("OK" + answer) }
    } catch {
      say(error.line)
    }
  }

  /// Whether a command is under way, or something it has asked of the machine.
  public var isBusy: Bool { target != nil || machine.hasRequest }

  /// Goes on with the command that is under way.
  public func proceed() {
    guard let target, !machine.hasRequest else { return }
    guard machine.advance(to: target, firing: Self.timersAtOnce) else { return }
    self.target = nil
    say("OK \(machine.clock.now)")
  }

  /// Begins to move the time, and answers when it is there.
  func move(to time: Int64) {
    target = time
    proceed()
  }

  /// Sends a line.
  func say(_ line: String) {
    log?.sent(line)
    send(line + "\n")
  }

  private func fail(_ text: String) { say("FAIL " + text) }
}
