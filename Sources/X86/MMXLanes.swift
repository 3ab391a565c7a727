// What MMX and SSE integer instructions do to their lanes (SDM 2: each under its mnemonic).
enum MMXLanes {
  // MARK: Saturation

  @inline(__always)
  static func signedByte(_ value: Int) -> UInt8 { UInt8(truncatingIfNeeded: min(max(value, -128), 127)) }
  @inline(__always)
  static func signedWord(_ value: Int) -> UInt16 { UInt16(truncatingIfNeeded: min(max(value, -32768), 32767)) }
  @inline(__always)
  static func unsignedByte(_ value: Int) -> UInt8 { UInt8(truncatingIfNeeded: min(max(value, 0), 255)) }
  @inline(__always)
  static func unsignedWord(_ value: Int) -> UInt16 { UInt16(truncatingIfNeeded: min(max(value, 0), 65535)) }

  @inline(__always)
  static func signed(_ value: UInt8) -> Int { Int(Int8(bitPattern: value)) }
  @inline(__always)
  static func signed(_ value: UInt16) -> Int { Int(Int16(bitPattern: value)) }
  @inline(__always)
  static func signed(_ value: UInt32) -> Int { Int(Int32(bitPattern: value)) }

  // MARK: Lane by lane

  @inline(__always)
  static func bytes(_ a: Vector128, _ b: Vector128, _ f: (UInt8, UInt8) -> UInt8) -> Vector128 {
    var result = a.bytes
    let other = b.bytes
    for i in 0..<16 { result[i] = f(result[i], other[i]) }
    return result.vector
  }

  @inline(__always)
  static func words(_ a: Vector128, _ b: Vector128, _ f: (UInt16, UInt16) -> UInt16) -> Vector128 {
    var result = a.words
    let other = b.words
    for i in 0..<8 { result[i] = f(result[i], other[i]) }
    return result.vector
  }

  @inline(__always)
  static func longs(_ a: Vector128, _ b: Vector128, _ f: (UInt32, UInt32) -> UInt32) -> Vector128 {
    var result = a.longs
    let other = b.longs
    for i in 0..<4 { result[i] = f(result[i], other[i]) }
    return result.vector
  }

  @inline(__always)
  static func quads(_ a: Vector128, _ b: Vector128, _ f: (UInt64, UInt64) -> UInt64) -> Vector128 {
    Vector128(f(a[0], b[0]), f(a[1], b[1]))
  }

  /// All ones in the lanes of `mask`.
  @inline(__always)
  static func ones(_ mask: SIMDMask<SIMD16<Int8>>) -> Vector128 {
    SIMD16<Int8>(repeating: 0).replacing(with: -1, where: mask).vector
  }
  @inline(__always)
  static func ones(_ mask: SIMDMask<SIMD8<Int16>>) -> Vector128 {
    SIMD8<Int16>(repeating: 0).replacing(with: -1, where: mask).vector
  }
  @inline(__always)
  static func ones(_ mask: SIMDMask<SIMD4<Int32>>) -> Vector128 {
    SIMD4<Int32>(repeating: 0).replacing(with: -1, where: mask).vector
  }

  // MARK: Multiplication

  static func multiplyAddWords(_ a: Vector128, _ b: Vector128) -> Vector128 {
    var result = SIMD4<UInt32>(repeating: 0)
    for i in 0..<4 {
      let low = signed(a.words[2 * i]) &* signed(b.words[2 * i])
      let high = signed(a.words[2 * i + 1]) &* signed(b.words[2 * i + 1])
      result[i] = UInt32(truncatingIfNeeded: low &+ high)
    }
    return result.vector
  }

  /// PMADDUBSW: unsigned bytes of `a` by signed bytes of `b`.
  static func multiplyAddBytes(_ a: Vector128, _ b: Vector128) -> Vector128 {
    var result = SIMD8<UInt16>(repeating: 0)
    for i in 0..<8 {
      let low = Int(a.bytes[2 * i]) &* signed(b.bytes[2 * i])
      let high = Int(a.bytes[2 * i + 1]) &* signed(b.bytes[2 * i + 1])
      result[i] = signedWord(low &+ high)
    }
    return result.vector
  }

  /// PSADBW: the sum of absolute differences of each eight bytes.
  static func sumOfDifferences(_ a: Vector128, _ b: Vector128) -> Vector128 {
    var result = Vector128(0, 0)
    for half in 0..<2 {
      var sum: UInt64 = 0
      for i in 0..<8 {
        let x = a.bytes[half * 8 + i]
        let y = b.bytes[half * 8 + i]
        sum &+= UInt64(x > y ? x &- y : y &- x)
      }
      result[half] = sum
    }
    return result
  }

  // MARK: Packing, unpacking and shuffling

  static func packWords(_ a: Vector128, _ b: Vector128, _ f: (Int) -> UInt8) -> Vector128 {
    var result = SIMD16<UInt8>(repeating: 0)
    for i in 0..<8 {
      result[i] = f(signed(a.words[i]))
      result[i + 8] = f(signed(b.words[i]))
    }
    return result.vector
  }

  static func packLongs(_ a: Vector128, _ b: Vector128, _ f: (Int) -> UInt16) -> Vector128 {
    var result = SIMD8<UInt16>(repeating: 0)
    for i in 0..<4 {
      result[i] = f(signed(a.longs[i]))
      result[i + 4] = f(signed(b.longs[i]))
    }
    return result.vector
  }

  static func interleaveBytes(_ a: UInt64, _ b: UInt64) -> Vector128 {
    let pair = Vector128(a, b).bytes
    var result = SIMD16<UInt8>(repeating: 0)
    for i in 0..<8 {
      result[2 * i] = pair[i]
      result[2 * i + 1] = pair[i + 8]
    }
    return result.vector
  }

  static func interleaveWords(_ a: UInt64, _ b: UInt64) -> Vector128 {
    let x = Vector128(a, b).words
    return SIMD8<UInt16>(x[0], x[4], x[1], x[5], x[2], x[6], x[3], x[7]).vector
  }

  static func interleaveLongs(_ a: UInt64, _ b: UInt64) -> Vector128 {
    let x = Vector128(a, b).longs
    return SIMD4<UInt32>(x[0], x[2], x[1], x[3]).vector
  }

  /// PSHUFB; of an MMX register the low three bits of each control byte count.
  static func shuffleBytes(_ a: Vector128, _ control: Vector128, isMMX: Bool) -> Vector128 {
    var result = SIMD16<UInt8>(repeating: 0)
    for i in 0..<16 {
      let c = control.bytes[i]
      result[i] = c & 0x80 != 0 ? 0 : a.bytes[Int(c & (isMMX ? 7 : 15))]
    }
    return result.vector
  }

  /// Four words of `a` chosen by two bits each of `order`.
  static func shuffleWords(_ a: UInt64, _ order: UInt8) -> UInt64 {
    var result: UInt64 = 0
    for i in 0..<4 {
      let from = UInt64(order &>> UInt8(2 * i) & 3)
      result |= (a &>> (from &* 16) & 0xffff) &<< UInt64(16 * i)
    }
    return result
  }

  /// Shifts `high`.`low` right by `count` bytes and gives the low 16.
  static func align(_ high: Vector128, _ low: Vector128, _ count: Int) -> Vector128 {
    var result = SIMD16<UInt8>(repeating: 0)
    for i in 0..<16 {
      let from = i + count
      result[i] = from < 16 ? low.bytes[from] : from < 32 ? high.bytes[from - 16] : 0
    }
    return result.vector
  }

  // MARK: Horizontal

  @inline(__always)
  static func horizontalWords(_ a: Vector128, _ b: Vector128, _ f: (UInt16, UInt16) -> UInt16) -> Vector128 {
    var result = SIMD8<UInt16>(repeating: 0)
    for i in 0..<4 {
      result[i] = f(a.words[2 * i], a.words[2 * i + 1])
      result[i + 4] = f(b.words[2 * i], b.words[2 * i + 1])
    }
    return result.vector
  }

  @inline(__always)
  static func horizontalLongs(_ a: Vector128, _ b: Vector128, _ f: (UInt32, UInt32) -> UInt32) -> Vector128 {
    SIMD4<UInt32>(
      f(a.longs[0], a.longs[1]), f(a.longs[2], a.longs[3]), f(b.longs[0], b.longs[1]), f(b.longs[2], b.longs[3])
    ).vector
  }

  /// The top bit of each byte.
  @inline(__always)
  static func byteSigns(_ a: Vector128) -> UInt64 {
    // The multiplication brings bit 8i to bit 56 + i.
    let spread: UInt64 = 0x0102_0408_1020_4080
    let low = (((a[0] &>> 7) & 0x0101_0101_0101_0101) &* spread) &>> 56
    let high = (((a[1] &>> 7) & 0x0101_0101_0101_0101) &* spread) &>> 56
    return low | high &<< 8
  }
}
