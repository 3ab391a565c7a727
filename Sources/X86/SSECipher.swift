/// AES rounds (FIPS 197) for AESENC and its kind.
enum SSECipher {
  /// Multiplication in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.
  private static func multiply(_ a: UInt8, _ b: UInt8) -> UInt8 {
    var result: UInt8 = 0
    var factor = a
    var bits = b
    while bits != 0 {
      if bits & 1 != 0 { result ^= factor }
      factor = (factor << 1) ^ (factor & 0x80 != 0 ? 0x1b : 0)
      bits >>= 1
    }
    return result
  }

  private static let substitution: InlineArray<256, UInt8> = {
    var table = InlineArray<256, UInt8>(repeating: 0)
    for value in 0..<256 {
      // The inverse is the 254th power.
      var inverse: UInt8 = 1
      for _ in 0..<254 { inverse = multiply(inverse, UInt8(value)) }
      var result: UInt8 = 0x63
      for turn in 0..<5 { result ^= UInt8(truncatingIfNeeded: (Int(inverse) << turn) | (Int(inverse) << turn) >> 8) }
      table[value] = result
    }
    return table
  }()

  private static let inverseSubstitution: InlineArray<256, UInt8> = {
    var table = InlineArray<256, UInt8>(repeating: 0)
    for value in 0..<256 { table[Int(substitution[value])] = UInt8(value) }
    return table
  }()

  /// Row r of the state moves r columns to the left (or right), each byte substituted on the way.
  private static func substituteRows(_ state: Vector128, isInverse: Bool) -> SIMD16<UInt8> {
    var result = SIMD16<UInt8>(repeating: 0)
    for column in 0..<4 {
      for row in 0..<4 {
        let from = (column + (isInverse ? 4 - row : row)) & 3
        let byte = Int(state.bytes[from * 4 + row])
        result[column * 4 + row] = isInverse ? inverseSubstitution[byte] : substitution[byte]
      }
    }
    return result
  }

  /// MixColumns with the first row of its matrix.
  private static func mix(_ state: SIMD16<UInt8>, _ row: (UInt8, UInt8, UInt8, UInt8)) -> SIMD16<UInt8> {
    var result = SIMD16<UInt8>(repeating: 0)
    for column in 0..<4 {
      for i in 0..<4 {
        result[column * 4 + i] =
          multiply(state[column * 4 + i], row.0) ^ multiply(state[column * 4 + (i + 1) & 3], row.1)
          ^ multiply(state[column * 4 + (i + 2) & 3], row.2) ^ multiply(state[column * 4 + (i + 3) & 3], row.3)
      }
    }
    return result
  }

  static func encrypt(_ state: Vector128, _ key: Vector128, isLast: Bool) -> Vector128 {
    let rows = substituteRows(state, isInverse: false)
    return (isLast ? rows : mix(rows, (2, 3, 1, 1))).vector ^ key
  }

  static func decrypt(_ state: Vector128, _ key: Vector128, isLast: Bool) -> Vector128 {
    let rows = substituteRows(state, isInverse: true)
    return (isLast ? rows : mix(rows, (14, 11, 13, 9))).vector ^ key
  }

  /// AESIMC.
  static func inverseMix(_ key: Vector128) -> Vector128 { mix(key.bytes, (14, 11, 13, 9)).vector }

  /// AESKEYGENASSIST.
  static func assist(_ key: Vector128, _ constant: UInt8) -> Vector128 {
    func word(_ value: UInt32) -> UInt32 {
      var result: UInt32 = 0
      for i in 0..<4 { result |= UInt32(substitution[Int(value >> UInt32(8 * i) & 0xff)]) << UInt32(8 * i) }
      return result
    }
    let first = word(key.longs[1])
    let second = word(key.longs[3])
    return SIMD4<UInt32>(
      first, (first >> 8 | first << 24) ^ UInt32(constant), second, (second >> 8 | second << 24) ^ UInt32(constant)
    ).vector
  }
}
