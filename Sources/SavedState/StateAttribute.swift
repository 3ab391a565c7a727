/// One named value of a node or a group.
public struct StateAttribute: Sendable, Equatable {
  /// The row's name.
  public var name: String
  /// Whether a reader that does not know this attribute must refuse the tree (as a critical extension of an X.509
  /// certificate) or may skip it.
  public var mustUnderstand: Bool
  /// What it is.
  public var value: StateValue

  /// `value` under `name`.
  public init(_ name: String, _ value: StateValue, mustUnderstand: Bool = true) {
    self.name = name
    self.mustUnderstand = mustUnderstand
    self.value = value
  }
}
