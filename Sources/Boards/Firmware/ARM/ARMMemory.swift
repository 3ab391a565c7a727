/// The RAM that a loader finds: it begins at 0.
public struct ARMMemory: Sendable {
  /// Bytes.
  public let size: UInt64
  /// Where the same RAM can be seen again.
  public let aliases: [UInt64]

  /// RAM of `size` bytes from 0 on, and again from each of `aliases` on.
  public init(size: UInt64, aliases: [UInt64] = []) {
    self.size = size
    self.aliases = aliases
  }

  /// Where in RAM all of `range` is; nil when it is not.
  func offset(of range: Range<UInt64>) -> UInt64? {
    ([0] + aliases).first { base in range.lowerBound >= base && range.upperBound - base <= size }
      .map { range.lowerBound - $0 }
  }
}
