/// What the host refused or could not find: what, where, and what to do, in one line.
public struct HostError: Error, CustomStringConvertible, Equatable {
  /// One line.
  public let description: String
  /// An error that says `description`.
  public init(_ description: String) { self.description = description }
}
