extension SoftContext {
  /// The number as a 32-bit integer; where it has none there, the nearest that there is, and 0 for NaNs, with the
  /// exception of an invalid operation (DDI 0100 C3.1.4).
  public mutating func saturatedInteger(_ operand: SoftFloat, isSigned: Bool) -> UInt32 {
    let a = seen(operand)
    if a.kind == .zero { return 0 }
    let largest: UInt64 = isSigned ? 0x7fff_ffff : 0xffff_ffff
    let least: UInt64 = isSigned ? 0x8000_0000 : 0
    let limit = a.isNegative ? least : largest
    if a.kind == .finite, a.exponent < 33 {
      let (magnitude, isInexact, isUp) = integral(a)
      if let magnitude, magnitude <= limit {
        if isInexact { flags |= Self.inexact }
        roundedUp = isUp
        return UInt32(truncatingIfNeeded: a.isNegative ? 0 &- magnitude : magnitude)
      }
    }
    flags |= Self.invalid
    if a.kind.rawValue > SoftFloat.Kind.infinity.rawValue { return 0 }
    return UInt32(truncatingIfNeeded: a.isNegative ? 0 &- limit : limit)
  }
}
