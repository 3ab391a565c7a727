// PCMPESTRI, PCMPESTRM, PCMPISTRI and PCMPISTRM (SDM 2B 4.1).
extension CPU {
  /// What the two strings' comparison gives, one bit an element.
  private struct StringMatch {
    var bits: UInt32
    var count: Int
    var firstLength: Int
    var secondLength: Int
  }

  /// Element `i`, as a signed or unsigned number.
  private static func element(_ v: Vector128, _ i: Int, _ control: UInt8) -> Int {
    switch control & 3 {
    case 0: Int(v.bytes[i])
    case 1: Int(v.words[i])
    case 2: Int(v.signedBytes[i])
    default: Int(v.signedWords[i])
    }
  }

  private static func match(
    _ a: Vector128, _ aLength: Int, _ b: Vector128, _ bLength: Int, _ control: UInt8
  ) -> StringMatch {
    let count = control & 1 != 0 ? 8 : 16
    var bits: UInt32 = 0
    for j in 0..<count {
      var isMatch = false
      switch control >> 2 & 3 {
      case 0:  // Equal any: is b[j] one of a?
        if j < bLength {
          for i in 0..<aLength where element(a, i, control) == element(b, j, control) { isMatch = true }
        }
      case 1:  // Ranges: is b[j] between a pair of a?
        if j < bLength {
          for i in stride(from: 0, to: aLength - 1, by: 2) {
            let value = element(b, j, control)
            if value >= element(a, i, control), value <= element(a, i + 1, control) { isMatch = true }
          }
        }
      case 2:  // Equal each.
        if j < aLength, j < bLength {
          isMatch = element(a, j, control) == element(b, j, control)
        } else {
          isMatch = j >= aLength && j >= bLength
        }
      default:  // Equal ordered: does a begin at b[j]?
        isMatch = true
        for i in 0..<(count - j) where i < aLength {
          if i + j >= bLength || element(a, i, control) != element(b, i + j, control) { isMatch = false }
        }
      }
      if isMatch { bits |= 1 << UInt32(j) }
    }
    let all: UInt32 = (1 << UInt32(count)) - 1
    switch control >> 4 & 3 {
    case 1: bits ^= all
    case 3: bits ^= bLength >= count ? all : (1 << UInt32(bLength)) - 1
    default: break
    }
    return StringMatch(bits: bits, count: count, firstLength: aLength, secondLength: bLength)
  }

  /// Elements before the first that is zero.
  private static func implicitLength(_ v: Vector128, _ control: UInt8) -> Int {
    let count = control & 1 != 0 ? 8 : 16
    for i in 0..<count where element(v, i, control) == 0 { return i }
    return count
  }

  /// The magnitude of a length register, saturated.
  private func explicitLength(_ place: UInt8, _ control: UInt8) -> Int {
    let value = Int(Int32(truncatingIfNeeded: register(UInt32.self, place)))
    return min(Int(value.magnitude), control & 1 != 0 ? 8 : 16)
  }

  /// All four: lengths from EAX and EDX or from the strings' ends, the result an index in ECX or a mask in XMM0.
  func compareStrings(_ op: Op, isExplicit: Bool, isIndex: Bool) throws(Fault) {
    let b = try second128(op, aligned: false)
    let a = xmm(op.pointee.a)
    let control = UInt8(truncatingIfNeeded: op.pointee.immediate)
    let result = Self.match(
      a, isExplicit ? explicitLength(Self.rax, control) : Self.implicitLength(a, control),
      b, isExplicit ? explicitLength(Self.rdx, control) : Self.implicitLength(b, control), control)
    if isIndex {
      var index = result.count
      if result.bits != 0 {
        index = control & 0x40 != 0 ? 31 - result.bits.leadingZeroBitCount : result.bits.trailingZeroBitCount
      }
      setRegister(Self.rcx, UInt32(index))
    } else if control & 0x40 == 0 {
      setXMM(0, Vector128(UInt64(result.bits), 0))
    } else if result.count == 8 {
      var mask = SIMD8<UInt16>(repeating: 0)
      for i in 0..<8 where result.bits >> UInt32(i) & 1 != 0 { mask[i] = 0xffff }
      setXMM(0, mask.vector)
    } else {
      var mask = SIMD16<UInt8>(repeating: 0)
      for i in 0..<16 where result.bits >> UInt32(i) & 1 != 0 { mask[i] = 0xff }
      setXMM(0, mask.vector)
    }
    var flags: UInt64 = 0
    if result.bits != 0 { flags |= Flag.carry }
    if result.secondLength < result.count { flags |= Flag.zero }
    if result.firstLength < result.count { flags |= Flag.sign }
    if result.bits & 1 != 0 { flags |= Flag.overflow }
    setArithmeticFlags(flags)
  }
}
