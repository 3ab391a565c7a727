/// Why there is no window.
public struct DisplayError: Error, CustomStringConvertible {
  /// What the host's display said.
  public let description: String
}
