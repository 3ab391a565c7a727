extension FixedWidthInteger {
  /// Bit `n`, counted from 0 at the least significant end.
  @inlinable @inline(__always)
  public func bit(_ n: Int) -> Bool { (self &>> Self(truncatingIfNeeded: n)) & 1 != 0 }

  /// The field from bit `range.lowerBound` to bit `range.upperBound`, moved down to bit 0.
  @inlinable @inline(__always)
  public func bits(_ range: ClosedRange<Int>) -> Self {
    let width = range.upperBound - range.lowerBound + 1
    let mask: Self = width >= Self.bitWidth ? ~0 : (1 &<< Self(truncatingIfNeeded: width)) &- 1
    return (self &>> Self(truncatingIfNeeded: range.lowerBound)) & mask
  }

  /// Sets or clears bit `n`.
  @inlinable @inline(__always)
  public mutating func setBit(_ n: Int, _ on: Bool) {
    let mask: Self = 1 &<< Self(truncatingIfNeeded: n)
    self = on ? self | mask : self & ~mask
  }

  /// Replaces the field from bit `range.lowerBound` to bit `range.upperBound` by the low bits of `value`.
  @inlinable @inline(__always)
  public mutating func setBits(_ range: ClosedRange<Int>, _ value: Self) {
    let width = range.upperBound - range.lowerBound + 1
    let mask: Self = width >= Self.bitWidth ? ~0 : (1 &<< Self(truncatingIfNeeded: width)) &- 1
    let shift = Self(truncatingIfNeeded: range.lowerBound)
    self = (self & ~(mask &<< shift)) | ((value & mask) &<< shift)
  }
}

/// Extends the sign of the low `bits` bits of `value` over the whole word.
@inlinable @inline(__always)
public func signExtend<T: FixedWidthInteger>(_ value: T, bits: Int) -> T {
  let shift = T(truncatingIfNeeded: T.bitWidth - bits)
  let moved = value &<< shift
  guard T.isSigned else {
    let sign: T = 1 &<< T(truncatingIfNeeded: bits - 1)
    let low = bits == T.bitWidth ? value : value & ((1 &<< T(truncatingIfNeeded: bits)) &- 1)
    return (low ^ sign) &- sign
  }
  return moved &>> shift
}
