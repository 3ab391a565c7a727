/// A JSON text (RFC 8259). Numbers without point and exponent are exact integers of up to 64 bits.
package indirect enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int128)
  /// A number with a point or an exponent; always finite.
  case fraction(Double)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])

  package static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
    .object(members.map { JSONMember($0.key, $0.value) })
  }

  /// The value of the member called `key`, if it is an object that has one.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }
}
