/// One thing that is wrong with a snapshot file.
public struct SnapshotFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// Where in the file, in words: `header`, `section node /machine/pic`, `memory ram at 0x10000`.
  public let place: String
  /// What is wrong there: what was found and what would have been right.
  public let problem: String

  /// `problem` at `place`.
  public init(_ place: String, _ problem: String) {
    self.place = place
    self.problem = problem
  }

  public var description: String { "\(place): \(problem)" }

  static func checksum(_ place: String, _ found: UInt64, _ expected: UInt64) -> SnapshotFault {
    SnapshotFault(place, "checksum \(Hexadecimal.text(found)) is not \(Hexadecimal.text(expected))")
  }
}
