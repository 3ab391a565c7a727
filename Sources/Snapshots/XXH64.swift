/// The hash XXH64, from its specification (xxHash fast digest algorithm, revision 0.2.0, section "XXH64").
///
/// It guards against accidents, not against people: any damage goes unnoticed once in 2^64 times. It needs no special
/// instructions to be as fast as memory, and a reader in any language has it in thirty lines.
public enum XXH64 {
  private static let prime1: UInt64 = 0x9e37_79b1_85eb_ca87
  private static let prime2: UInt64 = 0xc2b2_ae3d_27d4_eb4f
  private static let prime3: UInt64 = 0x1656_67b1_9e37_79f9
  private static let prime4: UInt64 = 0x85eb_ca77_c2b2_ae63
  private static let prime5: UInt64 = 0x27d4_eb2f_1656_67c5

  /// The hash of `bytes`, with seed 0.
  public static func hash(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { hash($0) } }

  /// The hash of `bytes`, with seed 0.
  public static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 { hash(bytes) { _, _ in } }

  /// Copies `bytes`, whose count is a multiple of 32, and that nobody changes meanwhile, to `target`.
  ///
  /// - Returns: their hash.
  public static func copy(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) -> UInt64 {
    precondition(bytes.count % 32 == 0, "\(bytes.count) bytes are not whole stripes")
    return hash(bytes) { at, words in target.storeBytes(of: words, toByteOffset: at, as: SIMD4<UInt64>.self) }
  }

  /// The hash of `bytes`; `see` gets each stripe and where it is.
  @inline(__always)
  private static func hash(_ bytes: UnsafeRawBufferPointer, _ see: (Int, SIMD4<UInt64>) -> Void) -> UInt64 {
    var at = 0
    var sum: UInt64
    if bytes.count >= 32 {
      var lane1 = prime1 &+ prime2
      var lane2 = prime2
      var lane3: UInt64 = 0
      var lane4 = 0 &- prime1
      while at &+ 32 <= bytes.count {
        let words = SIMD4(word(bytes, at), word(bytes, at &+ 8), word(bytes, at &+ 16), word(bytes, at &+ 24))
        see(at, words)
        lane1 = round(lane1, words.x)
        lane2 = round(lane2, words.y)
        lane3 = round(lane3, words.z)
        lane4 = round(lane4, words.w)
        at &+= 32
      }
      sum = rotate(lane1, 1) &+ rotate(lane2, 7) &+ rotate(lane3, 12) &+ rotate(lane4, 18)
      sum = merge(merge(merge(merge(sum, lane1), lane2), lane3), lane4)
    } else {
      sum = prime5
    }
    sum &+= UInt64(bytes.count)
    while at &+ 8 <= bytes.count {
      sum = rotate(sum ^ round(0, word(bytes, at)), 27) &* prime1 &+ prime4
      at &+= 8
    }
    if at &+ 4 <= bytes.count {
      let half = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self))
      sum = rotate(sum ^ UInt64(half) &* prime1, 23) &* prime2 &+ prime3
      at &+= 4
    }
    while at < bytes.count {
      sum = rotate(sum ^ UInt64(bytes[at]) &* prime5, 11) &* prime1
      at &+= 1
    }
    sum = (sum ^ sum >> 33) &* prime2
    sum = (sum ^ sum >> 29) &* prime3
    return sum ^ sum >> 32
  }

  @inline(__always)
  private static func word(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
  }

  @inline(__always)
  private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { value &<< count | value &>> (64 &- count) }

  @inline(__always)
  private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
    rotate(lane &+ input &* prime2, 31) &* prime1
  }

  private static func merge(_ sum: UInt64, _ lane: UInt64) -> UInt64 {
    (sum ^ round(0, lane)) &* prime1 &+ prime4
  }
}
