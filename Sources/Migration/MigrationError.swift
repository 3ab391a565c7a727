/// Why a migration does not come about.
public struct MigrationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// All that stands in the way, a line each; never empty.
  public let reasons: [String]
  /// The most of them, and the longest.
  private static let countLimit = 256
  private static let lengthLimit = 1024

  /// One reason.
  public init(_ reason: String) { reasons = [Self.plain(reason)] }
  /// Several; none is one that nobody has named.
  public init(_ reasons: [String]) {
    self.reasons = reasons.isEmpty ? ["no reason was given"] : reasons.prefix(Self.countLimit).map(Self.plain)
  }

  public var description: String { reasons.joined(separator: "; ") }

  /// People read reasons, and names and texts of a stranger are among them: no control characters get to a terminal, and
  /// not more than somebody would read.
  static func plain(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(lengthLimit + 1)
    var plain = String(String.UnicodeScalarView(scalars.prefix(lengthLimit).map { isPlain($0) ? $0 : "?" }))
    if scalars.count > lengthLimit { plain += "…" }
    return plain
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value)
  }
}
