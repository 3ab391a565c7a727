/// Where each of the condition flags is to be had from.
struct FlagSources: Equatable, BitwiseCopyable {
  /// N and Z.
  var result = FlagSource.core
  var carry = FlagSource.core
  var overflow = FlagSource.core

  /// The flags that `source` is one of.
  func flags(from source: FlagSource) -> FlagUse {
    var flags: FlagUse = []
    if result == source { flags.formUnion([.n, .z]) }
    if carry == source { flags.insert(.c) }
    if overflow == source { flags.insert(.v) }
    return flags
  }

  /// Flags that have to be made again.
  var pending: FlagUse {
    var flags: FlagUse = []
    if result.isPending { flags.formUnion([.n, .z]) }
    if carry.isPending { flags.insert(.c) }
    if overflow.isPending { flags.insert(.v) }
    return flags
  }

  /// `flags` come from `source` from now on. N and Z go together.
  mutating func set(_ flags: FlagUse, _ source: FlagSource) {
    if !flags.isDisjoint(with: [.n, .z]) { result = source }
    if flags.contains(.c) { carry = source }
    if flags.contains(.v) { overflow = source }
  }

  /// The one pending source of all of `flags`, if there is one.
  func common(_ flags: FlagUse) -> FlagSource? {
    let first = flags.isDisjoint(with: [.n, .z]) ? (flags.contains(.c) ? carry : overflow) : result
    guard first.isPending, self.flags(from: first).isSuperset(of: flags) else { return nil }
    return first
  }
}
