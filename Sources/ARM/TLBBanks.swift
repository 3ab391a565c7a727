/// Which TLBs belong to which value of the domain access register, so that a kernel that changes it at every system
/// call (to keep itself from user memory) finds its translations again.
public struct TLBBanks: BitwiseCopyable, Sendable {
  /// How many values are remembered.
  @inlinable public static var count: Int { 4 }
  /// How many fills are remembered one by one; after more, a flush clears everything.
  @inlinable public static var logged: Int { 384 }

  /// The value that each bank is for.
  var domainAccess = InlineArray<4, UInt32>(repeating: 0)
  /// The bank in use, 0 to 3.
  public var current = 0
  /// The one that a new value replaces next.
  var next = 1
  /// The entries, by number among all, filled since the last flush.
  var filled = InlineArray<384, UInt16>(repeating: 0)
  /// How many: more than `logged` means that not all are in `filled`.
  var fills = 0
  /// The sections of which some entry is a part, or of a large page in them, a bit each: invalidating one address
  /// there takes all their parts.
  var wide = InlineArray<128, UInt32>(repeating: 0)
}
