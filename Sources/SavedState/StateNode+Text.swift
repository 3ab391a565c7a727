extension StateNode {
  /// The tree as text for people: a line a value, indented below its node.
  public var text: String {
    var text = ""
    write(indent: "", &text)
    return text
  }

  private func write(indent: String, _ text: inout String) {
    text += indent + name + (model.isEmpty ? "" : " (\(model) v\(version))") + "\n"
    StateNode.write(state, indent: indent + "  ", &text)
    for child in children { child.write(indent: indent + "  ", &text) }
  }

  private static func write(_ group: StateGroup, indent: String, _ text: inout String) {
    for attribute in group.attributes { write(attribute.name, attribute.value, indent: indent, &text) }
  }

  private static func write(_ name: String, _ value: StateValue, indent: String, _ text: inout String) {
    switch value {
    case .group(let group):
      text += "\(indent)\(name):\n"
      write(group, indent: indent + "  ", &text)
    case .list(let values) where values.contains(where: \.isComposite):
      for (index, value) in values.enumerated() { write("\(name)[\(index)]", value, indent: indent, &text) }
    default:
      text += "\(indent)\(name) = \(value.text)\n"
    }
  }
}

extension StateValue {
  fileprivate var isComposite: Bool {
    switch self {
    case .group, .list: true
    case .bytes(let bytes): bytes.count > 16
    default: false
    }
  }

  /// The whole value as text for people; numbers from 10 up also in hexadecimal.
  public var text: String {
    switch self {
    case .integer(let number):
      return number < 10 ? "\(number)" : "\(number) (0x\(String(number, radix: 16)))"
    case .bytes(let bytes): return bytes.isEmpty ? "(no bytes)" : Hex.text(bytes)
    case .text(let text): return "\"\(text)\""
    case .list(let values): return "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .group(let group):
      return "{" + group.attributes.map { "\($0.name) = \($0.value.text)" }.joined(separator: ", ") + "}"
    case .bool, .enumeration: return summary
    }
  }
}
