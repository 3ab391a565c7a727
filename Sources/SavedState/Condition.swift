/// What a loaded value must be besides of the right type.
struct Condition<T: Wire>: Sendable {
  let kind: StateFault.Kind
  /// In words, for the fault.
  let expected: String
  let holds: @Sendable (T) -> Bool

  init(_ kind: StateFault.Kind, expected: String, holds: @escaping @Sendable (T) -> Bool) {
    self.kind = kind
    self.expected = expected
    self.holds = holds
  }

  /// The condition that a row's `where:` gives, if any.
  static func own(_ holds: (@Sendable (T) -> Bool)?) -> [Condition] {
    holds.map { [Condition(.condition, expected: "a value that meets the row's condition", holds: $0)] } ?? []
  }
}
