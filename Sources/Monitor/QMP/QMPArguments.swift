import SavedState

/// The arguments of a command after they were checked against its row.
struct QMPArguments {
  private let members: [JSONMember]

  init(_ members: [JSONMember]) { self.members = members }

  /// The argument called `name`, if it was given.
  subscript(name: String) -> JSONValue? { members.first { $0.key == name }?.value }

  /// A string or a value of an enumeration.
  func string(_ name: String) -> String? {
    guard case .string(let text)? = self[name] else { return nil }
    return text
  }

  /// One that is not optional.
  func text(_ name: String) -> String {
    guard let text = string(name) else { preconditionFailure("\(name) was not checked") }
    return text
  }

  func flag(_ name: String) -> Bool? {
    guard case .bool(let flag)? = self[name] else { return nil }
    return flag
  }

  /// An integer within `range`.
  func integer<T: FixedWidthInteger>(_ name: String, _ range: ClosedRange<T> = T.min...T.max) throws(CommandError) -> T?
  {
    guard case .integer(let number)? = self[name] else { return nil }
    guard let value = T(exactly: number), range.contains(value) else {
      throw CommandError("Parameter '\(name)' expects a value from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// An integer that is not optional.
  func number<T: FixedWidthInteger>(_ name: String, _ range: ClosedRange<T> = T.min...T.max) throws(CommandError) -> T {
    guard let value = try integer(name, range) else { preconditionFailure("\(name) was not checked") }
    return value
  }

  /// The elements of an array that is not optional.
  func list(_ name: String) -> [QMPArguments] {
    guard case .array(let values)? = self[name] else { preconditionFailure("\(name) was not checked") }
    return values.map { value in
      guard case .object(let members) = value else { preconditionFailure("\(name) was not checked") }
      return QMPArguments(members)
    }
  }

  /// The members of an object that is not optional.
  func object(_ name: String) -> QMPArguments {
    guard case .object(let members)? = self[name] else { preconditionFailure("\(name) was not checked") }
    return QMPArguments(members)
  }
}
