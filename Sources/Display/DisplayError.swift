/// Why there is no window.
public struct DisplayError: Error, CustomStringConvertible {
  public let description: String
}
