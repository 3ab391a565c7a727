import Engine

/// MCR and MRC to the system control coprocessor (DDI 0198 2.3) and to Jazelle's registers (DDI 0100 A2.10).
///
/// Chosen where the manuals say UNPREDICTABLE: registers and operations that do not exist read as 0, or as the main
/// ID in register 0, and ignore what is written; so do register 0 and what can only be written. MCR from r15 writes
/// the instruction's address and 8. Locked TLB entries do not outlive an invalidation.
extension CPU {
  /// What executes an instruction of coprocessor 14 or 15; nil where that is an undefined one: all but MCR and MRC,
  /// and other coprocessors.
  static func coprocessor(_ i: Instruction) -> Handler? {
    guard !i.flags.contains(.second) else { return nil }
    switch (i.operation, i.amount) {
    case (.mrc, 15): return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.readControl(op) } }
    case (.mcr, 15): return controlWriter(i)
    case (.mrc, 14) where JazelleRegister(i) != nil:
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.readJazelle(op) } }
    case (.mcr, 14) where JazelleRegister(i) != nil:
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.checkJazelle(op) } }
    default: return nil
    }
  }

  /// A register or operation as `Instruction.immediate` has it: opcode 1 in bits 12-15, CRn in 8-11, opcode 2 in
  /// 4-7, CRm in 0-3.
  private enum Name {
    static let mainID: UInt32 = 0x0000
    static let cacheType: UInt32 = 0x0010
    static let tcmStatus: UInt32 = 0x0020
    static let control: UInt32 = 0x0100
    static let translationTable: UInt32 = 0x0200
    static let domainAccess: UInt32 = 0x0300
    static let dataFaultStatus: UInt32 = 0x0500
    static let instructionFaultStatus: UInt32 = 0x0510
    static let faultAddress: UInt32 = 0x0600
    static let wait: UInt32 = 0x0740
    static let waitAlias: UInt32 = 0x0728
    static let testAndClean: UInt32 = 0x073a
    static let testCleanAndInvalidate: UInt32 = 0x073e
    static let dataLockdown: UInt32 = 0x0900
    static let instructionLockdown: UInt32 = 0x0910
    static let tlbLockdown: UInt32 = 0x0a00
    static let processID: UInt32 = 0x0d00
    static let contextID: UInt32 = 0x0d10
    static let debugOverride: UInt32 = 0x0f00
    static let debugAddress: UInt32 = 0x0f01
    static let regionRemap: UInt32 = 0x0f02
    static let traceControl: UInt32 = 0x1f01
    static let cacheDebug: UInt32 = 0x7f00
    static let mmuDebug: UInt32 = 0x7f01
    static let all: UInt32 = 0xffff
  }

  // MARK: Writes

  /// A write ends its block, so that what it changes counts from the next instruction. Cache operations do nothing:
  /// there is no cache, and stores to code are noticed one by one. So loops of them stay in their block.
  private static func controlWriter(_ i: Instruction) -> Handler {
    let name = i.immediate & Name.all
    // The last of its block goes on like a branch, which is less work than leaving.
    let isLast = i.flags.contains(.endsBlock)
    if name == Name.domainAccess, isLast {
      return { c, p in
        jumping(c, p) { cpu, op throws(Fault) in
          try cpu.checkPrivilege()
          cpu.setDomainAccess(cpu.register(op.pointee.rd))
          cpu.core.pointee.state.pc = cpu.nextAddress(op)
        }
      }
    }
    if i.immediate >> 8 & 15 == 7, name != Name.wait, name != Name.waitAlias {
      guard isLast else { return { c, p in straight(c, p) { cpu, _ throws(Fault) in try cpu.checkPrivilege() } } }
      return { c, p in
        jumping(c, p) { cpu, op throws(Fault) in
          try cpu.checkPrivilege()
          cpu.core.pointee.state.pc = cpu.nextAddress(op)
        }
      }
    }
    return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.writeControl(op) } }
  }

  private func checkPrivilege() throws(Fault) {
    guard core.pointee.isPrivileged else { throw undefined() }
  }

  private func writeControl(_ op: Op) throws(Fault) {
    try checkPrivilege()
    let value = register(op.pointee.rd)
    let name = op.pointee.immediate & Name.all
    switch name {
    case Name.control: setControl(value)
    case Name.translationTable: setTranslationTable(value & CP15State.translationTableMask)
    case Name.domainAccess: setDomainAccess(value)
    case Name.dataFaultStatus: core.pointee.state.cp15.dataFaultStatus = value & CP15State.faultStatusMask
    case Name.instructionFaultStatus:
      core.pointee.state.cp15.instructionFaultStatus = value & CP15State.faultStatusMask
    case Name.faultAddress: core.pointee.state.cp15.faultAddress = value
    case Name.wait, Name.waitAlias: waitForInterrupt()
    case Name.dataLockdown: core.pointee.state.cp15.dataLockdown = value & 0xf | CP15State.lockdownOnes
    case Name.instructionLockdown:
      core.pointee.state.cp15.instructionLockdown = value & 0xf | CP15State.lockdownOnes
    case Name.tlbLockdown: core.pointee.state.cp15.tlbLockdown = value & CP15State.tlbLockdownMask
    case Name.processID: setProcessID(value & CP15State.processIDMask)
    case Name.contextID: core.pointee.state.cp15.contextID = value
    case Name.debugOverride: core.pointee.state.cp15.debugOverride = value
    case Name.debugAddress: core.pointee.state.cp15.debugAddress = value
    case Name.regionRemap: core.pointee.state.cp15.regionRemap = value
    case Name.traceControl: core.pointee.state.cp15.traceControl = value
    case Name.cacheDebug: core.pointee.state.cp15.cacheDebug = value
    case Name.mmuDebug: core.pointee.state.cp15.mmuDebug = value
    // One TLB serves instructions (CRm 5), data (6) and both (7).
    case 0x0805, 0x0806, 0x0807: flushTLB()
    case 0x0815, 0x0816, 0x0817: flushTLB(address: value)
    default: break
    }
  }

  /// Register 1: a new map counts from the next instruction, and forgets what was known of the old one.
  func setControl(_ value: UInt32) {
    let old = core.pointee.state.cp15.control
    let new = value & owner.cpuModel.control | Control.fixed
    if old != new { logTranslation(.control(register: "control", value: UInt64(new))) }
    core.pointee.state.cp15.control = new
    if (old ^ new) & Control.translation != 0 { flushTLB() }
  }

  /// Register 2. The hardware would keep its translations until told; without them no guest can see a difference
  /// between a machine that was moved here and one that was not.
  func setTranslationTable(_ value: UInt32) {
    guard core.pointee.state.cp15.translationTable != value else { return }
    core.pointee.state.cp15.translationTable = value
    logTranslation(.control(register: "ttbr", value: UInt64(value)))
    flushTLB()
  }

  /// Register 13: the TLB here has virtual addresses before they are modified.
  func setProcessID(_ value: UInt32) {
    guard core.pointee.state.cp15.processID != value else { return }
    core.pointee.state.cp15.processID = value
    logTranslation(.control(register: "fcse", value: UInt64(value)))
    flushTLB()
  }

  /// Ends at once where FIQ or IRQ is high, masked or not.
  private func waitForInterrupt() {
    if !core.pointee.state.irq, !core.pointee.state.fiq { core.pointee.state.activity = .waiting }
  }

  // MARK: Reads

  private func readControl(_ op: Op) throws(Fault) {
    try checkPrivilege()
    let value = controlRegister(op.pointee.immediate & Name.all)
    // To r15: the condition flags.
    if op.pointee.rd == Self.pc { setConditionFlags(value) } else { setRegister(op.pointee.rd, value) }
  }

  private func controlRegister(_ name: UInt32) -> UInt32 {
    switch name {
    case Name.cacheType: return owner.cpuModel.cacheType
    case Name.tcmStatus: return owner.cpuModel.tcmStatus
    case Name.control: return core.pointee.state.cp15.control
    case Name.translationTable: return core.pointee.state.cp15.translationTable
    case Name.domainAccess: return core.pointee.state.cp15.domainAccess
    case Name.dataFaultStatus: return core.pointee.state.cp15.dataFaultStatus
    case Name.instructionFaultStatus: return core.pointee.state.cp15.instructionFaultStatus
    case Name.faultAddress: return core.pointee.state.cp15.faultAddress
    // Z: nothing is dirty.
    case Name.testAndClean, Name.testCleanAndInvalidate: return Flag.z
    case Name.dataLockdown: return core.pointee.state.cp15.dataLockdown
    case Name.instructionLockdown: return core.pointee.state.cp15.instructionLockdown
    case Name.tlbLockdown: return core.pointee.state.cp15.tlbLockdown
    case Name.processID: return core.pointee.state.cp15.processID
    case Name.contextID: return core.pointee.state.cp15.contextID
    case Name.debugOverride: return core.pointee.state.cp15.debugOverride
    case Name.debugAddress: return core.pointee.state.cp15.debugAddress
    case Name.regionRemap: return core.pointee.state.cp15.regionRemap
    case Name.traceControl: return core.pointee.state.cp15.traceControl
    case Name.cacheDebug: return core.pointee.state.cp15.cacheDebug
    case Name.mmuDebug: return core.pointee.state.cp15.mmuDebug
    default: return name >> 8 == 0 ? core.pointee.state.mainID : 0
    }
  }

  // MARK: Jazelle

  /// Jazelle's registers, of opcode 1 7 in coprocessor 14. The trivial implementation's read as 0 and ignore what is
  /// written.
  private enum JazelleRegister {
    case identity, control, configuration

    init?(_ i: Instruction) {
      switch i.immediate & Name.all {
      case 0x7000: self = .identity
      case 0x7100: self = .control
      case 0x7200: self = .configuration
      default: return nil
      }
    }
  }

  /// The operating system's control register is not for users.
  private func checkJazelle(_ op: Op) throws(Fault) {
    if JazelleRegister(op.pointee) == .control { try checkPrivilege() }
  }

  private func readJazelle(_ op: Op) throws(Fault) {
    try checkJazelle(op)
    if op.pointee.rd == Self.pc { setConditionFlags(0) } else { setRegister(op.pointee.rd, 0) }
  }
}
