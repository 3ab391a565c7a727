/// A tree that does not fit the tables. Nothing was changed.
public struct LoadError: Error, Sendable, Equatable, CustomStringConvertible {
  /// All that does not fit, up to `Loader.faultLimit`; never empty.
  public let faults: [StateFault]

  /// An error with at least one fault.
  public init(_ faults: [StateFault]) { self.faults = faults }

  public var description: String { faults.map(\.description).joined(separator: "\n") }
}
