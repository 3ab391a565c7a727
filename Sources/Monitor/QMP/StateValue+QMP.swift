package import SavedState

/// Values of the state tree as commands show and take them: an enumeration is its case's name, bytes are hexadecimal
/// digits, an optional value is a list of none or one.
extension StateValue {
  /// For people and programs to read.
  package var json: JSONValue {
    switch self {
    case .integer(let number): .integer(number)
    case .bool(let flag): .bool(flag)
    case .enumeration(_, let symbol?): .string(symbol)
    case .enumeration(let raw, nil): .integer(raw)
    case .bytes(let bytes): .string(Hex.text(bytes))
    case .text(let text): .string(text)
    case .list(let values): .array(values.map(\.json))
    case .group(let group): group.json
    }
  }

  /// The value that `json` means in a row of that shape; in a group what it does not name stays as in `old`.
  package init(_ json: JSONValue, _ shape: StateShape, old: StateValue?) throws(CommandError) {
    func refusal() -> CommandError { CommandError("Invalid parameter type for 'value', expected: \(shape.type)") }
    switch (shape, json) {
    case (.integer, .integer(let number)): self = .integer(number)
    case (.bool, .bool(let flag)): self = .bool(flag)
    case (.enumeration, .integer(let number)): self = .enumeration(number, symbol: nil)
    case (.enumeration(_, _, let symbols), .string(let name)):
      guard let symbol = symbols.first(where: { $0.name == name }) else {
        let names = symbols.map(\.name).joined(separator: ", ")
        throw CommandError("'\(name.prefix(60))' is none of \(names)")
      }
      self = .enumeration(symbol.raw, symbol: name)
    case (.bytes, .string(let digits)):
      guard let bytes = Hex.bytes(digits.lowercased()) else { throw refusal() }
      self = .bytes(bytes)
    case (.array(let element, _), .array(let values)), (.list(let element, _), .array(let values)),
      (.optional(let element), .array(let values)):
      var before: [StateValue] = []
      if case .list(let list)? = old { before = list }
      var list: [StateValue] = []
      for (index, value) in values.enumerated() {
        list.append(try StateValue(value, element, old: before.indices.contains(index) ? before[index] : nil))
      }
      self = .list(list)
    case (.table(let table), .object(let members)):
      self = .group(try Self.group(members, table.rows, old, version: table.version))
    case (.subsection(let rows), .object(let members)):
      self = .group(try Self.group(members, rows, old, version: nil))
    default: throw refusal()
    }
  }

  private static func group(
    _ members: [JSONMember], _ rows: [StateRow], _ old: StateValue?, version: Int?
  ) throws(CommandError) -> StateGroup {
    var group = StateGroup(version: version)
    if case .group(let before)? = old { group = before }
    for member in members {
      guard let row = rows.first(where: { $0.name == member.key }) else {
        throw CommandError("Parameter 'value.\(member.key.prefix(60))' is unexpected")
      }
      group[row.name] = try StateValue(member.value, row.shape, old: group[row.name])
    }
    return group
  }
}

extension StateGroup {
  /// An object of the attributes.
  package var json: JSONValue { .object(attributes.map { JSONMember($0.name, $0.value.json) }) }
}

extension StateNode {
  /// The node with its model, its state and the nodes below it.
  package var shownJSON: JSONValue {
    var members: [JSONMember] = []
    if !model.isEmpty {
      members = [JSONMember("model", .string(model)), JSONMember("version", .integer(Int128(version)))]
    }
    members.append(JSONMember("state", state.json))
    if !children.isEmpty {
      members.append(JSONMember("children", .object(children.map { JSONMember($0.name, $0.shownJSON) })))
    }
    return .object(members)
  }
}
