public import DeviceModel

// What each kind of instruction leaves in `Instruction`. "Second" means `b`, or memory with `memory == .second`.
//
//   ADD Ev,Gv / Gv,Ev / Ev,Iz      first in `a` or memory; second in `b`, memory or `immediate` (flag .immediate)
//   one operand (INC, PUSH r, DIV)  first. PUSH imm, INT, AAM, RET imm16: `immediate` and its flag, no operand
//   MOV moffs                       memory, base and index none; the register in the other place
//   shift by 1, by imm8; by CL      `immediate` with its flag; flag .implicit, CL's place in `b`
//   SHLD/SHRD Ev,Gv,imm8 / CL       first; `b`; `immediate` with its flag / .implicit and CL's place in `c`
//   IMUL                            .imul: one operand, first. .imul3: `a` = second, or with flag .immediate
//                                   `a` = second x `immediate`; without the flag `a` = `a` x second
//   BT family                       bit number in `b` or `immediate` with its flag
//   MOVZX, MOVSX, CRC32             `size` of the source, `condition` of the destination in bytes; so CVT(T)xx2SI
//   Jcc, SETcc, CMOVcc              code 0-15 in `condition`
//   near branches                   `immediate` with its flag: displacement from the next instruction; indirect:
//                                   first. `size` is the operand size (2: the target is truncated to 16 bits)
//   LOOP, JCXZ                      the same; `addressSize` says CX or ECX
//   far CALL, JMP                   `immediate` with its flag: offset, selector in `displacement`; or memory first
//   RET, RET far                    `immediate` is 0 or imm16. ENTER: `immediate` imm16, `condition` imm8 & 31
//   CBW/CWDE and CWD/CDQ            `size` 2 or 4: of AX or EAX, the operand size
//   PUSHA, POPA, PUSHF, IRET, LEAVE `size` is the operand size; so PUSH/POP segment, LGDT, SGDT, LAR, LSL
//   MOV Sreg, PUSH/POP Sreg         segment number in `a` or `b`; MOV from: memory always 2 bytes, `size` the
//                                   register's. CS as destination and numbers above 5 are invalid already
//   SLDT, STR, SMSW                 first; memory always 2 bytes, `size` the register's
//   MOV CR, DR                      number in the operand's place, the general register's place in the other
//   LES to LGS                      `a`; memory second; `size` of the offset. BOUND: the same
//   strings                         `size`, `addressSize`, `segment` of the source; .rep or .repne as written
//   XLAT, MASKMOVQ, MONITOR         `segment` and `addressSize` of the implicit memory operand; memory none
//   IN, OUT                         port in `immediate` with its flag, or .implicit: DX. `size` 1, 2, 4
//   VEX three operands              `a` = ModRM.reg, `c` = VEX.vvvv, ModRM.rm second, in whatever order the
//                                   manual lists them; BLSR, BLSI, BLSMSK: `a` = VEX.vvvv. RORX: `immediate`.
//                                   Real and VM86 mode have no VEX: #UD where flag .vex meets them
//   x87 register forms              `a` destination, `b` source stack index: FADD ST,ST(i) a=0 b=i; FADDP a=i b=0;
//                                   FCOM, FXCH, FLD a=0 b=i; FST(P) ST(i) a=i b=0; FFREE a=i; FNSTSW AX: a=0
//   x87 memory forms                memory first, load or store; `size` 2 4 8 10 14 28 94 108
//   x87                             `immediate` is the 11-bit opcode (FOP)
//   FXSAVE, FXRSTOR                 memory first; `size` 0
//   MMX, SSE                        `a` and second as in the manual; stores have memory first (register form: `a`
//                                   destination, `b` source). `size` tells the register file of every mnemonic
//                                   that exists for both: 8 MMX, 16 XMM (MOVD and MOVQ, PINSRW, PMOVMSKB too).
//                                   Else it is the bytes of the memory operand (CVTPS2PD 8, PMOVSXBD 4, MOVSS 4)
//   MOVD                            `c` is 1 where the general register or memory is the destination (0F7E);
//                                   general registers by place; 4 bytes (8 with `condition` 8, long mode)
//   SSE with imm8                   `immediate` and its flag beside `a` and second. BLENDV: XMM0 and .implicit
//   PEXTRx, EXTRACTPS               first is the general register's place or memory; `b` the source
//
// Invalid encodings, LOCK where it is not permitted, and instructions of extensions that the CPU lacks are
// `.invalid` (#UD); more than 15 bytes are `.tooLong` (#GP(0)).

/// Turns bytes into an `Instruction` (SDM volume 2, chapter 2).
public struct Decoder: Sendable, HostSide {
  let tables: DecoderTables
  let size: CodeSize

  /// A decoder for code of `size` on a CPU that has `instructionSet`. Cheap after the first with that set.
  public init(size: CodeSize, instructionSet: InstructionSet) {
    self.size = size
    tables = DecoderTables.tables(for: instructionSet, isLong: size == .bits64)
  }

  /// Decodes one instruction from at most `available` bytes. `handler` and `offset` of `op` stay as they are.
  ///
  /// - Returns: `.truncated`, with `op` undefined, if more bytes are needed; never if 15 are available.
  @inline(__always)
  public func decode(
    _ bytes: UnsafePointer<UInt8>, available: Int, into op: inout Instruction
  ) -> DecodeStatus {
    decodeRow(bytes, available: available, into: &op) == nil ? .truncated : .ok
  }

  /// Decodes and gives the index of the table's row: -1 where there is none, nil when truncated.
  func decodeRow(_ bytes: UnsafePointer<UInt8>, available: Int, into op: inout Instruction) -> Int? {
    var reader = ByteReader(bytes, limit: min(available, 15))
    var prefixes = Prefixes()
    var opcode = readPrefixes(&reader, &prefixes)
    let isLong = size == .bits64

    op.immediate = 0
    op.displacement = 0
    op.memory = .none
    op.base = Instruction.noRegister
    op.index = Instruction.noRegister
    op.scale = 0
    op.a = 0
    op.b = 0
    op.c = 0
    op.condition = 0
    op.size = 0
    op.flags = []
    op.segment = prefixes.segment < 6 ? prefixes.segment : 3
    switch size {
    case .bits16: op.addressSize = prefixes.hasAddressSize ? 4 : 2
    case .bits32: op.addressSize = prefixes.hasAddressSize ? 2 : 4
    case .bits64: op.addressSize = prefixes.hasAddressSize ? 4 : 8
    }

    var map = 0
    var vvvv: UInt8 = 0
    if opcode == 0x0f {
      map = 1
      opcode = reader.byte()
      if opcode == 0x38 || opcode == 0x3a {
        map = opcode == 0x38 ? 2 : 3
        opcode = reader.byte()
      }
    } else if opcode & 0xfe == 0xc4, isLong || (reader.position < reader.limit && bytes[reader.position] >= 0xc0) {
      guard let vexMap = readVEX(&reader, &prefixes, isThreeBytes: opcode == 0xc4, vvvv: &vvvv) else {
        return invalid(&op, reader, available)
      }
      map = vexMap
      opcode = reader.byte()
      op.flags = .vex
    }

    var slot = tables.slots[DecoderTables.slot(map: map, prefix: prefixes.mandatory, opcode: Int(opcode))]
    var modRM: UInt8 = 0
    if slot & DecoderTables.selector != 0 {
      modRM = reader.byte()
      slot = tables.selectors[Int(slot & ~DecoderTables.selector) &* 256 &+ Int(modRM)]
      if slot == 0 { return invalid(&op, reader, available) }
    } else {
      if slot == 0 { return invalid(&op, reader, available) }
      if tables.entries[Int(slot) &- 1].hasModRM { modRM = reader.byte() }
    }
    let entry = tables.entries + (Int(slot) &- 1)
    let attributes = entry.pointee.attributes

    // Operand size: an index into the widths of 2, 4 and 8 bytes.
    var sizeIndex: Int
    switch size {
    case .bits16: sizeIndex = prefixes.hasOperandSize ? 1 : 0
    case .bits32: sizeIndex = prefixes.hasOperandSize ? 0 : 1
    case .bits64:
      sizeIndex = prefixes.rex & 8 != 0 ? 2 : prefixes.hasOperandSize ? 0 : 1
      if attributes.contains(.f64) || (attributes.contains(.d64) && sizeIndex == 1) { sizeIndex = 2 }
    }
    op.size = width(entry.pointee.size, sizeIndex)
    if attributes.contains(.cc) { op.condition = opcode & 15 }
    if prefixes.hasOperandSize { op.flags.insert(.operandPrefix) }
    if attributes.contains(.ends) { op.flags.insert(.endsBlock) }
    if attributes.contains(.toInteger) { op.c = 1 }

    let isMemory = entry.pointee.hasModRM && modRM < 0xc0 && !entry.pointee.ignoresMod
    if isMemory { readAddress(&reader, modRM, prefixes, &op) }
    let context = Operands(modRM: modRM, opcode: opcode, rex: prefixes.rex, vvvv: vvvv, sizeIndex: sizeIndex)
    var isValid = operand(entry.pointee.operands.0, 0, context, &reader, &op)
    if entry.pointee.operands.1.kind != .none {
      isValid = operand(entry.pointee.operands.1, 1, context, &reader, &op) && isValid
      if entry.pointee.operands.2.kind != .none {
        isValid = operand(entry.pointee.operands.2, 2, context, &reader, &op) && isValid
      }
    }
    // VEX.vvvv must be 1111 where it names nothing.
    if vvvv != 0, !entry.pointee.usesVVVV { isValid = false }
    if attributes.contains(.extends) { op.condition = width(entry.pointee.operands.0.width, sizeIndex) }
    if entry.pointee.operation == .movd { op.condition = width(.y, sizeIndex) }
    if attributes.contains(.string) {
      if prefixes.repeats == 0xf3 { op.flags.insert(.rep) }
      if prefixes.repeats == 0xf2 { op.flags.insert(.repne) }
    }
    if prefixes.hasLock {
      if !attributes.contains(.lock) || op.memory != .first { isValid = false }
      op.flags.insert(.lock)
    }
    guard isValid, !reader.isShort else { return invalid(&op, reader, available) }
    // The x87 remembers its last opcode (FOP).
    if map == 0, opcode & 0xf8 == 0xd8 { op.immediate = UInt64(opcode & 7) << 8 | UInt64(modRM) }
    op.operation = entry.pointee.operation
    op.length = UInt8(truncatingIfNeeded: reader.position)
    return Int(entry.pointee.row)
  }

  /// Ends decoding without an instruction: truncated, too long or invalid.
  private func invalid(_ op: inout Instruction, _ reader: ByteReader, _ available: Int) -> Int? {
    if reader.isShort, available < 15 { return nil }
    op.operation = reader.isShort ? .tooLong : .invalid
    op.length = UInt8(truncatingIfNeeded: reader.position)
    op.memory = .none
    op.flags = .endsBlock
    return -1
  }

  @inline(__always)
  func width(_ width: EncodingOperand.Width, _ sizeIndex: Int) -> UInt8 {
    tables.widths[Int(width.rawValue) &* 3 &+ sizeIndex]
  }
}
