/// A configuration parameter of a model, with the default that switches its effect off.
public struct ParameterModel: Sendable {
  /// What values it takes.
  public enum Kind: Sendable {
    case integer(ClosedRange<Int64>)
    case flag
    case choice([String])
    case text
    /// The address of a network interface, as in 52:54:00:12:34:56.
    case ethernetAddress
  }

  /// The name in board files and `-device`.
  public let name: String
  /// The values it takes.
  public let kind: Kind
  /// As it would be written in a board file.
  public let defaultValue: String
  /// One line for `ferry devices`.
  public let summary: String

  /// A parameter that has `defaultValue` where nobody sets it.
  public init(_ name: String, _ kind: Kind, default defaultValue: String, _ summary: String) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.summary = summary
  }
}
