// What SSE instructions do to whole registers (SDM 2: each under its mnemonic).
enum SSELanes {
  @inline(__always)
  static func low(_ value: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: value) }
  @inline(__always)
  static func high(_ value: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: value >> 32) }
  @inline(__always)
  static func pair(_ low: UInt32, _ high: UInt32) -> UInt64 { UInt64(low) | UInt64(high) << 32 }

  // MARK: Shuffling and blending

  static func shufps(_ a: Vector128, _ b: Vector128, _ i: UInt8) -> Vector128 {
    SIMD4<UInt32>(
      a.longs[Int(i & 3)], a.longs[Int(i >> 2 & 3)], b.longs[Int(i >> 4 & 3)], b.longs[Int(i >> 6)]
    ).vector
  }

  static func unpackLow(_ a: Vector128, _ b: Vector128) -> Vector128 {
    SIMD4<UInt32>(a.longs[0], b.longs[0], a.longs[1], b.longs[1]).vector
  }

  static func unpackHigh(_ a: Vector128, _ b: Vector128) -> Vector128 {
    SIMD4<UInt32>(a.longs[2], b.longs[2], a.longs[3], b.longs[3]).vector
  }

  static func blendLongs(_ a: Vector128, _ b: Vector128, _ mask: UInt8) -> Vector128 {
    var result = a.longs
    for i in 0..<4 where mask >> UInt8(i) & 1 != 0 { result[i] = b.longs[i] }
    return result.vector
  }

  static func blendQuads(_ a: Vector128, _ b: Vector128, _ mask: UInt8) -> Vector128 {
    Vector128(mask & 1 != 0 ? b[0] : a[0], mask & 2 != 0 ? b[1] : a[1])
  }

  static func blendWords(_ a: Vector128, _ b: Vector128, _ mask: UInt8) -> Vector128 {
    var result = a.words
    for i in 0..<8 where mask >> UInt8(i) & 1 != 0 { result[i] = b.words[i] }
    return result.vector
  }

  /// PBLENDVB: by the top bits of the mask's bytes.
  static func blendBytes(_ a: Vector128, _ b: Vector128, mask: Vector128) -> Vector128 {
    var result = a.bytes
    for i in 0..<16 where mask.bytes[i] & 0x80 != 0 { result[i] = b.bytes[i] }
    return result.vector
  }

  static func longSigns(_ a: Vector128) -> UInt8 {
    var result: UInt8 = 0
    for i in 0..<4 { result |= UInt8(a.longs[i] >> 31) << UInt8(i) }
    return result
  }

  static func quadSigns(_ a: Vector128) -> UInt8 { UInt8(a[0] >> 63 | (a[1] >> 63) << 1) }

  // MARK: Extension

  @inline(__always)
  static func toWords(_ a: Vector128, _ f: (UInt8) -> UInt16) -> Vector128 {
    var result = SIMD8<UInt16>(repeating: 0)
    for i in 0..<8 { result[i] = f(a.bytes[i]) }
    return result.vector
  }

  @inline(__always)
  static func bytesToLongs(_ a: Vector128, _ f: (UInt8) -> UInt32) -> Vector128 {
    SIMD4<UInt32>(f(a.bytes[0]), f(a.bytes[1]), f(a.bytes[2]), f(a.bytes[3])).vector
  }

  @inline(__always)
  static func wordsToLongs(_ a: Vector128, _ f: (UInt16) -> UInt32) -> Vector128 {
    SIMD4<UInt32>(f(a.words[0]), f(a.words[1]), f(a.words[2]), f(a.words[3])).vector
  }

  // MARK: Integers

  /// PHMINPOSUW: the smallest word and where it is first.
  static func minimumPosition(_ a: Vector128) -> Vector128 {
    var place = 0
    for i in 1..<8 where a.words[i] < a.words[place] { place = i }
    return Vector128(UInt64(a.words[place]) | UInt64(place) << 16, 0)
  }

  /// MPSADBW.
  static func multipleDifferences(_ a: Vector128, _ b: Vector128, _ control: UInt8) -> Vector128 {
    let first = Int(control >> 2 & 1) * 4
    let second = Int(control & 3) * 4
    var result = SIMD8<UInt16>(repeating: 0)
    for i in 0..<8 {
      var sum = 0
      for j in 0..<4 { sum += abs(Int(a.bytes[first + i + j]) - Int(b.bytes[second + j])) }
      result[i] = UInt16(sum)
    }
    return result.vector
  }

  /// PCLMULQDQ: the product of two polynomials over GF(2).
  static func carrylessProduct(_ a: Vector128, _ b: Vector128, _ control: UInt8) -> Vector128 {
    let x = a[Int(control & 1)]
    let y = b[Int(control >> 4 & 1)]
    var low: UInt64 = 0
    var high: UInt64 = 0
    for i in 0..<64 where y >> UInt64(i) & 1 != 0 {
      low ^= x << UInt64(i)
      if i > 0 { high ^= x >> UInt64(64 - i) }
    }
    return Vector128(low, high)
  }

  // MARK: Floating point across lanes

  static func horizontal(
    _ e: inout SSEArithmetic, _ a: Vector128, _ b: Vector128, subtracting: Bool
  ) -> Vector128 {
    let x = a.longs
    let y = b.longs
    return SIMD4<UInt32>(
      e.add(x[0], x[1], Float.self, subtracting: subtracting), e.add(x[2], x[3], Float.self, subtracting: subtracting),
      e.add(y[0], y[1], Float.self, subtracting: subtracting), e.add(y[2], y[3], Float.self, subtracting: subtracting)
    ).vector
  }

  static func horizontalDouble(
    _ e: inout SSEArithmetic, _ a: Vector128, _ b: Vector128, subtracting: Bool
  ) -> Vector128 {
    Vector128(
      e.add(a[0], a[1], Double.self, subtracting: subtracting),
      e.add(b[0], b[1], Double.self, subtracting: subtracting))
  }

  /// ADDSUBPS: even lanes are subtracted, odd ones added.
  static func addSubtract(_ e: inout SSEArithmetic, _ a: Vector128, _ b: Vector128) -> Vector128 {
    var result = a.longs
    for i in 0..<4 { result[i] = e.add(result[i], b.longs[i], Float.self, subtracting: i & 1 == 0) }
    return result.vector
  }

  static func addSubtractDouble(_ e: inout SSEArithmetic, _ a: Vector128, _ b: Vector128) -> Vector128 {
    Vector128(e.add(a[0], b[0], Double.self, subtracting: true), e.add(a[1], b[1], Double.self))
  }

  /// DPPS: products chosen by the high four bits of the control, their sum in the lanes of the low four.
  static func dotProduct(_ e: inout SSEArithmetic, _ a: Vector128, _ b: Vector128, _ i: UInt8) -> Vector128 {
    var products = SIMD4<UInt32>(repeating: 0)
    for lane in 0..<4 where i >> UInt8(4 + lane) & 1 != 0 {
      products[lane] = e.multiply(a.longs[lane], b.longs[lane], Float.self)
    }
    let low = e.add(products[0], products[1], Float.self)
    let high = e.add(products[2], products[3], Float.self)
    let sum = e.add(low, high, Float.self)
    var result = SIMD4<UInt32>(repeating: 0)
    for lane in 0..<4 where i >> UInt8(lane) & 1 != 0 { result[lane] = sum }
    return result.vector
  }

  static func dotProductDouble(_ e: inout SSEArithmetic, _ a: Vector128, _ b: Vector128, _ i: UInt8) -> Vector128 {
    let low = i & 0x10 != 0 ? e.multiply(a[0], b[0], Double.self) : 0
    let high = i & 0x20 != 0 ? e.multiply(a[1], b[1], Double.self) : 0
    let sum = e.add(low, high, Double.self)
    return Vector128(i & 1 != 0 ? sum : 0, i & 2 != 0 ? sum : 0)
  }

  // MARK: Packed conversions

  static func longsToSingles(_ e: inout SSEArithmetic, _ b: Vector128) -> Vector128 {
    var result = b.longs
    for i in 0..<4 { result[i] = e.real(Int64(b.signedLongs[i]), Float.self) }
    return result.vector
  }

  static func singlesToLongs(_ e: inout SSEArithmetic, _ b: Vector128, truncating: Bool) -> Vector128 {
    var result = b.longs
    for i in 0..<4 {
      result[i] = UInt32(
        truncatingIfNeeded: e.integer(b.longs[i], Float.self, bits: 32, truncating: truncating))
    }
    return result.vector
  }

  static func doublesToLongs(_ e: inout SSEArithmetic, _ b: Vector128, truncating: Bool) -> Vector128 {
    let first = e.integer(b[0], Double.self, bits: 32, truncating: truncating)
    let second = e.integer(b[1], Double.self, bits: 32, truncating: truncating)
    return Vector128(pair(UInt32(truncatingIfNeeded: first), UInt32(truncatingIfNeeded: second)), 0)
  }
}
