/// One thing that does not fit when a tree is read, written or transformed.
public struct StateFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of thing does not fit.
  public enum Kind: String, Sendable {
    /// Another kind of value than the row's.
    case kind
    /// A number, length or raw value that the row does not allow.
    case range
    /// A row's or a table's own condition.
    case condition
    /// A `fixed` row whose value is not that of this board.
    case fixed
    /// An attribute that must be understood and is not known.
    case unknown
    /// A version that the table does not have, or an attribute that the version does not have.
    case version
    /// Another model, or a node that is missing.
    case model
    /// A value that an older version cannot carry.
    case lost
    /// A path or a transform that does not apply.
    case path
  }

  public var kind: Kind
  /// Where, as `/machine/ioapic0/pin[3]/mask`.
  public var path: String
  /// What was found there.
  public var found: String
  /// What would have fitted.
  public var expected: String

  public init(_ kind: Kind, path: String, found: String, expected: String) {
    self.kind = kind
    self.path = path
    self.found = found
    self.expected = expected
  }

  /// The attribute's name: the path's last part.
  public var field: String { String(path.split(separator: "/").last ?? "") }

  public var description: String { "\(path): found \(found), expected \(expected)" }
}
