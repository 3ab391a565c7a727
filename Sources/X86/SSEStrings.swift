// PCMPESTRI, PCMPESTRM, PCMPISTRI and PCMPISTRM (SDM 2B 4.1).
extension CPU {
  /// What the two strings' comparison gives, one bit an element.
  private struct StringMatch {
    var bits: UInt32
    var count: Int
    var firstLength: Int
    var secondLength: Int
  }

  /// A bit for each byte or word of a mask.
  @inline(__always)
  private static func bits(_ mask: Vector128, _ control: UInt8) -> UInt32 {
    var bits = UInt32(truncatingIfNeeded: MMXLanes.byteSigns(mask))
    guard control & 1 != 0 else { return bits }
    // Every second one.
    bits &= 0x5555
    bits = (bits | bits >> 1) & 0x3333
    bits = (bits | bits >> 2) & 0x0f0f
    return (bits | bits >> 4) & 0x00ff
  }

  /// Where elements of `b` equal element `i` of `a`.
  private static func equal(_ b: Vector128, _ a: Vector128, _ i: Int, _ control: UInt8) -> UInt32 {
    if control & 1 == 0 {
      return bits(MMXLanes.ones(b.signedBytes .== SIMD16<Int8>(repeating: a.signedBytes[i])), control)
    }
    return bits(MMXLanes.ones(b.signedWords .== SIMD8<Int16>(repeating: a.signedWords[i])), control)
  }

  /// Where elements of `b` are at least element `i` of `a`.
  private static func atLeast(_ b: Vector128, _ a: Vector128, _ i: Int, _ control: UInt8) -> UInt32 {
    switch control & 3 {
    case 0: bits(MMXLanes.ones(b.bytes .>= SIMD16<UInt8>(repeating: a.bytes[i])), control)
    case 1: bits(MMXLanes.ones(b.words .>= SIMD8<UInt16>(repeating: a.words[i])), control)
    case 2: bits(MMXLanes.ones(b.signedBytes .>= SIMD16<Int8>(repeating: a.signedBytes[i])), control)
    default: bits(MMXLanes.ones(b.signedWords .>= SIMD8<Int16>(repeating: a.signedWords[i])), control)
    }
  }

  private static func match(
    _ a: Vector128, _ aLength: Int, _ b: Vector128, _ bLength: Int, _ control: UInt8
  ) -> StringMatch {
    let count = control & 1 != 0 ? 8 : 16
    let all: UInt32 = (1 << UInt32(count)) - 1
    let inA: UInt32 = (1 << UInt32(aLength)) - 1
    let inB: UInt32 = (1 << UInt32(bLength)) - 1
    var bits: UInt32 = 0
    switch control >> 2 & 3 {
    case 0:  // Equal any: is b[j] one of a?
      for i in 0..<aLength { bits |= equal(b, a, i, control) }
      bits &= inB
    case 1:  // Ranges: is b[j] between a pair of a?
      for i in stride(from: 0, to: aLength - 1, by: 2) {
        // Not above the upper end: equal to it or not at least it.
        let upper = equal(b, a, i + 1, control) | ~atLeast(b, a, i + 1, control)
        bits |= atLeast(b, a, i, control) & upper
      }
      bits &= inB
    case 2:  // Equal each: two that are both beyond their ends are equal.
      let same =
        control & 1 == 0
        ? MMXLanes.ones(a.signedBytes .== b.signedBytes) : MMXLanes.ones(a.signedWords .== b.signedWords)
      bits = (Self.bits(same, control) & inA & inB) | (all & ~inA & ~inB)
    default:  // Equal ordered: does a begin at b[j]?
      bits = all
      for i in 0..<aLength {
        // Where b[i + j] is a[i]; what would be beyond the register counts as equal.
        let found = (equal(b, a, i, control) & inB) | ~all
        bits &= UInt32(truncatingIfNeeded: Int64(Int32(bitPattern: found)) >> Int64(i))
      }
    }
    switch control >> 4 & 3 {
    case 1: bits ^= all
    case 3: bits ^= inB
    default: break
    }
    return StringMatch(bits: bits, count: count, firstLength: aLength, secondLength: bLength)
  }

  /// Elements before the first that is zero.
  private static func implicitLength(_ v: Vector128, _ control: UInt8) -> Int {
    let count = control & 1 != 0 ? 8 : 16
    let zeros = equal(v, Vector128(0, 0), 0, control)
    return min(zeros == 0 ? count : zeros.trailingZeroBitCount, count)
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
