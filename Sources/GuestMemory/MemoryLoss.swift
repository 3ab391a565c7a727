/// Why a page of guest memory cannot be had.
public struct MemoryLoss: Error, Equatable, CustomStringConvertible {
  /// The place in the guest's memory and in its source, and what is wrong there.
  public let description: String
  /// Whether it may be had later, so that who needs it can wait for it.
  public let isPassing: Bool

  /// What is lost, where, and why, in words.
  public init(_ description: String, isPassing: Bool = false) {
    self.description = description
    self.isPassing = isPassing
  }
}
