import Engine

/// Numbers of model-specific registers (SDM 4).
enum ModelSpecific {
  static let timeStamp: UInt32 = 0x10
  static let platformID: UInt32 = 0x17
  static let apicBase: UInt32 = 0x1b
  static let tscAdjust: UInt32 = 0x3b
  static let speculationControl: UInt32 = 0x48
  static let predictionCommand: UInt32 = 0x49
  static let microcodeTrigger: UInt32 = 0x79
  static let microcode: UInt32 = 0x8b
  static let mtrrCapabilities: UInt32 = 0xfe
  static let archCapabilities: UInt32 = 0x10a
  static let sysenterCS: UInt32 = 0x174
  static let sysenterESP: UInt32 = 0x175
  static let sysenterEIP: UInt32 = 0x176
  static let machineCheckCapabilities: UInt32 = 0x179
  static let machineCheckStatus: UInt32 = 0x17a
  static let miscEnable: UInt32 = 0x1a0
  static let debugControl: UInt32 = 0x1d9
  static let pat: UInt32 = 0x277
  static let mtrrDefaultType: UInt32 = 0x2ff
  static let tscDeadline: UInt32 = 0x6e0
  static let efer: UInt32 = 0xc000_0080
  static let tscAux: UInt32 = 0xc000_0103
}

/// RDMSR, WRMSR, RDTSC (SDM 2, 3B 18.17).
extension CPU {
  static func bindModelSpecific(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .cpuid: return { c, p in leaving(c, p) { cpu, _ in cpu.cpuid() } }
    case .rdtsc: return { c, p in leaving(c, p) { cpu, _ throws(Fault) in try cpu.readTimeStamp() } }
    case .rdtscp:
      return { c, p in
        leaving(c, p) { cpu, _ throws(Fault) in
          try cpu.readTimeStamp()
          cpu.setRegister(CPU.rcx, UInt32(truncatingIfNeeded: cpu.core.pointee.state.msr.tscAux))
        }
      }
    // No model has performance counters: whichever is asked for does not exist.
    case .rdpmc: return { c, p in straight(c, p) { cpu, _ throws(Fault) in throw cpu.protection(0) } }
    case .rdmsr: return { c, p in leaving(c, p) { cpu, _ throws(Fault) in try cpu.readModelSpecific() } }
    case .wrmsr: return { c, p in leaving(c, p) { cpu, _ throws(Fault) in try cpu.writeModelSpecific() } }
    default: return nil
    }
  }

  /// The machine's time in ticks of 1 GHz, before the guest's offset.
  private var ticks: UInt64 { UInt64(bitPattern: owner.clock.now) }

  /// The time stamp counter.
  var timeStamp: UInt64 { ticks &+ core.pointee.state.msr.tscOffset }

  private func setPair(_ value: UInt64) {
    setRegister(Self.rax, UInt32(truncatingIfNeeded: value))
    setRegister(Self.rdx, UInt32(truncatingIfNeeded: value >> 32))
  }

  private func readTimeStamp() throws(Fault) {
    if core.pointee.state.cr4 & CR4.tsd != 0, core.pointee.cpl != 0 { throw protection(0) }
    setPair(timeStamp)
  }

  private func readModelSpecific() throws(Fault) {
    try requireSupervisor()
    guard let value = modelSpecific(register(UInt32.self, Self.rcx)) else { throw protection(0) }
    setPair(value)
  }

  private func writeModelSpecific() throws(Fault) {
    try requireSupervisor()
    let value = UInt64(register(UInt32.self, Self.rax)) | UInt64(register(UInt32.self, Self.rdx)) << 32
    guard setModelSpecific(register(UInt32.self, Self.rcx), value) else { throw protection(0) }
  }

  private func has(_ feature: CPUFeatures) -> Bool { owner.cpuModel.features.contains(feature) }

  /// The flaws of speculation that an emulator cannot have, as IA32_ARCH_CAPABILITIES names them: RDCL_NO,
  /// IBRS_ALL, SKIP_L1DFL, SSB_NO, MDS_NO, PSCHANGE_MC_NO, TAA_NO, SBDR_SSDP_NO, FBSDP_NO, PSDP_NO, BHI_NO,
  /// PBRSB_NO, GDS_NO, RFDS_NO, ITS_NO.
  private static let absentFlaws: UInt64 = {
    [0, 1, 3, 4, 5, 6, 8, 13, 14, 15, 20, 24, 26, 27, 62].reduce(0) { $0 | 1 << UInt64($1) }
  }()

  /// RDMSR; nil is #GP.
  func modelSpecific(_ number: UInt32) -> UInt64? {
    let msr = core.pointee.state.msr
    switch number {
    case ModelSpecific.timeStamp: return timeStamp
    case ModelSpecific.apicBase, ModelSpecific.tscDeadline, 0x800...0x8ff: return owner.interrupts?.readMSR(number)
    case ModelSpecific.platformID, ModelSpecific.debugControl: return 0
    case ModelSpecific.tscAdjust: return has(.tscAdjust) ? msr.tscAdjust : nil
    case ModelSpecific.speculationControl: return has(.speculationControl) ? msr.speculationControl : nil
    case ModelSpecific.archCapabilities: return has(.archCapabilities) ? Self.absentFlaws : nil
    case ModelSpecific.microcode: return msr.microcode
    case ModelSpecific.sysenterCS: return msr.sysenterCS
    case ModelSpecific.sysenterESP: return msr.sysenterESP
    case ModelSpecific.sysenterEIP: return msr.sysenterEIP
    // No banks of error registers.
    case ModelSpecific.machineCheckCapabilities: return 0
    case ModelSpecific.machineCheckStatus: return msr.machineCheckStatus
    case ModelSpecific.miscEnable: return msr.miscEnable
    case ModelSpecific.pat: return msr.pat
    case ModelSpecific.efer: return has(.nx) ? msr.efer : nil
    case ModelSpecific.tscAux: return has(.rdtscp) ? msr.tscAux : nil
    default: return memoryType(number)
    }
  }

  /// WRMSR; false, with nothing changed, is #GP.
  func setModelSpecific(_ number: UInt32, _ value: UInt64) -> Bool {
    switch number {
    case ModelSpecific.timeStamp:
      let change = value &- timeStamp
      core.pointee.state.msr.tscOffset &+= change
      core.pointee.state.msr.tscAdjust &+= change
      owner.interrupts?.timeStampChanged()
    case ModelSpecific.tscAdjust:
      guard has(.tscAdjust) else { return false }
      core.pointee.state.msr.tscOffset &+= value &- core.pointee.state.msr.tscAdjust
      core.pointee.state.msr.tscAdjust = value
      owner.interrupts?.timeStampChanged()
    case ModelSpecific.apicBase, ModelSpecific.tscDeadline, 0x800...0x8ff:
      return owner.interrupts?.writeMSR(number, value) ?? false
    case ModelSpecific.speculationControl:
      guard has(.speculationControl), value & ~1 == 0 else { return false }
      core.pointee.state.msr.speculationControl = value
    case ModelSpecific.predictionCommand: return has(.speculationControl) && value & ~1 == 0
    case ModelSpecific.microcodeTrigger: return true
    case ModelSpecific.microcode: return true
    case ModelSpecific.debugControl: return value == 0
    case ModelSpecific.sysenterCS: core.pointee.state.msr.sysenterCS = value & 0xffff_ffff
    case ModelSpecific.sysenterESP: core.pointee.state.msr.sysenterESP = value & 0xffff_ffff
    case ModelSpecific.sysenterEIP: core.pointee.state.msr.sysenterEIP = value & 0xffff_ffff
    case ModelSpecific.machineCheckStatus:
      guard value == 0 else { return false }
      core.pointee.state.msr.machineCheckStatus = 0
    case ModelSpecific.miscEnable: core.pointee.state.msr.miscEnable = value & Self.miscEnableBits
    case ModelSpecific.pat:
      guard (0..<8).allSatisfy({ 0xf3 >> (value >> UInt64($0 * 8) & 0xff) & 1 != 0 }) else { return false }
      core.pointee.state.msr.pat = value
    case ModelSpecific.efer: return setEFER(value)
    case ModelSpecific.tscAux:
      guard has(.rdtscp), value >> 32 == 0 else { return false }
      core.pointee.state.msr.tscAux = value
    default: return setMemoryType(number, value)
    }
    return true
  }

  /// IA32_MISC_ENABLE: fast strings, thermal control, SpeedStep, MONITOR, CPUID limit, xTPR, XD disable.
  private static let miscEnableBits: UInt64 = 0x4_00c5_0009

  private func setEFER(_ value: UInt64) -> Bool {
    let noExecute: UInt64 = 0x800
    guard has(.nx), value & ~noExecute == 0 else { return false }
    if (core.pointee.state.msr.efer ^ value) & noExecute != 0 {
      core.pointee.state.msr.efer = value
      flushTLB(keepGlobal: false)
    }
    return true
  }
}
