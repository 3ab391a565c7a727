import Bits

/// The serial presence detect bytes of an SDRAM DIMM (JEDEC standard 21-C, annex 4.1.2.5), for a 64-bit module of the
/// size that a board has fitted.
///
/// A module has one bank or two, each a power of two; of other sizes the two largest parts are told.
struct SerialPresenceDetect {
  /// The banks' sizes as powers of two in bytes, the larger one first.
  private let banks: [Int]

  /// A module of `megabytes` MiB, 4 to 1023.
  init(megabytes: UInt32) {
    var banks: [Int] = []
    for bit in (2..<10).reversed() where megabytes.bit(bit) && banks.count < 2 { banks.append(bit + 20) }
    self.banks = banks
  }

  private typealias Geometry = (rows: Int, columns: Int, banks: Int)

  /// Row and column address bits, and the number of banks inside each chip, of a bank of 2 to the power of `size`
  /// bytes, which is 8 wide.
  private static func geometry(_ size: Int) -> Geometry {
    let bankBits = size < 24 ? 1 : 2
    let bits = size - 3 - bankBits
    let rows = min(max(11, (bits + 3) / 2), 13)
    return (rows, bits - rows, 1 << bankBits)
  }

  /// Byte `index`, 0 to 127.
  func byte(_ index: Int) -> UInt8 {
    guard index != 63 else { return (0..<63).reduce(0) { $0 &+ byte($1) } }
    let first = Self.geometry(banks.first ?? 22)
    let second = banks.count > 1 && banks[0] != banks[1] ? Self.geometry(banks[1]) : nil
    // A second bank of another geometry has it in the upper half of the byte.
    func pair(_ part: (Geometry) -> Int) -> Int {
      part(first) | (second.map(part) ?? 0) << 4
    }
    let value: Int
    switch index {
    case 0: value = 128  // bytes written by the manufacturer
    case 1: value = 8  // 256 bytes in all
    case 2: value = 4  // SDRAM
    case 3: value = pair { $0.rows }
    case 4: value = pair { $0.columns }
    case 5: value = banks.count
    case 6: value = 64  // data width
    case 8: value = 1  // LVTTL
    case 9: value = 0x75  // 7.5 ns cycle at CAS latency 3
    case 10: value = 0x54  // 5.4 ns from clock to data
    case 12: value = 0x80  // refreshed by itself every 15.625 microseconds
    case 13: value = 8  // chips 8 bits wide
    case 15: value = 1  // back-to-back random column delay
    case 16: value = 0x8f  // bursts of 1, 2, 4, 8 and a page
    case 17: value = first.banks
    case 18: value = 0x06  // CAS latencies 2 and 3
    case 19, 20: value = 1  // chip select and write latency 0
    case 22: value = 0x0e  // precharge all, auto precharge, write to read burst
    case 23: value = 0xa0  // 10 ns cycle at CAS latency 2
    case 24: value = 0x60  // 6 ns from clock to data
    case 27, 29: value = 20  // row precharge, row to column delay in ns
    case 28: value = 15  // row to row delay in ns
    case 30: value = 45  // row active in ns
    // A bit for each density from 4 MiB on.
    case 31: value = banks.reduce(0) { $0 | 1 << ($1 - 22) }
    case 32, 34: value = 0x15  // set-up 1.5 ns
    case 33, 35: value = 0x08  // hold 0.8 ns
    case 62: value = 0x12  // SPD revision 1.2
    case 126: value = 0x64  // 100 MHz
    case 127: value = 0x8f
    default: value = 0
    }
    return UInt8(truncatingIfNeeded: value)
  }

  /// Bytes `index` to `index + 3`, the first in the low byte.
  func word(at index: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(byte(index + $1)) << UInt32($1 * 8) }
  }
}
