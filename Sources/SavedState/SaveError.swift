/// A state that cannot be written as an older version because that would lose something.
public struct SaveError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Every value that would be lost; never empty.
  public let faults: [StateFault]

  /// An error with at least one fault.
  public init(_ faults: [StateFault]) { self.faults = faults }

  public var description: String { faults.map(\.description).joined(separator: "\n") }
}
