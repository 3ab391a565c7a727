/// One case of an enumeration.
public struct StateSymbol: Sendable, Equatable {
  public let name: String
  public let raw: Int128

  public init(name: String, raw: Int128) {
    self.name = name
    self.raw = raw
  }
}
