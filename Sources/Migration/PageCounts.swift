/// What became of pages on their way.
public struct PageCounts: Sendable, Equatable {
  /// Sent as they are.
  public var plain: UInt64 = 0
  /// Told to be zero, or not sent because they are.
  public var zero: UInt64 = 0
  /// Sent as the difference to what was sent before, and the bytes of these differences.
  public var difference: UInt64 = 0
  public var differenceBytes: UInt64 = 0
  /// Sent whole although differences were wanted: what was sent before was not known any more, or too much differed.
  public var missed: UInt64 = 0
  public var overflowed: UInt64 = 0
  /// Data that was compressed, and what it became.
  public var unpackedBytes: UInt64 = 0
  public var packedBytes: UInt64 = 0

  /// How many were looked up, to be sent as differences.
  public var again: UInt64 { difference + missed + overflowed }

  /// Adds `other`'s.
  static func += (counts: inout Self, other: Self) {
    counts.plain += other.plain
    counts.zero += other.zero
    counts.difference += other.difference
    counts.differenceBytes += other.differenceBytes
    counts.missed += other.missed
    counts.overflowed += other.overflowed
    counts.unpackedBytes += other.unpackedBytes
    counts.packedBytes += other.packedBytes
  }

  /// None.
  public init() {}
}
