import Logging
import Synchronization

@testable import Boards

/// A log that tests can read.
final class Told: Sendable {
  private let entries = Mutex<[(item: String, text: String, fields: Logger.Metadata)]>([])

  /// Each entry as `ITEM: DEVICE: TEXT`.
  var lines: [String] {
    entries.withLock { $0.map { "\($0.item): \($0.fields["device"].map { "\($0)" } ?? "-"): \($0.text)" } }
  }

  /// The fields of each entry.
  var fields: [Logger.Metadata] { entries.withLock { $0.map(\.fields) } }

  func clear() { entries.withLock { $0 = [] } }

  /// Tells of these items of `machine` as long as what it gives lives.
  func log(_ machine: Machine, _ items: LogItem...) -> MachineLog {
    let log = MachineLog(machine) { item in Logger(label: item.rawValue) { Handler(item: $0, told: self) } }
    var selection = LogSelection()
    for item in items { selection.insert(item) }
    log.select(selection)
    return log
  }

  private struct Handler: LogHandler {
    let item: String
    let told: Told
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(item: String, told: Told) {
      self.item = item
      self.told = told
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      told.entries.withLock { $0.append((item, "\(event.message)", event.metadata ?? [:])) }
    }
  }
}
