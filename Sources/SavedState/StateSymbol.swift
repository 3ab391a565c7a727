/// One case of an enumeration.
public struct StateSymbol: Sendable, Equatable {
  /// The case's name.
  public let name: String
  /// Its raw value, which is what the wire carries.
  public let raw: Int128

  /// The name of one raw value.
  public init(name: String, raw: Int128) {
    self.name = name
    self.raw = raw
  }
}
