/// Why guest memory could not be had from the host.
public struct RAMError: Error, CustomStringConvertible {
  /// Which block, how large, and what the host said.
  public let description: String
  /// What the host refused, in words.
  public init(_ description: String) { self.description = description }
}
