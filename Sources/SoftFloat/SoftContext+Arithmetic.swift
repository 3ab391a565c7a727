extension SoftContext {
  /// The outcome of a comparison.
  public enum Order: BitwiseCopyable, Sendable { case less, equal, greater, unordered }

  /// The operand as the operation sees it: a denormal is zero where MXCSR.DAZ or FPSCR.FZ says so.
  @inlinable @inline(__always)
  public mutating func seen(_ number: SoftFloat) -> SoftFloat {
    zerosDenormals && number.isDenormal ? flushed(number) : number
  }

  @inlinable @inline(never)
  mutating func flushed(_ number: SoftFloat) -> SoftFloat {
    guard rules == .vfp else { return .zero(number.isNegative) }
    flags |= Self.denormal
    return .zero(false)
  }

  /// Notes an invalid operation, and gives its masked result.
  public mutating func invalidResult() -> SoftFloat {
    flags |= Self.invalid
    return rules == .vfp ? .defaultNaN : .indefinite
  }

  /// Notes denormal operands, where they are an exception.
  @inlinable @inline(__always)
  public mutating func noteDenormals(_ a: SoftFloat, _ b: SoftFloat) {
    if a.isDenormal || b.isDenormal, rules != .vfp { flags |= Self.denormal }
  }

  /// The result of an operation on NaNs (SDM 1 4.8.3.5, table 4-7; DDI 0100 C2.4.2), or nothing if there are none.
  @inlinable @inline(__always)
  public mutating func nan(_ a: SoftFloat, _ b: SoftFloat) -> SoftFloat? {
    a.kind.rawValue <= SoftFloat.Kind.infinity.rawValue && b.kind.rawValue <= SoftFloat.Kind.infinity.rawValue
      ? nil : chosenNaN(a, b)
  }

  @usableFromInline @inline(never)
  mutating func chosenNaN(_ a: SoftFloat, _ b: SoftFloat) -> SoftFloat {
    if a.kind == .unsupported || b.kind == .unsupported { return invalidResult() }
    if a.kind == .signalingNaN || b.kind == .signalingNaN { flags |= Self.invalid }
    if givesDefaultNaN { return .defaultNaN }
    guard a.isNaN, b.isNaN else { return (a.isNaN ? a : b).quieted }
    if rules != .x87 {
      return (rules == .vfp && b.kind == .signalingNaN && a.kind == .quietNaN ? b : a).quieted
    }
    if a.kind != b.kind { return a.kind == .quietNaN ? a : b }
    if a.significand != b.significand { return (a.significand > b.significand ? a : b).quieted }
    return (a.isNegative ? b : a).quieted
  }

  /// a + b, or a - b.
  @inlinable
  public mutating func add(_ first: SoftFloat, _ second: SoftFloat, subtracting: Bool = false) -> SoftFloat {
    let a = seen(first)
    var b = seen(second)
    if let result = nan(a, b) { return result }
    if subtracting { b.isNegative.toggle() }
    if a.kind == .infinity, b.kind == .infinity, a.isNegative != b.isNegative { return invalidResult() }
    noteDenormals(a, b)
    if a.kind == .infinity { return a }
    if b.kind == .infinity { return b }
    if a.kind == .zero {
      if b.kind == .zero { return .zero(a.isNegative == b.isNegative ? a.isNegative : rounding == 1) }
      return round(b.isNegative, b.exponent, b.significand)
    }
    if b.kind == .zero { return round(a.isNegative, a.exponent, a.significand) }
    let swaps = a.exponent < b.exponent
    let big = swaps ? b : a
    let small = swaps ? a : b
    let distance = big.exponent - small.exponent
    let x = UInt128(big.significand) &<< 63
    var y = UInt128(small.significand) &<< 63
    if distance >= 127 {
      y = 1
    } else if distance > 0 {
      let shift = UInt128(truncatingIfNeeded: distance)
      y = y &>> shift | (y & ((1 &<< shift) - 1) != 0 ? 1 : 0)
    }
    var negative = big.isNegative
    var sum: UInt128
    if a.isNegative == b.isNegative {
      sum = x &+ y
    } else if x >= y {
      sum = x &- y
    } else {
      sum = y &- x
      negative = small.isNegative
    }
    guard sum != 0 else { return .zero(rounding == 1) }
    let shift = sum.leadingZeroBitCount
    sum = sum &<< UInt128(truncatingIfNeeded: shift)
    return round(
      negative, big.exponent + 1 - shift, UInt64(truncatingIfNeeded: sum &>> 64), UInt64(truncatingIfNeeded: sum))
  }

  /// a x b.
  @inlinable
  public mutating func multiply(_ first: SoftFloat, _ second: SoftFloat) -> SoftFloat {
    let a = seen(first)
    let b = seen(second)
    if let result = nan(a, b) { return result }
    let negative = a.isNegative != b.isNegative
    if a.kind == .infinity || b.kind == .infinity {
      if a.kind == .zero || b.kind == .zero { return invalidResult() }
      noteDenormals(a, b)
      return .infinity(negative)
    }
    noteDenormals(a, b)
    if a.kind == .zero || b.kind == .zero { return .zero(negative) }
    var (high, low) = a.significand.multipliedFullWidth(by: b.significand)
    var exponent = a.exponent + b.exponent + 1
    if high & SoftFloat.integerBit == 0 {
      high = high &<< 1 | low &>> 63
      low = low &<< 1
      exponent -= 1
    }
    return round(negative, exponent, high, low)
  }

  /// a / b.
  @inlinable
  public mutating func divide(_ first: SoftFloat, _ second: SoftFloat) -> SoftFloat {
    let a = seen(first)
    let b = seen(second)
    if let result = nan(a, b) { return result }
    let negative = a.isNegative != b.isNegative
    if a.kind == .infinity {
      if b.kind == .infinity { return invalidResult() }
      noteDenormals(a, b)
      return .infinity(negative)
    }
    if b.kind == .zero {
      if a.kind == .zero { return invalidResult() }
      flags |= Self.zeroDivide
      return .infinity(negative)
    }
    noteDenormals(a, b)
    if b.kind == .infinity || a.kind == .zero { return .zero(negative) }
    let isLarger = a.significand >= b.significand
    let dividend: (high: UInt64, low: UInt64) =
      isLarger ? (a.significand &>> 1, a.significand &<< 63) : (a.significand, 0)
    let (quotient, remainder) = b.significand.dividingFullWidth(dividend)
    let exponent = a.exponent - b.exponent - (isLarger ? 0 : 1)
    var low: UInt64 = 0
    if remainder != 0 {
      let isHalf = remainder == b.significand - remainder
      low = isHalf ? 1 << 63 : remainder > b.significand - remainder ? 1 << 63 | 1 : 1
    }
    return round(negative, exponent, quotient, low)
  }

  /// The square root.
  public mutating func squareRoot(_ operand: SoftFloat) -> SoftFloat {
    let a = seen(operand)
    if let result = nan(a, a) { return result }
    if a.kind == .zero { return a }
    if a.isNegative { return invalidResult() }
    if a.kind == .infinity { return a }
    noteDenormals(a, a)
    // The radicand with an even exponent, as a number of 127 or 128 bits: its root has 64.
    let isOdd = a.exponent & 1 != 0
    let radicand = UInt128(a.significand) &<< (isOdd ? 64 : 63)
    let root = Self.integerRoot(radicand)
    let rest = radicand &- UInt128(root) &* UInt128(root)
    let low: UInt64 = rest > UInt128(root) ? 1 << 63 | 1 : rest != 0 ? 1 : 0
    return round(false, a.exponent >> 1, root, low)
  }

  /// The square root of a number of 127 or 128 bits, rounded down.
  private static func integerRoot(_ radicand: UInt128) -> UInt64 {
    func square(_ x: UInt64) -> UInt128 { UInt128(x) &* UInt128(x) }
    // The host's root is right but for the last 12 of 64 bits, and but for one with the first correction; the rest is exact.
    let guess = Double(UInt64(truncatingIfNeeded: radicand &>> 64)).squareRoot() * 0x1p32
    var root = guess < 0x1p64 ? UInt64(guess) : .max
    let isHigh = square(root) > radicand
    let difference = isHigh ? square(root) &- radicand : radicand &- square(root)
    let correction = UInt64(Double(UInt64(truncatingIfNeeded: difference &>> 32)) * 0x1p31 / Double(root))
    if isHigh {
      root &-= correction
    } else {
      root = root > .max - correction ? .max : root + correction
    }
    while square(root) > radicand { root &-= 1 }
    while root != .max, square(root + 1) <= radicand { root += 1 }
    return root
  }

  /// Compares; `quietly` raises #IA for signaling NaNs alone.
  public mutating func compare(_ first: SoftFloat, _ second: SoftFloat, quietly: Bool) -> Order {
    let a = seen(first)
    let b = seen(second)
    if a.kind.rawValue > SoftFloat.Kind.infinity.rawValue || b.kind.rawValue > SoftFloat.Kind.infinity.rawValue {
      let isBad =
        a.kind == .unsupported || b.kind == .unsupported || a.kind == .signalingNaN || b.kind == .signalingNaN
      if !quietly || isBad { flags |= Self.invalid }
      return .unordered
    }
    noteDenormals(a, b)
    return Self.order(a, b)
  }

  /// The order of two numbers that are no NaNs.
  public static func order(_ a: SoftFloat, _ b: SoftFloat) -> Order {
    if a.kind == .zero, b.kind == .zero { return .equal }
    if a.kind == .zero { return b.isNegative ? .greater : .less }
    if b.kind == .zero { return a.isNegative ? .less : .greater }
    if a.isNegative != b.isNegative { return a.isNegative ? .less : .greater }
    let magnitude: Order
    if a.kind == .infinity || b.kind == .infinity {
      if a.kind == b.kind { return .equal }
      magnitude = a.kind == .infinity ? .greater : .less
    } else if a.exponent != b.exponent {
      magnitude = a.exponent > b.exponent ? .greater : .less
    } else if a.significand != b.significand {
      magnitude = a.significand > b.significand ? .greater : .less
    } else {
      return .equal
    }
    return a.isNegative ? (magnitude == .greater ? .less : .greater) : magnitude
  }

  /// The number as an integer of `bits` bits, or nothing, with #IA, if it has none there.
  public mutating func integer(_ operand: SoftFloat, bits: Int) -> Int64? {
    let a = seen(operand)
    if a.kind == .zero { return 0 }
    guard a.kind == .finite, a.exponent < 64 else {
      flags |= Self.invalid
      return nil
    }
    let (magnitude, isInexact, isUp) = integral(a)
    let limit: UInt64 = 1 &<< UInt64(bits - 1)
    guard let magnitude, magnitude < limit || (a.isNegative && magnitude == limit) else {
      flags |= Self.invalid
      return nil
    }
    if isInexact { flags |= Self.inexact }
    roundedUp = isUp
    return Int64(truncatingIfNeeded: a.isNegative ? 0 &- magnitude : magnitude)
  }

  /// The magnitude of a finite number below 2^64, rounded to an integer; nothing if that is 2^64.
  public func integral(_ a: SoftFloat) -> (magnitude: UInt64?, isInexact: Bool, isUp: Bool) {
    let count = 63 - a.exponent
    let rounded = roundOff(a.isNegative, a.significand, 0, count: count)
    if count >= 64 { return (rounded.isUp ? 1 : 0, rounded.isInexact, rounded.isUp) }
    if rounded.carry != 0 {
      return (count == 0 ? nil : 1 &<< UInt64(64 - count), rounded.isInexact, rounded.isUp)
    }
    return (rounded.significand &>> UInt64(count), rounded.isInexact, rounded.isUp)
  }

  /// Rounds to an integer in the same format (FRNDINT, ROUNDSS).
  public mutating func roundToIntegral(_ operand: SoftFloat) -> SoftFloat {
    let a = seen(operand)
    if let result = nan(a, a) { return result }
    guard a.kind == .finite else { return a }
    noteDenormals(a, a)
    guard a.exponent < 63 else { return a }
    let (magnitude, isInexact, isUp) = integral(a)
    if isInexact { flags |= Self.inexact }
    roundedUp = isUp
    guard let magnitude, magnitude != 0 else { return .zero(a.isNegative) }
    let shift = magnitude.leadingZeroBitCount
    return SoftFloat(
      .finite, isNegative: a.isNegative, exponent: 63 - shift, significand: magnitude &<< UInt64(shift))
  }

  /// a x 2^n.
  public mutating func scale(_ a: SoftFloat, by n: Int) -> SoftFloat {
    round(a.isNegative, a.exponent + n, a.significand)
  }

  /// A number of another format in this one: NaNs become quiet, others are rounded.
  public mutating func convert(_ operand: SoftFloat) -> SoftFloat {
    let a = seen(operand)
    if let result = nan(a, a) { return result }
    return round(a)
  }
}
