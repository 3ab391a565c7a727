public import Boards
public import Host

/// Items as `-d` and the monitor's `log` take them: `ITEM[:DEVICE],…`, `all`, or `none`.
extension LogSelection {
  /// The selection that `text` says.
  ///
  /// - Throws: `OptionError` when there is no such item. Whether there are such devices is `check`'s question.
  public init(_ text: String) throws(OptionError) {
    self.init()
    for word in text.split(separator: ",") where word != "none" {
      let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      if parts[0] == "all" {
        for item in LogItem.allCases { insert(item, of: parts.dropFirst().first) }
        continue
      }
      guard let item = LogItem(rawValue: parts[0]) else {
        throw OptionError.unknown("log item", parts[0], among: LogItem.allCases.map(\.rawValue) + ["all", "none"])
      }
      insert(item, of: parts.dropFirst().first)
    }
  }

  private mutating func insert(_ item: LogItem, of device: String?) {
    if let device { insert(item, of: device) } else { insert(item) }
  }

  /// What `-d help` says.
  public static var help: String {
    let width = LogItem.allCases.map(\.rawValue.count).max() ?? 0
    let lines = LogItem.allCases.map { item in
      "  " + item.rawValue + String(repeating: " ", count: width + 2 - item.rawValue.count) + item.summary + "\n"
    }
    return """
      Items for -d and the monitor's "log", separated by commas; "all" or "none":
      \(lines.joined())ITEM:DEVICE logs an item of one device only: irq:ioapic0, int:cpu0, unmapped:io.
      They go to standard error, or with -D FILE to a file; -D FILE,format=json writes one JSON object a line.

      """
  }
}
