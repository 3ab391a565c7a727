extension AnyStateTable {
  /// The schema as text, a line a row; goldens of this pin the wire format.
  public var schema: String {
    var text = "\(name) v\(version)\n"
    AnyStateTable.describe(rows, indent: "  ", &text)
    return text
  }

  private static func describe(_ rows: [StateRow], indent: String, _ text: inout String) {
    for row in rows {
      text += "\(indent)\(row.role) \(row.shape.type) \(row.name) since \(row.since)"
      if let range = row.range { text += " in \(range)" }
      if !row.mustUnderstand { text += " skippable" }
      if case .enumeration(_, _, let symbols) = row.shape, !symbols.isEmpty {
        text += " {" + symbols.map { "\($0.name) \($0.raw)" }.joined(separator: ", ") + "}"
      }
      text += "\n"
      describe(row.subrows, indent: indent + "  ", &text)
      if let nested = row.nested, row.role != .derived { describe(nested.rows, indent: indent + "  ", &text) }
    }
  }
}
