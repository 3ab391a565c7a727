/// Why a migration does not come about.
public struct MigrationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// All that stands in the way, a line each; never empty.
  public let reasons: [String]

  /// One reason.
  public init(_ reason: String) { reasons = [reason] }
  /// Several; none is one that nobody has named.
  public init(_ reasons: [String]) { self.reasons = reasons.isEmpty ? ["no reason was given"] : reasons }

  public var description: String { reasons.joined(separator: "; ") }
}
