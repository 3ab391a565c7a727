import SavedState

/// Whether values are of their types, in the words of QMP's errors.
extension QMPType {
  /// Checks `value`, which is the argument or member called `name`.
  func check(_ value: JSONValue, _ name: String) throws(CommandError) {
    switch (self, value) {
    case (.any, _), (.string, .string), (.integer, .integer), (.number, .integer), (.number, .fraction),
      (.boolean, .bool):
      break
    case (.enumeration(_, let values), .string(let text)):
      guard values.contains(text) else {
        throw CommandError("Parameter '\(name)' does not accept value '\(text.prefix(60))'")
      }
    case (.array(let element), .array(let values)):
      for (index, value) in values.enumerated() { try element.check(value, "\(name)[\(index)]") }
    case (.object(let object), .object(let members)): try object.check(members, name + ".")
    default: throw CommandError("Invalid parameter type for '\(name)', expected: \(kind)")
    }
  }
}

extension QMPObject {
  /// Checks the members of an object, whose names in errors begin with `prefix`.
  func check(_ given: [JSONMember], _ prefix: String = "") throws(CommandError) {
    var known = members
    if let tag, case .string(let chosen)? = given.first(where: { $0.key == tag })?.value {
      known += variants.first { $0.tag == chosen }?.object.members ?? []
    }
    var seen = Set<String>()
    for member in given {
      guard seen.insert(member.key).inserted else {
        throw CommandError("Parameter '\(prefix)\(member.key.prefix(60))' is given twice")
      }
      guard let row = known.first(where: { $0.name == member.key }) else {
        throw CommandError("Parameter '\(prefix)\(member.key.prefix(60))' is unexpected")
      }
      try row.type.check(member.value, prefix + row.name)
    }
    for row in known where !row.isOptional && !seen.contains(row.name) {
      throw CommandError("Parameter '\(prefix)\(row.name)' is missing")
    }
  }
}
