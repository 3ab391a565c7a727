/// What the host refused or could not find: what, where, and what to do, in one line.
public struct HostError: Error, CustomStringConvertible, Equatable {
  public let description: String
  public init(_ description: String) { self.description = description }
}
