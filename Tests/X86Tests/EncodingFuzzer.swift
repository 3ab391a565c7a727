import DeviceAudit
import SavedState

@testable import X86

/// Makes valid encodings of a row of the table, with every form of operands, addresses and harmless prefixes.
struct EncodingFuzzer {
  var random: SplitMix64
  let size: CodeSize

  /// One encoding of `row`; its prefixes are only such as leave its meaning alone.
  mutating func encode(_ row: Encoding) -> [UInt8] {
    var prefixes: [UInt8] = []
    let attributes = row.attributes
    let isVEX = attributes.contains(.vex)
    var hasOperandSize = false
    let hasAddressSize = random.below(6) == 0
    if hasAddressSize { prefixes.append(0x67) }
    if random.below(6) == 0 { prefixes.append([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65][Int(random.below(6))]) }
    if !isVEX {
      if attributes.contains(.x66) {
        prefixes.append(0x66)
        hasOperandSize = true
      } else if attributes.isDisjoint(with: .prefixes), random.below(4) == 0, row.opcode != 0x90 {
        prefixes.append(0x66)
        hasOperandSize = true
      }
      if attributes.contains(.string), random.below(3) == 0 { prefixes.append(0xf2 | UInt8(random.below(2))) }
      prefixes.shuffle(using: &random)
      if attributes.contains(.f3) { prefixes.append(0xf3) }
      if attributes.contains(.f2) { prefixes.append(0xf2) }
    }
    let addressSize = size == .bits16 ? (hasAddressSize ? 4 : 2) : size == .bits32 ? (hasAddressSize ? 2 : 4) : 8
    let isShort = (size == .bits16) != hasOperandSize

    var opcode = UInt8(row.opcode & 0xff)
    if attributes.contains(.cc) { opcode += UInt8(random.below(16)) }
    if row.hasOperand(.opcode) { opcode += UInt8(random.below(8)) }
    var bytes: [UInt8] = []
    if isVEX {
      let pp: UInt8 = attributes.contains(.x66) ? 1 : attributes.contains(.f3) ? 2 : attributes.contains(.f2) ? 3 : 0
      bytes += [
        0xc4, 0xe0 | UInt8(row.map & 3), 0x40 | (row.hasOperand(.vvvv) ? UInt8(random.below(8)) << 3 : 0x38) | pp,
        opcode,
      ]
    } else {
      bytes += [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]][row.map] + [opcode]
    }
    if row.hasModRM { bytes += modRM(row, addressSize: addressSize) }
    for operand in [row.operands.0, row.operands.1, row.operands.2] {
      switch operand.kind {
      case .immediate, .signedImmediate, .relative, .farPointer:
        let widths = operand.width.bytes
        bytes += random.bytes(Int(isShort ? widths.0 : widths.1))
      case .offset: bytes += random.bytes(addressSize)
      default: break
      }
    }
    if attributes.contains(.lock), random.below(4) == 0, row.operands.0.kind == .rm || row.operands.0.kind == .memory {
      let index = bytes.count > 1 && row.map == 1 ? 2 : 1
      if bytes[index] < 0xc0 { prefixes.insert(0xf0, at: 0) }
    }
    return prefixes + bytes
  }

  private mutating func modRM(_ row: Encoding, addressSize: Int) -> [UInt8] {
    let modes = row.modesOfRM
    let isRegister = modes.contains(.register) || (!modes.contains(.memory) && random.below(2) == 0)
    let ignoresMod = row.hasOperand(.rmAlwaysRegister)
    var reg = row.reg ?? UInt8(random.below(8))
    if row.hasOperand(.segment), row.reg == nil { reg = UInt8(random.below(6)) }
    if row.hasOperand(.control) { reg = [0, 2, 3, 4][Int(random.below(4))] }
    let rm = row.rm ?? UInt8(random.below(8))
    if isRegister || ignoresMod { return [0xc0 | reg << 3 | rm] }
    let mod = UInt8(random.below(3))
    var bytes: [UInt8] = [mod << 6 | reg << 3 | rm]
    if addressSize == 2 {
      if mod == 1 { return bytes + random.bytes(1) }
      return mod == 2 || rm == 6 ? bytes + random.bytes(2) : bytes
    }
    var base = rm
    if rm == 4 {
      bytes += random.bytes(1)
      base = bytes[1] & 7
    }
    if mod == 1 { return bytes + random.bytes(1) }
    return mod == 2 || base == 5 ? bytes + random.bytes(4) : bytes
  }
}
