public import Logging
import Synchronization

/// Where a log goes: a file, or standard error; lines of text, or one JSON object a line.
///
/// Entries appear in the order in which they were written. Writing never stops the guest: what takes no more at the
/// moment is waited for a tenth of a second, and then entries are left out until it does, with a line that says how
/// many. When writing fails, that is said once on standard error, and nothing more is written.
public final class LogFile: Sendable {
  /// Written at the latest when so many bytes have gathered.
  private static let chunk = 1 << 16
  /// How long a full pipe or terminal is waited for before entries are left out, in nanoseconds.
  private static let patience: Int64 = 100_000_000

  private struct State: ~Copyable {
    var output = LogOutput.standardError
    var isJSON = false
    var buffer: [UInt8] = []
    /// It has not kept up: entries are left out, so many by now, until it has taken all that gathered.
    var isBehind = false
    var lost = 0
  }
  private let state = Mutex(State())

  /// A log on what `text` says, see `open`; nil: on standard error.
  ///
  /// - Throws: `HostError` when it cannot be written, `OptionError` when `text` makes no sense.
  public init(_ text: String? = nil) throws {
    if let text { try open(text) }
  }

  /// From now on the log goes to `text`: `PATH[,format=json]`, as `-D` has it; without a path to standard error. The
  /// file is emptied.
  ///
  /// - Throws: `HostError` when it cannot be written, `OptionError` when `text` makes no sense; the log goes on where it
  ///   was.
  public func open(_ text: String) throws {
    let option = OptionText(text)
    for (key, _) in option.pairs where key != "format" {
      throw OptionError.unknown("property of a log file", key, among: ["format"])
    }
    let format = option["format"] ?? "text"
    guard ["text", "json"].contains(format) else {
      throw OptionError.unknown("format of a log", format, among: ["text", "json"])
    }
    try state.withLock {
      let output = option.kind.isEmpty ? LogOutput.standardError : try LogOutput(path: option.kind)
      Self.finish(&$0)
      $0 = State(output: output, isJSON: format == "json")
    }
  }

  /// A logger whose entries are of `item`. Their metadata are the fields of JSON lines; `time` and `device` come first,
  /// and lines of text begin with the item and the device.
  public func logger(_ item: String) -> Logger { Logger(label: item) { LogFileHandler(item: $0, file: self) } }

  func write(_ entry: LogEntry) { append { entry.line(json: $0) } }

  /// Writes a line, with its line feed, of somebody who has a form of his own for them, and what has gathered.
  public func writeNow(_ line: String) {
    append { _ in line }
    flush()
  }

  private func append(_ line: (_ isJSON: Bool) -> String) {
    state.withLock {
      guard !$0.output.hasFailed else { return }
      if $0.isBehind {
        guard $0.buffer.isEmpty else {
          $0.lost += 1
          return
        }
        Self.catchUp(&$0)
      }
      $0.buffer += line($0.isJSON).utf8
      guard $0.buffer.count >= Self.chunk else { return }
      $0.output.send(&$0.buffer, patience: Self.patience)
      $0.isBehind = !$0.buffer.isEmpty
    }
  }

  private static func catchUp(_ state: inout State) {
    state.isBehind = false
    guard state.lost > 0 else { return }
    let text = "\(state.lost) entries are left out: they came faster than they could be written"
    state.buffer +=
      LogEntry(item: "log", message: text, fields: ["lost": .stringConvertible(state.lost)])
      .line(json: state.isJSON).utf8
    state.lost = 0
  }

  /// Writes what has gathered, as far as that goes without waiting.
  public func flush() { state.withLock { $0.output.send(&$0.buffer, patience: 0) } }

  /// Writes what has gathered; at the end of all.
  public func finish() { state.withLock { Self.finish(&$0) } }

  private static func finish(_ state: inout State) {
    catchUp(&state)
    state.output.send(&state.buffer, patience: 10 * patience)
  }
}
