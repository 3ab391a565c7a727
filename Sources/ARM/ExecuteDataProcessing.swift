import Engine

/// Data processing (DDI 0100 A3.4, A4.1).
extension CPU {
  /// Without S.
  @inline(__always)
  static func data<O: DataOperation, S: SecondOperand>(
    _: O.Type, _: S.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let b = S.value(cpu, op)
    cpu.setRegister(op.pointee.rd, O.result(cpu, cpu.register(op.pointee.rn), b))
    return goOn(core, p)
  }

  /// With S, and the tests.
  @inline(__always)
  static func flagged<O: DataOperation, S: SecondOperand>(
    _: O.Type, _: S.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let a = cpu.register(op.pointee.rn)
    let b = O.isLogical ? S.updating(cpu, op) : S.value(cpu, op)
    let result = O.update(cpu, a, b)
    cpu.setNZ(result)
    if O.writes { cpu.setRegister(op.pointee.rd, result) }
    return goOn(core, p)
  }

  /// The destination is r15: a jump in the present state, with S the return from an exception. Modes without SPSR
  /// keep CPSR then, which is UNPREDICTABLE.
  static let dataJump: Handler = { core, p in
    let op = p.assumingMemoryBound(to: Instruction.self)
    let cpu = attend(core, p)
    let target = cpu.result(op)
    guard op.pointee.flags.contains(.updates) else {
      cpu.jump(target)
      return goOnAtPC(core)
    }
    cpu.setCPSR(cpu.spsr)
    cpu.jump(target)
    return Outcome.jumped
  }

  /// What a data processing instruction would write, with no change of flags.
  private func result(_ op: Op) -> UInt32 {
    let a = register(op.pointee.rn)
    let b = shifted(op).value
    return switch op.pointee.operation {
    case .and: And.result(self, a, b)
    case .eor: ExclusiveOr.result(self, a, b)
    case .sub: Subtract.result(self, a, b)
    case .rsb: ReverseSubtract.result(self, a, b)
    case .add: Add.result(self, a, b)
    case .adc: AddCarry.result(self, a, b)
    case .sbc: SubtractCarry.result(self, a, b)
    case .rsc: ReverseSubtractCarry.result(self, a, b)
    case .orr: Or.result(self, a, b)
    case .bic: BitClear.result(self, a, b)
    case .mvn: MoveNot.result(self, a, b)
    default: b
    }
  }
}
