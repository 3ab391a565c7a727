import Bits

/// The card's registers (Physical Layer Specification 5).
extension SDCard {
  /// Card identification: maker 0, "FE", "FERRY", revision 1.0, serial number 1, January 2026.
  var cid: UInt128 {
    var word: UInt128 = 0
    for byte in "FEFERRY".utf8 { word = word << 8 | UInt128(byte) }
    word = word << 8 | 0x10
    word = word << 32 | 1
    word = word << 16 | 0x1a1
    return Self.closed(word << 8)
  }

  /// Card specific data, version 1.0 or 2.0.
  var csd: UInt128 {
    var word: UInt128 = 0
    word.setBits(96...103, isHighSpeed ? 0x5a : 0x32)
    // Classes 0, 2, 4, 5, 8 and 10.
    word.setBits(84...95, 0x535)
    word.setBits(46...46, 1)
    word.setBits(39...45, 0x7f)
    word.setBits(26...28, 2)
    word.setBits(12...14, UInt128(csdFlags))
    if isHighCapacity {
      word.setBits(126...127, 1)
      word.setBits(112...119, 0x0e)
      word.setBits(80...83, 9)
      word.setBits(48...69, UInt128(truncatingIfNeeded: sectors / 1024 &- 1))
      word.setBits(22...25, 9)
      return Self.closed(word)
    }
    let unit = Self.unit(for: capacity)
    // 2^(multiplier + 2) blocks of 512 bytes to a unit, of 1024 where that is not enough.
    let blockBits = unit > 256 << 10 ? 10 : 9
    let multiplier = unit.trailingZeroBitCount - 2 - blockBits
    word.setBits(112...119, 0x26)
    word.setBits(80...83, UInt128(blockBits))
    word.setBits(79...79, 1)
    word.setBits(62...73, UInt128(truncatingIfNeeded: capacity / unit &- 1))
    word.setBits(50...61, 0xdb6)
    word.setBits(47...49, UInt128(multiplier))
    word.setBits(22...25, UInt128(blockBits))
    return Self.closed(word)
  }

  /// SCR: version 2.00, one and four data lines, erased blocks read as zeros.
  var configuration: [UInt8] { [0x02, 0x05, 0, 0, 0, 0, 0, 0] }

  /// SD status: the width of the bus; of SDHC cards also class 4 and allocation units of 4 MiB.
  var sdStatus: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 64)
    bytes[0] = isWide ? 0x80 : 0
    if isHighCapacity {
      bytes[8] = 2
      bytes[10] = 0x90
    }
    return bytes
  }

  /// With CRC7 of bits 127-8 in bits 7-1, and bit 0 set.
  private static func closed(_ word: UInt128) -> UInt128 {
    var crc: UInt8 = 0
    for bit in stride(from: 127, through: 8, by: -1) {
      let inverts = crc.bit(6) != (word >> UInt128(bit) & 1 == 1)
      crc = crc << 1 & 0x7f ^ (inverts ? 0x09 : 0)
    }
    return word & ~0xff | UInt128(crc) << 1 | 1
  }
}
