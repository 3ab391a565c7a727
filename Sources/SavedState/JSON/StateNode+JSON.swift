/// The tree as JSON: an object with the root's name as its only key.
///
/// A node is `{"model": …, "version": …, "state": {…}, "children": {…}}`. In `state` a key with `?` at its end is an
/// attribute that may be skipped; integers are numbers, truth values and texts themselves, lists arrays, groups
/// objects with an optional `$version`, bytes `{"$bytes": "00ff"}`, enumerations `{"$enum": 2, "$symbol": "idle"}`.
extension StateNode {
  /// The tree as JSON text; equal trees give equal texts.
  public func json() -> String { JSONWriter.text(jsonValue) }

  /// The tree as an object with one key.
  package var jsonValue: JSONValue { .object([JSONMember(name, jsonNode)]) }

  /// The tree that a JSON text describes.
  public init(json text: String, budget: DecodingBudget = DecodingBudget()) throws(StateDecodingError) {
    try self.init(json: Array(text.utf8), budget: budget)
  }

  /// The tree that a JSON text describes.
  public init(json bytes: [UInt8], budget: DecodingBudget = DecodingBudget()) throws(StateDecodingError) {
    try self.init(jsonValue: try JSONReader.read(bytes, budget))
  }

  /// The tree that an object with one key describes.
  package init(jsonValue value: JSONValue) throws(StateDecodingError) {
    guard case .object(let members) = value, members.count == 1, let root = members.first else {
      throw JSONTree.refuse("/", "another value", "an object with one key, the root's name")
    }
    self = try JSONTree.node(root.key, root.value, StatePath())
  }

  private var jsonNode: JSONValue {
    var members: [JSONMember] = []
    if !model.isEmpty { members.append(JSONMember("model", .string(model))) }
    members.append(JSONMember("version", .integer(Int128(version))))
    members.append(JSONMember("state", .object(state.jsonMembers)))
    if !children.isEmpty {
      members.append(JSONMember("children", .object(children.map { JSONMember($0.name, $0.jsonNode) })))
    }
    return .object(members)
  }
}

extension StateGroup {
  fileprivate var jsonMembers: [JSONMember] {
    (version.map { [JSONMember("$version", .integer(Int128($0)))] } ?? [])
      + attributes.map { JSONMember($0.mustUnderstand ? $0.name : $0.name + "?", $0.value.json) }
  }
}

extension StateValue {
  fileprivate var json: JSONValue {
    switch self {
    case .integer(let number): .integer(number)
    case .bool(let flag): .bool(flag)
    case .enumeration(let raw, let symbol?): .object(["$enum": .integer(raw), "$symbol": .string(symbol)])
    case .enumeration(let raw, nil): .object(["$enum": .integer(raw)])
    case .bytes(let bytes): .object(["$bytes": .string(Hex.text(bytes))])
    case .text(let text): .string(text)
    case .list(let values): .array(values.map(\.json))
    case .group(let group): .object(group.jsonMembers)
    }
  }
}
