public import Engine

/// The registers as GDB names them, and those that it has no name for as the manuals do.
extension ARMCPU {
  private static let banks: [(name: String, mode: Mode)] = [
    ("usr", .user), ("fiq", .fiq), ("irq", .irq), ("svc", .supervisor), ("abt", .abort), ("und", .undefined),
  ]

  public var debugRegisters: [DebugRegister] {
    let state = state
    var all: [DebugRegister] = []
    func add(_ name: String, _ group: DebugRegister.Group, _ value: UInt32) {
      all.append(DebugRegister(name, bits: 32, group, UInt128(value)))
    }
    for index in 0..<13 { add("r\(index)", .general, state.r[index]) }
    add("sp", .general, state.r[13])
    add("lr", .general, state.r[14])
    add("pc", .general, state.pc)
    add("cpsr", .general, state.cpsr)
    if cpuModel.floatingPointID != nil {
      for index in 0..<16 {
        let value = UInt128(state.vfp.s[2 * index + 1]) << 32 | UInt128(state.vfp.s[2 * index])
        all.append(DebugRegister("d\(index)", bits: 64, .float, value))
      }
      add("fpscr", .float, state.vfp.fpscr)
      add("fpexc", .float, state.vfp.fpexc)
    }
    let isFIQ = view.mode == .fiq
    for (name, mode) in Self.banks {
      if mode == .user || mode == .fiq {
        for index in 8..<13 {
          let isPresent = (mode == .fiq) == isFIQ
          add("r\(index)_\(name)", .system, isPresent ? state.r[index] : state.otherHigh[index - 8])
        }
      }
      add("sp_\(name)", .system, state.banks[mode.bank].sp)
      add("lr_\(name)", .system, state.banks[mode.bank].lr)
      if mode.hasSPSR { add("spsr_\(name)", .system, state.banks[mode.bank].spsr) }
    }
    for (name, value) in control(state) { add(name, .system, value) }
    return all
  }

  private func control(_ state: ARMState) -> [(String, UInt32)] {
    [
      ("midr", state.mainID), ("sctlr", state.cp15.control), ("ttbr0", state.cp15.translationTable),
      ("dacr", state.cp15.domainAccess), ("dfsr", state.cp15.dataFaultStatus),
      ("ifsr", state.cp15.instructionFaultStatus), ("far", state.cp15.faultAddress),
      ("fcseidr", state.cp15.processID), ("contextidr", state.cp15.contextID),
    ]
  }

  public func setDebugRegister(_ name: String, _ value: UInt128) -> Bool {
    guard let register = debugRegisters.first(where: { $0.name == name }), value >> UInt128(register.bits) == 0
    else { return false }
    if register.value == value { return true }
    let word = UInt32(truncatingIfNeeded: value)
    switch register.group {
    case .general: return setGeneral(name, word)
    case .float: return setFloat(name, value)
    case .system: return name.contains("_") ? setBanked(name, word) : setControl(name, word)
    case .vector: return false
    }
  }

  private func setGeneral(_ name: String, _ word: UInt32) -> Bool {
    let core = storage.core
    switch name {
    case "sp": core.pointee.state.r[13] = word
    case "lr": core.pointee.state.r[14] = word
    case "pc":
      guard word & (view.isThumb ? 1 : 3) == 0 else { return false }
      core.pointee.state.pc = word
    case "cpsr":
      guard word & (~Flag.all | Flag.j) == 0, Mode(rawValue: UInt8(truncatingIfNeeded: word & Flag.mode)) != nil else {
        return false
      }
      view.setCPSR(word)
      core.pointee.state.pc &= view.isThumb ? ~1 : ~3
    default:
      guard let index = Int(name.dropFirst()) else { return false }
      core.pointee.state.r[index] = word
    }
    return true
  }

  private func setFloat(_ name: String, _ value: UInt128) -> Bool {
    let core = storage.core
    let word = UInt32(truncatingIfNeeded: value)
    switch name {
    case "fpscr":
      guard word & ~FPSCR.all == 0 else { return false }
      core.pointee.state.vfp.fpscr = word
    case "fpexc":
      guard word & ~FPEXC.all == 0 else { return false }
      core.pointee.state.vfp.fpexc = word
    default:
      guard let index = Int(name.dropFirst()) else { return false }
      core.pointee.state.vfp.s[2 * index] = word
      core.pointee.state.vfp.s[2 * index + 1] = UInt32(truncatingIfNeeded: value >> 32)
    }
    return true
  }

  private func setBanked(_ name: String, _ word: UInt32) -> Bool {
    let parts = name.split(separator: "_")
    guard parts.count == 2, let mode = Self.banks.first(where: { $0.name == parts[1] })?.mode else { return false }
    let core = storage.core
    let isPresent = mode.bank == view.mode.bank
    switch parts[0] {
    case "sp":
      core.pointee.state.banks[mode.bank].sp = word
      if isPresent { core.pointee.state.r[13] = word }
    case "lr":
      core.pointee.state.banks[mode.bank].lr = word
      if isPresent { core.pointee.state.r[14] = word }
    case "spsr":
      guard word & ~Flag.all == 0 else { return false }
      core.pointee.state.banks[mode.bank].spsr = word
    default:
      guard let index = Int(parts[0].dropFirst()) else { return false }
      if (mode == .fiq) == (view.mode == .fiq) {
        core.pointee.state.r[index] = word
      } else {
        core.pointee.state.otherHigh[index - 8] = word
      }
    }
    return true
  }

  /// Registers of coprocessor 15, as MCR writes them.
  private func setControl(_ name: String, _ word: UInt32) -> Bool {
    let core = storage.core
    switch name {
    case "sctlr":
      guard word & ~cpuModel.control & ~Control.fixed == 0 else { return false }
      view.setControl(word)
    case "ttbr0":
      guard word & ~CP15State.translationTableMask == 0 else { return false }
      view.setTranslationTable(word)
    case "dacr": view.setDomainAccess(word)
    case "dfsr":
      guard word & ~CP15State.faultStatusMask == 0 else { return false }
      core.pointee.state.cp15.dataFaultStatus = word
    case "ifsr":
      guard word & ~CP15State.faultStatusMask == 0 else { return false }
      core.pointee.state.cp15.instructionFaultStatus = word
    case "far": core.pointee.state.cp15.faultAddress = word
    case "fcseidr":
      guard word & ~CP15State.processIDMask == 0 else { return false }
      view.setProcessID(word)
    case "contextidr": core.pointee.state.cp15.contextID = word
    default: return false
    }
    return true
  }
}
