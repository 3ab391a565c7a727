/// One row of the encoding table: what some bytes mean. Decoder, disassembler and fuzzer read nothing else.
struct Encoding {
  /// The opcode with its map: 0xNN, 0x0fNN, 0x0f38NN or 0x0f3aNN.
  var opcode: UInt32
  /// ModRM.reg and ModRM.rm, where they extend the opcode.
  var reg: UInt8?
  var rm: UInt8?
  var operation: Operation
  var operands: (EncodingOperand, EncodingOperand, EncodingOperand, EncodingOperand)
  /// `Instruction.size` where the operands do not say it.
  var size: EncodingOperand.Width?
  /// The mnemonic where it is not the operation's name.
  var name: StaticString?
  var attributes: EncodingAttributes

  static func row(
    _ opcode: UInt32, reg: UInt8? = nil, rm: UInt8? = nil, _ operation: Operation, _ first: EncodingOperand = .none,
    _ second: EncodingOperand = .none, _ third: EncodingOperand = .none, _ fourth: EncodingOperand = .none,
    size: EncodingOperand.Width? = nil, name: StaticString? = nil, is attributes: EncodingAttributes = []
  ) -> Encoding {
    Encoding(
      opcode: opcode, reg: reg, rm: rm, operation: operation, operands: (first, second, third, fourth), size: size,
      name: name, attributes: attributes)
  }

  /// The whole table. Of rows that fit, one with the mandatory prefix wins, then the first.
  static let sections: [[Encoding]] = [
    arithmetic, unary, shifts, moves, stack, strings, control, miscellany, system, bits,
    x87Memory, x87Register, mmxAndSSE2, mmxShifts, mmxMoves, sseMoves, sseArithmetic, sseConversions, ssse3, sse4, bmi,
    unsupported,
  ]

  /// 0 for one-byte opcodes, 1 for 0F, 2 for 0F38, 3 for 0F3A; 4 more with VEX.
  var map: Int {
    let base = opcode < 0x100 ? 0 : opcode < 0x1_0000 ? 1 : opcode & 0xff00 == 0x3800 ? 2 : 3
    return base + (attributes.contains(.vex) ? 4 : 0)
  }

  /// How many opcodes, from `opcode` on, the row describes.
  var span: Int {
    if attributes.contains(.cc) { return 16 }
    return hasOperand(.opcode) ? 8 : 1
  }

  func hasOperand(_ kind: EncodingOperand.Kind) -> Bool {
    operands.0.kind == kind || operands.1.kind == kind || operands.2.kind == kind || operands.3.kind == kind
  }

  var hasModRM: Bool {
    reg != nil || operands.0.usesModRM || operands.1.usesModRM || operands.2.usesModRM || !modesOfRM.isEmpty
  }

  /// `.memory` or `.register` where only that is valid.
  var modesOfRM: EncodingAttributes {
    var modes = attributes.intersection([.memory, .register])
    if hasOperand(.memory) { modes.insert(.memory) }
    if hasOperand(.rmRegister) || hasOperand(.mmxRegister) || hasOperand(.xmmRegister) || hasOperand(.sti) || rm != nil
    {
      modes.insert(.register)
    }
    return modes
  }

  /// The width that `Instruction.size` gets: of the operand that may be in memory, else of the first register.
  var sizeWidth: EncodingOperand.Width {
    if let size { return size }
    let all = [operands.0, operands.1, operands.2]
    for operand in all {
      switch operand.kind {
      case .rm, .memory: return operand.width
      case .mmxRM, .xmmRM: return operand.kind == .mmxRM ? .q : operand.memoryWidth
      case .offset, .source, .destination: return operand.width
      case .relative: return .v
      default: continue
      }
    }
    for operand in all where ![.none, .immediate, .signedImmediate].contains(operand.kind) && operand.width != .none {
      return operand.width
    }
    return .none
  }
}
