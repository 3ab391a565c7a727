/// A segment as a memory access sees it. Where a simple comparison with a limit is not enough (expand-down,
/// unusable, wrong type), the limits are such that every access takes the slow path, which knows.
public struct SegmentAccess: BitwiseCopyable, Sendable {
  /// Added to an offset.
  public var base: UInt64 = 0
  /// One more than the last offset that a byte may be read from.
  public var readEnd: UInt64 = 0
  /// The same of a byte to be written.
  public var writeEnd: UInt64 = 0
  var unused: UInt64 = 0
}
