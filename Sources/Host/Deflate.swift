/// Bytes made smaller: a zlib stream (RFC 1950) of one deflate block with the fixed codes (RFC 1951, 3.2.6). A repetition
/// is looked for where its first three bytes last were, which is all that pictures of screens need.
struct Deflate {
  private static let hashBits = 15
  private static let window = 32_768
  private static let longest = 258
  private var stream: [UInt8] = []
  private var bits: UInt64 = 0
  private var count: UInt64 = 0

  /// `data` as a zlib stream.
  static func zlib(_ data: [UInt8]) -> [UInt8] {
    var deflate = Deflate()
    // Deflate with a 32 KiB window; the check bits make it a multiple of 31.
    deflate.stream = [0x78, 0x01]
    deflate.stream.reserveCapacity(data.count / 8 + 64)
    data.withUnsafeBufferPointer { deflate.encode($0) }
    let sum = adler32(data)
    for shift: UInt32 in [24, 16, 8, 0] { deflate.stream.append(UInt8(truncatingIfNeeded: sum >> shift)) }
    return deflate.stream
  }

  private mutating func encode(_ data: UnsafeBufferPointer<UInt8>) {
    // The last block, with fixed codes.
    put(0b011, 3)
    var last = [Int32](repeating: -1, count: 1 << Self.hashBits)
    var place = 0
    while place < data.count {
      var length = 0
      var distance = 0
      if place + 3 <= data.count {
        let hash = Self.hash(data, place)
        let candidate = Int(last[hash])
        last[hash] = Int32(truncatingIfNeeded: place)
        if candidate >= 0, place - candidate <= Self.window {
          let limit = min(Self.longest, data.count - place)
          while length < limit, data[candidate + length] == data[place + length] { length += 1 }
          distance = place - candidate
        }
      }
      if length < 3 {
        literal(data[place])
        place += 1
      } else {
        repetition(length, distance)
        place += length
      }
    }
    symbol(256)
    if count > 0 { stream.append(UInt8(truncatingIfNeeded: bits)) }
  }

  private static func hash(_ data: UnsafeBufferPointer<UInt8>, _ place: Int) -> Int {
    let word = UInt32(data[place]) | UInt32(data[place + 1]) << 8 | UInt32(data[place + 2]) << 16
    return Int((word &* 0x9e37_79b1) >> UInt32(32 - hashBits))
  }

  // MARK: Bits

  /// The lowest `width` bits of `value`, lowest first.
  private mutating func put(_ value: UInt64, _ width: UInt64) {
    bits |= value << count
    count += width
    while count >= 8 {
      stream.append(UInt8(truncatingIfNeeded: bits))
      bits >>= 8
      count -= 8
    }
  }

  private mutating func literal(_ byte: UInt8) { symbol(Int(byte)) }

  private mutating func symbol(_ number: Int) {
    let code = Self.codes[number]
    put(UInt64(code.bits), UInt64(code.width))
  }

  private mutating func repetition(_ length: Int, _ distance: Int) {
    let (number, base, extra) = Self.lengths[length]
    symbol(number)
    put(UInt64(length - base), UInt64(extra))
    // Distance codes come in pairs: each pair has one more extra bit.
    let value = distance - 1
    let width = value < 4 ? 0 : (Int.bitWidth - value.leadingZeroBitCount) - 2
    let code = value < 4 ? value : 2 * width + value >> width
    put(UInt64(Self.reversed(code, 5)), 5)
    put(UInt64(value & ((1 << width) - 1)), UInt64(width))
  }

  /// Codes go out highest bit first.
  private static func reversed(_ code: Int, _ width: Int) -> Int {
    (0..<width).reduce(0) { $0 | (code >> $1 & 1) << (width - 1 - $1) }
  }

  /// The fixed codes of literals and lengths.
  private static let codes: [(bits: UInt16, width: UInt8)] = (0..<288).map { number in
    let (code, width) =
      switch number {
      case 0..<144: (0x30 + number, 8)
      case 144..<256: (0x190 + number - 144, 9)
      case 256..<280: (number - 256, 7)
      default: (0xc0 + number - 280, 8)
      }
    return (UInt16(reversed(code, width)), UInt8(width))
  }

  /// By length: the symbol, the shortest length that it stands for, and how many extra bits tell the others.
  private static let lengths: [(symbol: Int, base: Int, extra: Int)] = {
    var lengths = [(symbol: Int, base: Int, extra: Int)](repeating: (0, 0, 0), count: longest + 1)
    var base = 3
    for number in 257..<285 {
      let extra = number < 265 ? 0 : (number - 261) / 4
      for length in base..<min(longest, base + 1 << extra) { lengths[length] = (number, base, extra) }
      base += 1 << extra
    }
    lengths[longest] = (285, longest, 0)
    return lengths
  }()

  /// The checksum of zlib streams (RFC 1950, section 9).
  static func adler32(_ data: [UInt8]) -> UInt32 {
    var (low, high): (UInt32, UInt32) = (1, 0)
    // So many bytes can be summed before 32 bits are full.
    for start in stride(from: 0, to: data.count, by: 5552) {
      for byte in data[start..<min(start + 5552, data.count)] {
        low &+= UInt32(byte)
        high &+= low
      }
      low %= 65521
      high %= 65521
    }
    return high << 16 | low
  }
}
