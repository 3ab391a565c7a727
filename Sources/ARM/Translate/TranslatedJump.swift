/// What translated code finds for the target of a jump to another page, or of one that it computes.
struct TranslatedJump: BitwiseCopyable {
  /// Entries of the cache.
  static var count: Int { 8192 }
  /// A tag that no target has: no state has such an address.
  static var invalid: UInt64 { 2 }

  /// The address with bit 0 set for Thumb state; in the upper half the core's `jumpTag`.
  var tag = Self.invalid
  /// Where its code begins.
  var code: UInt = 0
}
