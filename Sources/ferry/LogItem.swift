import Host

/// What `-d` can log.
enum LogItem: String, CaseIterable {
  case unmapped
  case inAsm = "in_asm"
  case int
  case reset

  var summary: String {
    switch self {
    case .inAsm: "guest code when it is decoded, disassembled"
    case .unmapped: "accesses that nothing answers"
    case .int: "interrupts and exceptions as CPUs take them"
    case .reset: "system resets and their reasons"
    }
  }

  static var help: String {
    allCases.map { "  \($0.rawValue.padding(12))\($0.summary)\n" }.joined()
  }

  static func set(_ text: String) throws(OptionError) -> Set<LogItem> {
    var items = Set<LogItem>()
    for word in text.split(separator: ",") {
      guard let item = LogItem(rawValue: String(word)) else {
        throw OptionError.unknown("-d item", String(word), among: allCases.map(\.rawValue))
      }
      items.insert(item)
    }
    return items
  }
}
