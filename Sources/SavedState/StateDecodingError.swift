/// Bytes that are no state tree.
public struct StateDecodingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// `DER` or `JSON`.
  public let encoding: String
  /// Where in the input, in bytes from its start.
  public let offset: Int
  /// What was found there.
  public let found: String
  /// What would have been right.
  public let expected: String

  /// What was found at byte `offset` of `encoding`.
  public init(_ encoding: String, at offset: Int, found: String, expected: String) {
    self.encoding = encoding
    self.offset = offset
    self.found = found
    self.expected = expected
  }

  public var description: String { "\(encoding) at byte \(offset): found \(found), expected \(expected)" }
}
