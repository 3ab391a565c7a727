// Operands and addresses: SDM volume 2, 2.1.3 to 2.1.5 and appendix A.2.
extension Decoder {
  /// What operands are made from.
  struct Operands {
    var modRM: UInt8
    var opcode: UInt8
    var rex: UInt8
    var vvvv: UInt8
    var sizeIndex: Int

    @inline(__always)
    var reg: UInt8 { modRM &>> 3 & 7 | rex &<< 1 & 8 }
    @inline(__always)
    var rm: UInt8 { modRM & 7 | rex &<< 3 & 8 }
  }

  /// Fills in the operand number `index`; false where its encoding is invalid.
  @inline(__always)
  func operand(
    _ operand: EncodingOperand, _ index: Int, _ context: Operands, _ reader: inout ByteReader, _ op: inout Instruction
  ) -> Bool {
    switch operand.kind {
    case .none, .hiddenST0, .st0:
      break
    case .rm, .memory, .mmxRM, .xmmRM:
      if context.modRM < 0xc0 {
        op.memory = index == 0 ? .first : .second
      } else if operand.kind == .rm {
        setPlace(index, place(context.rm, operand.width, context.rex), &op)
      } else {
        setPlace(index, operand.kind == .mmxRM ? context.rm & 7 : context.rm, &op)
      }
    case .rmRegister, .rmAlwaysRegister: setPlace(index, place(context.rm, operand.width, context.rex), &op)
    case .reg: setPlace(index, place(context.reg, operand.width, context.rex), &op)
    case .opcode: setPlace(index, place(context.opcode & 7 | context.rex &<< 3 & 8, operand.width, context.rex), &op)
    case .vvvv:
      let place = context.vvvv &<< 3
      if index == 0 { op.a = place } else { op.c = place }
    case .immediate, .signedImmediate: readImmediate(operand, index, context, &reader, &op)
    case .one:
      op.immediate = 1
      op.flags.insert(.immediate)
    case .relative: readImmediate(operand, index, context, &reader, &op)
    case .farPointer:
      op.immediate = context.sizeIndex == 0 ? UInt64(reader.value(UInt16.self)) : UInt64(reader.value(UInt32.self))
      op.displacement = Int32(reader.value(UInt16.self))
      op.flags.insert(.immediate)
    case .offset:
      op.memory = index == 0 ? .first : .second
      switch op.addressSize {
      case 2: op.displacement = Int32(reader.value(UInt16.self))
      case 4: op.displacement = reader.value(Int32.self)
      default: op.immediate = reader.value(UInt64.self)
      }
    case .source, .destination: break
    case .segment:
      if context.modRM &>> 3 & 7 > 5 { return false }
      setPlace(index, context.modRM &>> 3 & 7, &op)
    case .control:
      // Only CR0, CR2, CR3, CR4 and (in 64-bit code) CR8 exist.
      let valid: UInt16 = size == .bits64 ? 0x11d : 0x1d
      if valid &>> UInt16(context.reg) & 1 == 0 { return false }
      setPlace(index, context.reg, &op)
    case .debug:
      if context.reg > 7 { return false }
      setPlace(index, context.reg, &op)
    case .fixed: setPlace(index, operand.value &<< 3, &op)
    case .cl:
      op.flags.insert(.implicit)
      setPlace(index, 8, &op)
    case .dx: op.flags.insert(.implicit)
    case .fixedSegment: setPlace(index, operand.value, &op)
    case .mmx: setPlace(index, context.reg & 7, &op)
    case .mmxRegister: setPlace(index, context.rm & 7, &op)
    case .xmm: setPlace(index, context.reg, &op)
    case .xmmRegister: setPlace(index, context.rm, &op)
    case .sti: setPlace(index, context.modRM & 7, &op)
    case .xmm0: op.flags.insert(.implicit)
    }
    return true
  }

  @inline(__always)
  private func setPlace(_ index: Int, _ place: UInt8, _ op: inout Instruction) {
    switch index {
    case 0: op.a = place
    case 1: op.b = place
    default: if op.flags.contains(.vex) { op.b = place } else { op.c = place }
    }
  }

  /// The byte offset of a general register; AH to BH are the second bytes of the first four, but not with REX.
  @inline(__always)
  private func place(_ number: UInt8, _ width: EncodingOperand.Width, _ rex: UInt8) -> UInt8 {
    if width == .b, number & 0xc == 4, rex == 0 { return (number & 3) &<< 3 | 1 }
    return number &<< 3
  }

  @inline(__always)
  private func readImmediate(
    _ operand: EncodingOperand, _ index: Int, _ context: Operands, _ reader: inout ByteReader, _ op: inout Instruction
  ) {
    let isSigned = operand.kind != .immediate
    let value: UInt64
    switch width(operand.width, context.sizeIndex) {
    case 1:
      let byte = reader.byte()
      value = isSigned ? UInt64(bitPattern: Int64(Int8(bitPattern: byte))) : UInt64(byte)
    case 2:
      let word = reader.value(UInt16.self)
      value = isSigned ? UInt64(bitPattern: Int64(Int16(bitPattern: word))) : UInt64(word)
    case 4:
      let word = reader.value(UInt32.self)
      value = isSigned ? UInt64(bitPattern: Int64(Int32(bitPattern: word))) : UInt64(word)
    default: value = reader.value(UInt64.self)
    }
    if index == 1, op.flags.contains(.immediate) {
      // ENTER's second immediate.
      op.condition = UInt8(truncatingIfNeeded: value) & 31
    } else {
      op.immediate = value
    }
    op.flags.insert(.immediate)
  }

  /// Reads SIB and displacement and fills in the memory operand's address.
  @inline(__always)
  func readAddress(_ reader: inout ByteReader, _ modRM: UInt8, _ prefixes: Prefixes, _ op: inout Instruction) {
    if op.addressSize == 2 { return readAddress16(&reader, modRM, prefixes, &op) }
    let mod = modRM &>> 6
    var base = modRM & 7
    if base == 4 {
      let sib = reader.byte()
      base = sib & 7
      let index = sib &>> 3 & 7 | prefixes.rex &<< 2 & 8
      if index != 4 {
        op.index = index &<< 3
        op.scale = sib &>> 6
      }
      if base == 5, mod == 0 {
        op.displacement = reader.value(Int32.self)
        return
      }
    } else if base == 5, mod == 0 {
      op.displacement = reader.value(Int32.self)
      if size == .bits64 { op.base = Instruction.instructionPointer }
      return
    }
    op.base = (base | prefixes.rex &<< 3 & 8) &<< 3
    if base & 6 == 4, prefixes.rex & 1 == 0, prefixes.segment >= 6 { op.segment = 2 }
    if mod == 1 {
      op.displacement = Int32(Int8(bitPattern: reader.byte()))
    } else if mod == 2 {
      op.displacement = reader.value(Int32.self)
    }
  }

  private func readAddress16(
    _ reader: inout ByteReader, _ modRM: UInt8, _ prefixes: Prefixes, _ op: inout Instruction
  ) {
    let mod = modRM &>> 6
    let rm = modRM & 7
    if mod == 0, rm == 6 {
      op.displacement = Int32(reader.value(UInt16.self))
      return
    }
    // BX+SI, BX+DI, BP+SI, BP+DI, SI, DI, BP, BX.
    switch rm {
    case 0, 1, 7: op.base = 3 << 3
    case 2, 3, 6: op.base = 5 << 3
    default: op.base = (rm &+ 2) &<< 3
    }
    if rm < 4 { op.index = (6 &+ (rm & 1)) &<< 3 }
    if op.base == 5 << 3, prefixes.segment >= 6 { op.segment = 2 }
    if mod == 1 {
      op.displacement = Int32(Int8(bitPattern: reader.byte()))
    } else if mod == 2 {
      op.displacement = Int32(Int16(bitPattern: reader.value(UInt16.self)))
    }
  }
}

extension Instruction {
  /// The base of an address relative to the next instruction (64-bit code).
  public static let instructionPointer: UInt8 = 136
}
