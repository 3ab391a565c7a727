extension StateValue {
  /// The value in at most a line, for messages.
  public var summary: String {
    switch self {
    case .integer(let number): return "\(number)"
    case .bool(let flag): return "\(flag)"
    case .enumeration(let raw, let symbol): return symbol.map { "\($0) (\(raw))" } ?? "raw value \(raw)"
    case .bytes(let bytes):
      guard bytes.count <= 16 else { return "\(bytes.count) bytes" }
      return "bytes " + (bytes.isEmpty ? "(none)" : Hex.text(bytes))
    case .text(let text): return "\"\(text.prefix(60))\""
    case .list(let values): return "a list of \(values.count)"
    case .group(let group): return "a group of \(group.attributes.count)"
    }
  }
}
