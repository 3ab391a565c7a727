package import SavedState

/// JSON for people: `key: value` lines, tables for lists of objects.
package enum JSONText {
  /// Lines that end with a line feed; nothing for an empty object.
  package static func lines(_ value: JSONValue) -> String { lines(value, indent: "") }

  private static func lines(_ value: JSONValue, indent: String) -> String {
    switch value {
    case .object(let members):
      return members.map { member in
        if let word = word(member.value) { return "\(indent)\(member.key): \(word)\n" }
        return "\(indent)\(member.key):\n" + lines(member.value, indent: indent + "  ")
      }.joined()
    case .array(let values):
      if let table = table(values, indent: indent) { return table }
      return values.map { value in
        if let word = word(value) { return "\(indent)\(word)\n" }
        let text = lines(value, indent: indent + "  ")
        return indent + "-" + text.dropFirst(indent.count + 1)
      }.joined()
    case .string(let text):
      let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      return lines.map { indent + $0 }.joined(separator: "\n") + (text.last?.isNewline ?? false ? "" : "\n")
    default: return indent + (word(value) ?? "") + "\n"
    }
  }

  /// A value that needs no line of its own.
  private static func word(_ value: JSONValue) -> String? {
    switch value {
    case .null: "-"
    case .bool(let flag): flag ? "yes" : "no"
    case .integer(let number): "\(number)"
    case .fraction(let number): "\(number)"
    case .string(let text): text.contains(where: \.isNewline) ? nil : text
    case .array(let values):
      values.count <= 16 && values.allSatisfy { word($0) != nil && !isComposite($0) }
        ? values.isEmpty ? "none" : values.compactMap(word).joined(separator: " ") : nil
    case .object(let members): members.isEmpty ? "none" : nil
    }
  }

  private static func isComposite(_ value: JSONValue) -> Bool {
    switch value {
    case .array, .object: true
    default: false
    }
  }

  /// Columns under their names, when all values are objects whose members are words.
  private static func table(_ values: [JSONValue], indent: String) -> String? {
    var keys: [String] = []
    var rows: [[String: String]] = []
    for value in values {
      guard case .object(let members) = value, !members.isEmpty else { return nil }
      var row: [String: String] = [:]
      for member in members {
        guard let word = word(member.value) else { return nil }
        row[member.key] = word
        if !keys.contains(member.key) { keys.append(member.key) }
      }
      rows.append(row)
    }
    guard !rows.isEmpty, keys.count <= 10 else { return nil }
    if keys.count == 1 { return rows.map { indent + ($0[keys[0]] ?? "-") + "\n" }.joined() }
    let widths = keys.map { key in rows.map { ($0[key] ?? "-").count }.reduce(key.count, max) }
    func line(_ cells: [String]) -> String {
      let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }
      var text = indent + padded.joined(separator: "  ")
      while text.last == " " { text.removeLast() }
      return text + "\n"
    }
    return line(keys) + rows.map { row in line(keys.map { row[$0] ?? "-" }) }.joined()
  }
}
