/// Writes x86-64 instructions one after the other into code memory.
///
/// Positions are offsets from the start of that memory, at whatever address it can be executed. Who writes checks before
/// that there is room: `room` bytes.
public struct Assembler {
  /// Where the memory can be written.
  @usableFromInline let base: UnsafeMutableRawPointer
  /// Bytes that there are.
  public let capacity: Int
  /// Where the next byte goes.
  public var position = 0
  /// How many instructions have been written.
  public internal(set) var count = 0

  /// Writes to `capacity` bytes at `base`.
  public init(_ base: UnsafeMutableRawPointer, capacity: Int) {
    self.base = base
    self.capacity = capacity
  }

  /// Bytes that are left.
  public var room: Int { capacity - position }

  // MARK: Bytes

  @inline(__always)
  mutating func byte(_ value: UInt8) {
    (base + position).storeBytes(of: value, as: UInt8.self)
    position &+= 1
  }

  @inline(__always)
  mutating func word(_ value: UInt32) {
    (base + position).storeBytes(of: value, as: UInt32.self)
    position &+= 4
  }

  @inline(__always)
  mutating func double(_ value: UInt64) {
    (base + position).storeBytes(of: value, as: UInt64.self)
    position &+= 8
  }

  // MARK: Encoding (Intel SDM volume 2, chapter 2)

  /// Prefixes and opcode of an instruction with a ModRM byte. `escape` says whether 0x0f comes before the opcode,
  /// and `map` what comes after that (0x38, 0x3a), if not 0.
  /// `bytes` says which of the registers are byte registers: bit 0 `reg`, bit 1 `operand`.
  @inline(__always)
  mutating func instruction(
    _ opcode: UInt8, escape: Bool = false, reg: UInt8, _ operand: HostOperand, width: HostWidth, bytes: UInt8 = 0,
    prefix: UInt8 = 0, map: UInt8 = 0
  ) {
    count &+= 1
    if width == .half { byte(0x66) }
    if prefix != 0 { byte(prefix) }
    var rex: UInt8 = width == .double ? 8 : 0
    rex |= reg &>> 1 & 4
    if operand.isMemory { rex |= operand.index.number &>> 2 & 2 }
    rex |= operand.base.number &>> 3
    // Without REX, byte registers 4 to 7 are others.
    let needs = (bytes & 1 != 0 && reg >= 4) || (bytes & 2 != 0 && !operand.isMemory && operand.base.number >= 4)
    if rex != 0 || needs { byte(0x40 | rex) }
    if escape { byte(0x0f) }
    if map != 0 { byte(map) }
    byte(opcode)
    modRM(reg, operand)
  }

  @inline(__always)
  private mutating func modRM(_ reg: UInt8, _ operand: HostOperand) {
    let middle = (reg & 7) &<< 3
    let low = operand.base.number & 7
    guard operand.isMemory else { return byte(0xc0 | middle | low) }
    let displacement = operand.displacement
    guard operand.hasBase else {
      byte(middle | 4)
      byte(operand.scale &<< 6 | (operand.index.number & 7) &<< 3 | 5)
      return word(UInt32(bitPattern: displacement))
    }
    let isShort = displacement >= -128 && displacement < 128
    // Bases rbp and r13 have no form without displacement.
    let mode: UInt8 = displacement == 0 && low != 5 ? 0 : isShort ? 0x40 : 0x80
    if operand.index != .rsp || low == 4 {
      byte(mode | middle | 4)
      byte(operand.scale &<< 6 | (operand.index.number & 7) &<< 3 | low)
    } else {
      byte(mode | middle | low)
    }
    if mode == 0x40 {
      byte(UInt8(truncatingIfNeeded: displacement))
    } else if mode == 0x80 {
      word(UInt32(bitPattern: displacement))
    }
  }

  /// An immediate of the operation's width, at most 4 bytes.
  @inline(__always)
  mutating func immediate(_ value: Int32, _ width: HostWidth) {
    switch width {
    case .byte: byte(UInt8(truncatingIfNeeded: value))
    case .half:
      byte(UInt8(truncatingIfNeeded: value))
      byte(UInt8(truncatingIfNeeded: value &>> 8))
    default: word(UInt32(bitPattern: value))
    }
  }
}
