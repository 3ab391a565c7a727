/// What conditional jumps, moves and SETcc ask of the flags, by its number in instructions.
public enum HostCondition: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  case overflow, notOverflow, below, aboveOrEqual, equal, notEqual, belowOrEqual, above
  case sign, notSign, parity, notParity, less, greaterOrEqual, lessOrEqual, greater

  /// What holds when this does not.
  @inline(__always)
  public var inverted: HostCondition { HostCondition(rawValue: rawValue ^ 1).unsafelyUnwrapped }
}
