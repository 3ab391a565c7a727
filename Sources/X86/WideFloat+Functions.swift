import SoftFloat

// The series behind the x87's transcendental functions, to about 120 bits.
extension WideFloat {
  /// 1/1, 1/3, 1/5, ...
  private static let oddReciprocals: [WideFloat] = (0..<32).map { one / WideFloat(2 * $0 + 1) }
  /// 1/n! from n = 0 on.
  private static let factorialReciprocals: [WideFloat] = {
    var list = [one]
    for n in 1..<40 { list.append(list[n - 1] / WideFloat(n)) }
    return list
  }()
  /// The arc tangents of 0/8 to 8/8.
  private static let arcTangents: [WideFloat] = [
    WideFloat(exponent: 0, significand: 0),
    WideFloat(exponent: -4, significand: 0xFEAD_D4D5_617B_6E32_C897_989F_3E88_8EF7),
    WideFloat(exponent: -3, significand: 0xFADB_AFC9_6406_EB15_6DC7_9EF5_F7A2_17E5),
    WideFloat(exponent: -2, significand: 0xB7B0_CA0F_26F7_8473_8AA3_2122_DCFE_4483),
    WideFloat(exponent: -2, significand: 0xED63_382B_0DDA_7B45_6FE4_45EC_BC3A_8D03),
    WideFloat(exponent: -1, significand: 0x8F00_5D5E_F7F5_9F9B_5C83_5E16_65C4_3747),
    WideFloat(exponent: -1, significand: 0xA4BC_7D19_34F7_0924_19A8_7F2A_457D_AC9E),
    WideFloat(exponent: -1, significand: 0xB805_3E2B_C231_9E73_CB2D_A552_10A4_443D),
    WideFloat(exponent: -1, significand: 0xC90F_DAA2_2168_C234_C4C6_628B_80DC_1CD1),
  ]

  private static let sineTerms: [WideFloat] = (0..<17).map { factorialReciprocals[2 * $0 + 1] }
  private static let cosineTerms: [WideFloat] = (0..<18).map { factorialReciprocals[2 * $0] }

  /// A sum of coefficient x argument^n.
  private static func polynomial(_ argument: WideFloat, _ coefficients: ArraySlice<WideFloat>) -> WideFloat {
    var sum = WideFloat(exponent: 0, significand: 0)
    for coefficient in coefficients.reversed() { sum = sum * argument + coefficient }
    return sum
  }

  /// log2((1 + s) / (1 - s)), for |s| below 0.18.
  private static func log2Ratio(_ s: WideFloat) -> WideFloat {
    twoLog2E * s * polynomial(s * s, oddReciprocals[0..<26])
  }

  /// log2 of a positive number.
  static func log2(_ number: SoftFloat) -> WideFloat {
    // The significand is brought between sqrt(1/2) and sqrt(2), so that no cancellation follows.
    let isHigh = number.significand > 0xb504_f333_f9de_6484
    let power = number.exponent + (isHigh ? 1 : 0)
    let x = WideFloat(exponent: isHigh ? -1 : 0, significand: UInt128(number.significand) << 64)
    return WideFloat(power) + log2Ratio((x - one) / (x + one))
  }

  /// log2(1 + x), for x above -1.
  static func log2(onePlus x: WideFloat) -> WideFloat {
    if x.exponent < -2 { return log2Ratio(x / (WideFloat(2) + x)) }
    let sum = one + x
    let isHigh = sum.significand >> 64 > 0xb504_f333_f9de_6484
    let power = sum.exponent + (isHigh ? 1 : 0)
    let y = WideFloat(exponent: isHigh ? -1 : 0, significand: sum.significand)
    return WideFloat(power) + log2Ratio((y - one) / (y + one))
  }

  /// 2^x - 1, for |x| up to 1.
  static func exp2MinusOne(_ x: WideFloat) -> WideFloat {
    let t = x * ln2
    return t * polynomial(t, factorialReciprocals[1..<36])
  }

  /// The sine, for |x| up to pi/4.
  private static func sineSeries(_ x: WideFloat) -> WideFloat {
    x * polynomial(-(x * x), sineTerms[...])
  }

  /// The cosine, for |x| up to pi/4.
  private static func cosineSeries(_ x: WideFloat) -> WideFloat {
    polynomial(-(x * x), cosineTerms[...])
  }

  /// An angle as a multiple of pi/2 and a rest between -pi/4 and pi/4, with the 66-bit pi of SDM 1 8.3.8.
  private static func reduced(_ number: SoftFloat) -> (quadrant: Int, rest: WideFloat) {
    guard number.exponent >= -4 else { return (0, WideFloat(number)) }
    // All in units of 2^-67.
    let halfPi: UInt128 = 0xC_90FD_AA22_168C_234C
    var rest = UInt128(number.significand)
    var quadrant = 0
    for _ in 0..<(number.exponent + 4) {
      rest = rest << 1
      quadrant = quadrant &<< 1
      if rest >= halfPi {
        rest -= halfPi
        quadrant |= 1
      }
    }
    var negative = false
    if rest > halfPi / 2 {
      rest = halfPi - rest
      negative = true
      quadrant &+= 1
    }
    guard rest != 0 else {
      return (number.isNegative ? 0 &- quadrant : quadrant, WideFloat(exponent: 0, significand: 0))
    }
    let shift = rest.leadingZeroBitCount
    let wide = WideFloat(
      isNegative: negative != number.isNegative, exponent: 60 - shift, significand: rest << UInt128(shift))
    return (number.isNegative ? 0 &- quadrant : quadrant, wide)
  }

  /// The sine and the cosine of a finite number below 2^63.
  static func sineCosine(_ number: SoftFloat) -> (sine: WideFloat, cosine: WideFloat) {
    let (quadrant, rest) = reduced(number)
    let sine = sineSeries(rest)
    let cosine = cosineSeries(rest)
    switch quadrant & 3 {
    case 0: return (sine, cosine)
    case 1: return (cosine, -sine)
    case 2: return (-sine, -cosine)
    default: return (-cosine, sine)
    }
  }

  /// The angle of the point (x, y), neither zero, between -pi and pi.
  static func arcTangent(_ y: WideFloat, _ x: WideFloat) -> WideFloat {
    let a = y.magnitude
    let b = x.magnitude
    let isSteep = a.exponent > b.exponent || (a.exponent == b.exponent && a.significand > b.significand)
    let ratio = isSteep ? b / a : a / b
    // The nearest multiple of 1/8 is taken out of the ratio.
    var eighths = 0
    if ratio.exponent >= -4 {
      eighths = Int((ratio.significand >> UInt128(127 - 4 - ratio.exponent) + 1) >> 1)
    }
    var small = ratio
    if eighths != 0 {
      let centre = WideFloat(eighths).scaled(-3)
      small = (ratio - centre) / (one + ratio * centre)
    }
    var angle = arcTangents[eighths] + small * polynomial(-(small * small), oddReciprocals[0..<17])
    if isSteep { angle = pi.scaled(-1) - angle }
    if x.isNegative { angle = pi - angle }
    return y.isNegative ? -angle : angle
  }
}
