import Boards
import Engine

/// The human monitor at the other end of a channel of bytes: a terminal at which somebody edits lines, or a program
/// that sends whole ones.
public final class MonitorTerminal {
  /// Who is at the other end.
  public enum Kind: Sendable {
    /// A terminal in raw mode: it shows what it is sent, and nothing else.
    case terminal
    /// A pipe or a file: lines in, answers out.
    case lines
    /// A socket. Who sends whole lines sees to showing them; who sends keys one by one has them shown.
    case socket
  }

  /// Before each line.
  public static let prompt = "(ferry) "
  private let monitor: HumanMonitor
  private let kind: Kind
  private let send: ([UInt8]) -> Void
  private var editor = LineEditor(prompt: prompt, limit: HumanMonitor.lineLimit)
  private var keys = KeyDecoder()
  private var telnet = TelnetFilter()
  /// Lines of a program: what has come of the next one; nil after it has grown too long.
  private var line: [UInt8]? = []
  /// Keys come one by one.
  private var isEdited: Bool
  private var isGreeted = false
  /// A command takes its time: nothing is carried out before it is done.
  private(set) var isHeld = false
  /// Told when that begins and ends.
  var onHold: (Bool) -> Void = { _ in }

  /// A monitor that answers through `send`.
  public init(_ monitor: HumanMonitor, _ kind: Kind, send: @escaping ([UInt8]) -> Void) {
    self.monitor = monitor
    self.kind = kind
    self.send = send
    isEdited = kind == .terminal
    monitor.history = { [unowned self] in editor.history }
    monitor.notify = { [weak self] in self?.notify($0) }
  }

  /// The terminal has turned to the monitor, or somebody has connected: shows what it is, and a prompt.
  public func begin() {
    guard kind != .lines else { return }
    if !isGreeted { reply("Ferry's monitor; help lists the commands\n") }
    isGreeted = true
    drawPrompt()
  }

  /// Takes bytes from `next`, what has come, until a line of them was carried out.
  ///
  /// - Parameters:
  ///   - arrived: what is waiting now, as far as it tells a person who types from a program that sends lines.
  /// - Returns: whether there was anything.
  @discardableResult
  func step(arrived: (count: Int, last: UInt8?), _ next: () -> UInt8?) -> Bool {
    guard !isHeld else { return false }
    if kind == .socket, !isEdited, line?.isEmpty == true, let last = arrived.last {
      // Single keys do not end in a new line, lines do. Escape sequences are a few bytes.
      isEdited = last != 10 && arrived.count <= 8 && (last != 13 || arrived.count == 1)
    }
    var hasTaken = false
    while let byte = next() {
      hasTaken = true
      guard kind != .socket || telnet.passes(byte) else { continue }
      if isEdited ? press(byte) : take(byte) { break }
    }
    flush()
    return hasTaken
  }

  /// Bytes that have come, all at once.
  func receive(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while step(arrived: (rest.count, rest.last), { rest.popFirst() }) {}
  }

  /// CPU number `cpu` has stopped: tells where, when this monitor let it execute steps.
  func stopped(_ cpu: Int) {
    guard monitor.isStepping else { return }
    monitor.isStepping = false
    notify(monitor.placeText(cpu))
  }

  /// Prints `text`, lines that each end in a new line, beside what is being typed.
  public func notify(_ text: String) {
    if isEdited { editor.erase() }
    flush()
    reply(text)
    if kind != .lines { drawPrompt() }
  }

  /// Whether `byte` ended a line.
  private func press(_ byte: UInt8) -> Bool {
    guard let key = keys.feed(byte), let event = editor.press(key) else { return false }
    switch event {
    case .line(let line):
      flush()
      run(line)
      return true
    case .complete(let before):
      let answer = Completer(monitor).answer(before)
      editor.complete(answer.words, replacing: answer.replacing, ending: answer.ending)
      return false
    }
  }

  /// Whether `byte` ended a line.
  private func take(_ byte: UInt8) -> Bool {
    guard byte == 10 || byte == 13 else {
      if let count = line?.count, count < HumanMonitor.lineLimit { line?.append(byte) } else { line = nil }
      return false
    }
    defer { line = [] }
    guard let line else {
      reply("The line is longer than \(HumanMonitor.lineLimit) bytes\n")
      if kind != .lines { drawPrompt() }
      return true
    }
    // The new line after a carriage return, and empty lines, say nothing.
    guard !line.isEmpty else { return false }
    let printable = line.map { $0 == 9 ? 32 : $0 }.filter { $0 >= 0x20 && $0 != 0x7f }
    let text = String(decoding: printable, as: UTF8.self)
    editor.remember(text)
    run(text)
    return true
  }

  private func run(_ line: String) {
    reply(monitor.run(line))
    if let job = monitor.control.takeAwaited() { return hold(for: job) }
    if kind != .lines { drawPrompt() }
  }

  private func hold(for job: any Awaited) {
    isHeld = true
    onHold(true)
    if isEdited { showProgress(of: job) }
    job.whenOver { [weak self] in
      guard let self else { return }
      if isEdited { send(Self.emptyLine) }
      if let failure = job.failure { reply("\(failure)\n") }
      isHeld = false
      if kind != .lines { drawPrompt() }
      onHold(false)
    }
  }

  /// Back to the line's beginning, and the line erased (ECMA-48 8.3.41, EL).
  private static let emptyLine = Array("\r\u{1b}[K".utf8)

  /// Shows a person how far the job is, four times a second, if it takes that long.
  private func showProgress(of job: any Awaited) {
    monitor.control.host.poller.after(250_000_000) { [weak self] in
      guard let self, isHeld, !job.isOver else { return }
      if let text = job.progressText { send(Self.emptyLine + Array(text.utf8)) }
      showProgress(of: job)
    }
  }

  private func drawPrompt() {
    if isEdited { editor.draw() } else { send(Array(Self.prompt.utf8)) }
    flush()
  }

  private func flush() {
    guard !editor.output.isEmpty else { return }
    send(editor.output)
    editor.output = []
  }

  private func reply(_ text: String) {
    guard !text.isEmpty else { return }
    guard kind != .lines else { return send(Array(text.utf8)) }
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if byte == 10 { bytes.append(13) }
      bytes.append(byte)
    }
    send(bytes)
  }
}
