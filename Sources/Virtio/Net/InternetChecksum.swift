/// The checksum of IP, TCP and UDP (RFC 1071).
enum InternetChecksum {
  /// The sum of the 16-bit words of `bytes`, not folded; an odd last byte is the high half of a word.
  static func sum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var sum: UInt64 = 0
    var at = 0
    while at + 4 <= bytes.count {
      sum &+= UInt64(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
      at += 4
    }
    if at + 2 <= bytes.count {
      sum &+= UInt64(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self)))
      at += 2
    }
    if at < bytes.count { sum &+= UInt64(bytes[at]) << 8 }
    return sum
  }

  /// The same of part of a frame.
  static func sum(_ frame: [UInt8], _ range: Range<Int>) -> UInt64 {
    frame.withUnsafeBytes { sum(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// The checksum of what has that sum.
  static func fold(_ sum: UInt64) -> UInt16 {
    var folded = sum
    while folded >> 16 != 0 { folded = (folded & 0xffff) + folded >> 16 }
    return ~UInt16(truncatingIfNeeded: folded)
  }

  /// Puts it into a frame.
  static func store(_ value: UInt16, _ frame: inout [UInt8], at offset: Int) {
    frame[offset] = UInt8(value >> 8)
    frame[offset + 1] = UInt8(truncatingIfNeeded: value)
  }

  /// Completes a frame whose sum from `start` on goes to `offset` behind that: what is there is the part that the bytes do
  /// not have. False when that is outside the frame.
  static func complete(_ frame: inout [UInt8], start: Int, offset: Int) -> Bool {
    guard start + offset + 2 <= frame.count, start < frame.count else { return false }
    let value = fold(sum(frame, start..<frame.count))
    // Zero would say that there is none; all ones is the same number.
    store(value == 0 ? 0xffff : value, &frame, at: start + offset)
    return true
  }
}
