/// A type of QMP's arguments and results, as introspection tells of it.
indirect enum QMPType: Sendable {
  case string
  case integer
  case number
  case boolean
  /// Any JSON value.
  case any
  case array(QMPType)
  case enumeration(String, [String])
  case object(QMPObject)

  /// The object without members.
  static let nothing = QMPType.object(QMPObject("Nothing", []))

  static func list(_ name: String, _ members: [QMPMember]) -> QMPType { .array(.object(QMPObject(name, members))) }

  /// The name that introspection refers to it by.
  var name: String {
    switch self {
    case .string: "str"
    case .integer: "int"
    case .number: "number"
    case .boolean: "bool"
    case .any: "any"
    case .array(let element): "[\(element.name)]"
    case .enumeration(let name, _): name
    case .object(let object): object.name
    }
  }

  /// The kind of JSON value, in the words of errors.
  var kind: String {
    switch self {
    case .string, .enumeration: "string"
    case .integer: "integer"
    case .number: "number"
    case .boolean: "boolean"
    case .any: "value"
    case .array: "array"
    case .object: "object"
    }
  }
}
