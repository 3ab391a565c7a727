import Bits
import GuestMemory

/// The window at 0xa0000: how the CPU reaches the planes ("Graphics Controller", "Sequencer").
extension VGA {
  /// Each of four bits as a byte of ones or zeros.
  private static let spread: InlineArray<16, UInt32> = InlineArray { bits in
    (0..<4).reduce(0) { $0 | ((bits >> $1) & 1 != 0 ? 0xff << UInt32($1 * 8) : 0) }
  }

  /// Neighbouring bytes are in neighbouring planes.
  private var isChained: Bool { state.dispi.isPacked || state.sequencer[4].bit(3) }

  /// Where in the memory the first 64 KiB of the window are just bytes; nil where they are not.
  var directOffset: Int? {
    guard state.misc.bit(1), memory != nil else { return nil }
    if state.dispi.isPacked { return Int(state.dispi.bank) << 16 }
    let isPlain =
      !state.graphics[6].bit(3) && state.sequencer[4].bit(3) && state.sequencer[2] & 0xf == 0xf
      && state.graphics[5] & 0xb == 0
      && state.graphics[3] == 0 && state.graphics[1] & 0xf == 0 && state.graphics[8] == 0xff
      && !state.dispi.isEnabled
    return isPlain ? 0 : nil
  }

  /// The address on the card of a place in the window; nil where the card does not answer. In VBE modes it is a bank of
  /// 64 KiB, whatever the graphics controller says.
  private func address(_ offset: Int) -> Int? {
    guard state.misc.bit(1) else { return nil }
    if state.dispi.isEnabled { return offset < 0x10000 ? offset + Int(state.dispi.bank) << 16 : nil }
    switch state.graphics[6].bits(2...3) {
    case 0: return offset
    case 1: return offset < 0x10000 ? offset : nil
    case 2: return (0x10000..<0x18000).contains(offset) ? offset - 0x10000 : nil
    default: return offset >= 0x18000 ? offset - 0x18000 : nil
    }
  }

  /// The byte offset of the four planes' bytes at a plane's address: the VGA has 256 KiB, the VBE modes all.
  private func place(_ plane: Int) -> Int { plane << 2 & (state.dispi.isEnabled ? Self.memorySize - 4 : 0x3fffc) }

  private func planes(at place: Int, in memory: RAMBlock) -> UInt32 {
    memory.readable(place, count: 4)?.load(as: UInt32.self) ?? 0
  }

  func readWindow(_ offset: Int, _ width: Int) -> UInt64 {
    var value: UInt64 = 0
    for part in 0..<width { value |= UInt64(readByte(offset &+ part)) << UInt64(part * 8) }
    return value
  }

  func writeWindow(_ value: UInt64, _ offset: Int, _ width: Int) {
    for part in 0..<width { writeByte(UInt8(truncatingIfNeeded: value >> UInt64(part * 8)), offset &+ part) }
  }

  private func readByte(_ offset: Int) -> UInt8 {
    guard let memory, let address = address(offset) else { return 0xff }
    let (plane, bytes): (Int, Int)
    if isChained {
      (plane, bytes) = (address & 3, place(address >> 2))
    } else if state.graphics[5].bit(4) {
      (plane, bytes) = (Int(state.graphics[4] & 2) | address & 1, place(address >> 1))
    } else {
      (plane, bytes) = (Int(state.graphics[4] & 3), place(address))
    }
    let latch = planes(at: bytes, in: memory)
    state.latch = latch
    guard state.graphics[5].bit(3), !state.dispi.isPacked else {
      return UInt8(truncatingIfNeeded: latch >> UInt32(plane * 8))
    }
    // Read mode 1: ones where all planes that count have the colour that is looked for.
    let wanted = Self.spread[Int(state.graphics[2] & 0xf)]
    let differs = (latch ^ wanted) & Self.spread[Int(state.graphics[7] & 0xf)]
    return ~UInt8(truncatingIfNeeded: differs | differs >> 8 | differs >> 16 | differs >> 24)
  }

  private func writeByte(_ value: UInt8, _ offset: Int) {
    guard let memory, let address = address(offset) else { return }
    if state.dispi.isPacked {
      memory.write(address & (Self.memorySize - 1), count: 1) { $0.storeBytes(of: value, as: UInt8.self) }
      return
    }
    let (selected, bytes): (UInt8, Int)
    if isChained {
      (selected, bytes) = (1 << UInt8(address & 3), place(address >> 2))
    } else if !state.sequencer[4].bit(2) {
      (selected, bytes) = (address & 1 == 0 ? 5 : 10, place(address >> 1))
    } else {
      (selected, bytes) = (0xf, place(address))
    }
    let mask = Self.spread[Int(selected & state.sequencer[2] & 0xf)]
    guard mask != 0 else { return }
    let data = written(value)
    let old = planes(at: bytes, in: memory)
    memory.write(bytes, count: 4) { $0.storeBytes(of: old & ~mask | data & mask, as: UInt32.self) }
  }

  /// What the graphics controller makes of a byte for each plane.
  private func written(_ value: UInt8) -> UInt32 {
    let count = state.graphics[3] & 7
    let rotated = value >> count | value << (8 - count)
    let setReset = Self.spread[Int(state.graphics[0] & 0xf)]
    var bits = state.graphics[8]
    var data: UInt32
    switch state.graphics[5] & 3 {
    case 0:
      let enabled = Self.spread[Int(state.graphics[1] & 0xf)]
      data = UInt32(rotated) &* 0x0101_0101 & ~enabled | setReset & enabled
    case 1: return state.latch
    case 2: data = Self.spread[Int(value & 0xf)]
    default:
      bits &= rotated
      data = setReset
    }
    switch state.graphics[3].bits(3...4) {
    case 1: data &= state.latch
    case 2: data |= state.latch
    case 3: data ^= state.latch
    default: break
    }
    let mask = UInt32(bits) &* 0x0101_0101
    return data & mask | state.latch & ~mask
  }
}
