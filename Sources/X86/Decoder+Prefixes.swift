// Legacy prefixes, REX and VEX: SDM volume 2, 2.1.1, 2.2 and 2.3.
extension Decoder {
  struct Prefixes {
    /// The last segment override, or 6.
    var segment: UInt8 = 6
    var hasOperandSize = false
    var hasAddressSize = false
    var hasLock = false
    /// The last of F2 and F3, or 0.
    var repeats: UInt8 = 0
    var rex: UInt8 = 0

    /// Which mandatory prefix there is: 0 none, 1 66, 2 F3, 3 F2.
    @inline(__always)
    var mandatory: Int {
      if repeats != 0 { return repeats == 0xf3 ? 2 : 3 }
      return hasOperandSize ? 1 : 0
    }
  }

  /// Reads all prefixes and gives the byte after them.
  @inline(__always)
  func readPrefixes(_ reader: inout ByteReader, _ prefixes: inout Prefixes) -> UInt8 {
    let isLong = size == .bits64
    while true {
      let byte = reader.byte()
      switch byte {
      case 0x26, 0x2e, 0x36, 0x3e: if !isLong { prefixes.segment = byte &>> 3 & 3 }
      case 0x64, 0x65: prefixes.segment = byte & 7
      case 0x66: prefixes.hasOperandSize = true
      case 0x67: prefixes.hasAddressSize = true
      case 0xf0: prefixes.hasLock = true
      case 0xf2, 0xf3: prefixes.repeats = byte
      case 0x40...0x4f where isLong:
        prefixes.rex = byte
        continue
      default: return byte
      }
      // A REX that is not last does not count.
      prefixes.rex = 0
    }
  }

  /// Reads the rest of a VEX prefix.
  ///
  /// - Returns: the map, or nil where the encoding is invalid.
  func readVEX(
    _ reader: inout ByteReader, _ prefixes: inout Prefixes, isThreeBytes: Bool, vvvv: inout UInt8
  ) -> Int? {
    if prefixes.hasLock || prefixes.hasOperandSize || prefixes.repeats != 0 || prefixes.rex != 0 { return nil }
    var last = reader.byte()
    var map: UInt8 = 1
    if isThreeBytes {
      if size == .bits64 { prefixes.rex = 0x40 | (~last &>> 5 & 7) }
      map = last & 0x1f
      last = reader.byte()
      if size == .bits64, last & 0x80 != 0 { prefixes.rex |= 0x48 }
    } else if size == .bits64, last & 0x80 == 0 {
      prefixes.rex = 0x44
    }
    vvvv = ~last &>> 3 & (size == .bits64 ? 15 : 7)
    // VEX.L = 1 belongs to AVX.
    guard last & 4 == 0, map >= 1, map <= 3 else { return nil }
    switch last & 3 {
    case 1: prefixes.hasOperandSize = true
    case 2: prefixes.repeats = 0xf3
    case 3: prefixes.repeats = 0xf2
    default: break
    }
    return 4 + Int(map)
  }
}
