import Engine

/// Transfers between VFP's and ARM's registers (DDI 0100 C3.3).
extension CPU {
  static func vfpTransfer(_ operation: Operation) -> Handler? {
    switch operation {
    case .fmsr: { c, p in CPU.transfer(c, p) { cpu, op in cpu.setSingle(op.pointee.rn, cpu.register(op.pointee.rd)) } }
    case .fmrs: { c, p in CPU.transfer(c, p) { cpu, op in cpu.setRegister(op.pointee.rd, cpu.single(op.pointee.rn)) } }
    case .fmdlr:
      { c, p in CPU.transfer(c, p) { cpu, op in cpu.setSingle(CPU.low(op.pointee.rn), cpu.register(op.pointee.rd)) } }
    case .fmdhr:
      { c, p in CPU.transfer(c, p) { cpu, op in cpu.setSingle(CPU.high(op.pointee.rn), cpu.register(op.pointee.rd)) } }
    case .fmrdl:
      { c, p in CPU.transfer(c, p) { cpu, op in cpu.setRegister(op.pointee.rd, cpu.single(CPU.low(op.pointee.rn))) } }
    case .fmrdh:
      { c, p in CPU.transfer(c, p) { cpu, op in cpu.setRegister(op.pointee.rd, cpu.single(CPU.high(op.pointee.rn))) } }
    case .fmdrr: { c, p in CPU.transfer(c, p) { cpu, op in cpu.setPair(op, CPU.low(op.pointee.rm)) } }
    case .fmrrd: { c, p in CPU.transfer(c, p) { cpu, op in cpu.readPair(op, CPU.low(op.pointee.rm)) } }
    case .fmsrr: { c, p in CPU.transfer(c, p) { cpu, op in cpu.setPair(op, op.pointee.rm) } }
    case .fmrrs: { c, p in CPU.transfer(c, p) { cpu, op in cpu.readPair(op, op.pointee.rm) } }
    case .fmstat: { c, p in CPU.transfer(c, p) { cpu, _ in cpu.setConditionFlags(cpu.core.pointee.state.vfp.fpscr) } }
    case .fmxr: { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.writeVFPRegister(op) } }
    case .fmrx: { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.readVFPRegister(op) } }
    default: nil
    }
  }

  @inline(__always)
  private static func transfer(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _ body: (CPU, Op) -> Void
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.checkVFP()
      body(cpu, op)
    }
  }

  /// The words of a double.
  @inline(__always)
  private static func low(_ double: UInt8) -> UInt8 { double &<< 1 }
  @inline(__always)
  private static func high(_ double: UInt8) -> UInt8 { double &<< 1 | 1 }

  @inline(__always)
  func single(_ number: UInt8) -> UInt32 { core.pointee.state.vfp.s[Int(number) & 31] }
  @inline(__always)
  func setSingle(_ number: UInt8, _ value: UInt32) { core.pointee.state.vfp.s[Int(number) & 31] = value }

  /// Rd to the single or low word `first`, Rn to the next.
  @inline(__always)
  private func setPair(_ op: Op, _ first: UInt8) {
    setSingle(first, register(op.pointee.rd))
    setSingle(first &+ 1, register(op.pointee.rn))
  }

  @inline(__always)
  private func readPair(_ op: Op, _ first: UInt8) {
    setRegister(op.pointee.rd, single(first))
    setRegister(op.pointee.rn, single(first &+ 1))
  }

  // MARK: System registers

  /// Numbers of the system registers (C2.7).
  private enum Number {
    static let fpsid: UInt32 = 0
    static let fpscr: UInt32 = 1
    static let fpexc: UInt32 = 8
    static let fpinst: UInt32 = 9
  }

  /// - Returns: the register's number.
  private func checkVFPRegister(_ op: Op) throws(Fault) -> UInt32 {
    let number = op.pointee.immediate &>> 16 & 15
    let vfp = core.pointee.state.vfp
    let isPrivileged = core.pointee.isPrivileged
    let isEnabled = vfp.fpexc & FPEXC.enable != 0
    let isAllowed =
      switch number {
      case Number.fpsid: vfp.fpsid != 0 && (isPrivileged || isEnabled)
      case Number.fpscr: isEnabled && vfp.fpexc & FPEXC.exceptional == 0
      case Number.fpexc: vfp.fpsid != 0 && isPrivileged
      default: isPrivileged && isEnabled
      }
    guard isAllowed else { throw undefined() }
    return number
  }

  private func readVFPRegister(_ op: Op) throws(Fault) {
    let number = try checkVFPRegister(op)
    let value =
      switch number {
      case Number.fpsid: core.pointee.state.vfp.fpsid
      case Number.fpscr: core.pointee.state.vfp.fpscr
      case Number.fpexc: core.pointee.state.vfp.fpexc
      case Number.fpinst: core.pointee.state.vfp.fpinst
      default: core.pointee.state.vfp.fpinst2
      }
    setRegister(op.pointee.rd, value)
  }

  private func writeVFPRegister(_ op: Op) throws(Fault) {
    let number = try checkVFPRegister(op)
    let value = register(op.pointee.rd)
    switch number {
    // FPSID is what it is.
    case Number.fpsid: break
    case Number.fpscr: core.pointee.state.vfp.fpscr = value & FPSCR.all
    case Number.fpexc: core.pointee.state.vfp.fpexc = value & FPEXC.all
    case Number.fpinst: core.pointee.state.vfp.fpinst = value
    default: core.pointee.state.vfp.fpinst2 = value
    }
  }
}
