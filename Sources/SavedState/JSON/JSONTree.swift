/// Makes trees out of JSON values.
enum JSONTree {
  /// The text itself is right by now, so places are named by path.
  static func refuse(_ path: String, _ found: String, _ expected: String) -> StateDecodingError {
    StateDecodingError("JSON", at: 0, found: "\(found) at \(path)", expected: expected)
  }

  static func node(_ name: String, _ value: JSONValue, _ parent: StatePath) throws(StateDecodingError) -> StateNode {
    guard StateName.isValid(name) else { throw refuse(parent.description, "\"\(name.prefix(40))\"", "a name") }
    let path = parent.appending(.name(name))
    guard case .object(let members) = value else { throw refuse(path.description, "another value", "a node") }
    var model = ""
    var version: Int?
    var state = StateGroup()
    var children: [StateNode] = []
    var seen: Set<String> = []
    for member in members {
      guard seen.insert(member.key).inserted else {
        throw refuse(path.description, "\"\(member.key)\" twice", "each key once")
      }
      switch (member.key, member.value) {
      case ("model", .string(let text)) where StateName.isValid(text): model = text
      case ("version", .integer(let number)): version = try self.version(number, path)
      case ("state", .object(let members)): state = try group(members, path)
      case ("children", .object(let members)):
        for member in members { children.append(try node(member.key, member.value, path)) }
      default:
        throw refuse(path.description, "\"\(member.key.prefix(40))\"", "model, version, state and children")
      }
    }
    guard state.version == nil else { throw refuse(path.description, "$version", "the version beside the state") }
    guard let version else { throw refuse(path.description, "no version", "a version") }
    guard let node = StateNode(name, model: model, version: version, state: state, children: children) else {
      throw refuse(path.description, "a name twice", "each attribute and child once")
    }
    return node
  }

  private static func version(_ number: Int128, _ path: StatePath) throws(StateDecodingError) -> Int {
    guard number >= 1, number <= Int128(Int32.max) else {
      throw refuse(path.description, "version \(number)", "1 or more")
    }
    return Int(number)
  }

  private static func group(_ members: [JSONMember], _ path: StatePath) throws(StateDecodingError) -> StateGroup {
    var version: Int?
    var attributes: [StateAttribute] = []
    for member in members {
      if member.key == "$version", case .integer(let number) = member.value, version == nil {
        version = try self.version(number, path)
        continue
      }
      let maySkip = member.key.hasSuffix("?")
      let name = maySkip ? String(member.key.dropLast()) : member.key
      guard StateName.isValid(name) else { throw refuse(path.description, "\"\(name.prefix(40))\"", "a name") }
      let value = try value(member.value, path.appending(.name(name)))
      attributes.append(StateAttribute(name, value, mustUnderstand: !maySkip))
    }
    guard let group = StateGroup(version: version, attributes) else {
      throw refuse(path.description, "a name twice", "each attribute once")
    }
    return group
  }

  private static func value(_ value: JSONValue, _ path: StatePath) throws(StateDecodingError) -> StateValue {
    switch value {
    case .null: throw refuse(path.description, "null", "a value")
    case .bool(let flag): return .bool(flag)
    case .integer(let number): return .integer(number)
    case .fraction: throw refuse(path.description, "a number with a point or an exponent", "a whole number")
    case .string(let text): return .text(text)
    case .array(let elements):
      var values: [StateValue] = []
      for (index, element) in elements.enumerated() {
        values.append(try self.value(element, path.appending(.index(index))))
      }
      return .list(values)
    case .object(let members):
      if let bytes = value["$bytes"] {
        guard members.count == 1, case .string(let digits) = bytes, let bytes = Hex.bytes(digits) else {
          throw refuse(path.description, "other $bytes", "pairs of hexadecimal digits in lower case")
        }
        return .bytes(bytes)
      }
      if let raw = value["$enum"] {
        guard case .integer(let number) = raw else { throw refuse(path.description, "another $enum", "an integer") }
        if members.count == 1 { return .enumeration(number, symbol: nil) }
        guard members.count == 2, case .string(let symbol)? = value["$symbol"], StateName.isValid(symbol) else {
          throw refuse(path.description, "other keys", "$enum and $symbol")
        }
        return .enumeration(number, symbol: symbol)
      }
      return .group(try group(members, path))
    }
  }
}
