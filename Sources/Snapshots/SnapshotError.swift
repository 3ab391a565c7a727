/// A snapshot file that cannot be written, read or believed. A file that was there before is as it was.
public struct SnapshotError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file's path.
  public let file: String
  /// All that is wrong, as far as it could be found out; never empty.
  public let faults: [SnapshotFault]

  /// What is wrong with `file`.
  public init(_ file: String, _ faults: [SnapshotFault]) {
    self.file = file
    self.faults = faults
  }

  init(_ file: String, _ place: String, _ problem: String) { self.init(file, [SnapshotFault(place, problem)]) }

  /// A line for each fault.
  public var description: String { faults.map { "\(file): \($0)" }.joined(separator: "\n") }
}
