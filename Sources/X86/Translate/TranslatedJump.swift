/// What translated code finds for the target of a jump to another page, or of one that it computes.
struct TranslatedJump: BitwiseCopyable {
  /// Entries of the cache.
  static var count: Int { 8192 }
  /// A tag that no target has: no CPU is in all modes.
  static var invalid: UInt64 { .max }

  /// The address; in the upper half the core's `jumpTag`.
  var tag = Self.invalid
  /// Where its code begins.
  var code: UInt = 0
  /// Where the guest's code is on the host, when that alone tells whether the address still means the same; else 0.
  var host: UInt = 0
  /// Makes it 32 bytes: an index becomes an offset by a shift.
  var unused: UInt = 0
}
