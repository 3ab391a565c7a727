package import SavedState

/// What a server says of its commands, for those who make arguments of words.
package struct QMPIntrospection {
  private let entries: [String: JSONValue]

  /// The answer to `query-qmp-schema`.
  package init(_ schema: JSONValue) {
    var entries: [String: JSONValue] = [:]
    if case .array(let list) = schema {
      for entry in list { if case .string(let name)? = entry["name"] { entries[name] = entry } }
    }
    self.entries = entries
  }

  /// All commands, sorted.
  package var commands: [String] {
    entries.filter { $0.value["meta-type"] == .string("command") }.map(\.key).sorted()
  }

  /// The arguments of a command: names and whether they may be left out.
  package func arguments(of command: String) -> [(name: String, isOptional: Bool)] {
    members(of: text(entries[command], "arg-type")).map { ($0.name, $0.isOptional) }
  }

  /// The value that `text` means as the argument `name` of `command`; nil when the command has no such argument.
  ///
  /// Words are strings and cases of enumerations; what begins like a JSON value where one is expected is taken as
  /// JSON; lists are words with commas between them; `on` and `off` are truth values.
  package func value(_ text: String, for name: String, of command: String) throws(StateDecodingError) -> JSONValue? {
    let arguments = members(of: self.text(entries[command], "arg-type"))
    guard let type = arguments.first(where: { $0.name == name })?.type else { return nil }
    return try value(text, type)
  }

  private func value(_ text: String, _ type: String) throws(StateDecodingError) -> JSONValue {
    let entry = entries[type]
    switch entry?["meta-type"] {
    case .string("enum"): return .string(text)
    case .string("array"):
      if text.hasPrefix("[") { return try json(text) }
      var values: [JSONValue] = []
      for word in text.split(separator: ",") {
        values.append(try value(String(word), self.text(entry, "element-type")))
      }
      return .array(values)
    case .string("object"):
      if text.hasPrefix("{") { return try json(text) }
      return try wrapped(text, entry)
    default: break
    }
    switch entry?["json-type"] {
    case .string("string"): return .string(text)
    case .string("boolean"):
      if text == "on" { return .bool(true) }
      return text == "off" ? .bool(false) : try json(text)
    case .string("int"):
      if text.hasPrefix("0x"), let number = UInt64(text.dropFirst(2), radix: 16) { return .integer(Int128(number)) }
      return try json(text)
    default:
      // Any value: JSON where it is some, else a string.
      do throws(StateDecodingError) {
        return try json(text)
      } catch {
        return .string(text)
      }
    }
  }

  /// A union whose variants are one member `data` each, such as a key: a number is the variant that holds numbers, a
  /// word the other.
  private func wrapped(_ text: String, _ union: JSONValue?) throws(StateDecodingError) -> JSONValue {
    guard case .string(let tag)? = union?["tag"], case .array(let variants)? = union?["variants"] else {
      return try json(text)
    }
    let isNumber = Int(text) != nil
    for variant in variants {
      let data = members(of: self.text(variant, "type"))
      guard data.count == 1, data[0].name == "data", (data[0].type == "int") == isNumber else { continue }
      return .object([
        JSONMember(tag, .string(self.text(variant, "case"))), JSONMember("data", try value(text, data[0].type)),
      ])
    }
    // A digit is a key's name too.
    return isNumber ? try json(text) : .string(text)
  }

  private func json(_ text: String) throws(StateDecodingError) -> JSONValue {
    try JSONReader.read(Array(text.utf8), DecodingBudget())
  }

  private func text(_ entry: JSONValue?, _ key: String) -> String {
    guard case .string(let text)? = entry?[key] else { return "" }
    return text
  }

  private func members(of type: String) -> [(name: String, type: String, isOptional: Bool)] {
    guard case .array(let list)? = entries[type]?["members"] else { return [] }
    return list.map { (text($0, "name"), text($0, "type"), $0["default"] != nil) }
  }
}
