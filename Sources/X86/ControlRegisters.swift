import Engine

/// Control registers (SDM 3A 2.5).
extension CPU {
  enum CR0 {
    static let protection: UInt64 = 1
    static let taskSwitched: UInt64 = 8
    static let extensionType: UInt64 = 0x10
    static let writeProtect: UInt64 = 1 << 16
    static let alignmentMask: UInt64 = 1 << 18
    static let notWriteThrough: UInt64 = 1 << 29
    static let cacheDisable: UInt64 = 1 << 30
    static let paging: UInt64 = 1 << 31
    /// Bits that can be written.
    static let writable: UInt64 = 0xe005_002f
  }

  enum CR4 {
    static let vme: UInt64 = 1 << 0
    static let pvi: UInt64 = 1 << 1
    static let tsd: UInt64 = 1 << 2
    static let de: UInt64 = 1 << 3
    static let pse: UInt64 = 1 << 4
    static let pae: UInt64 = 1 << 5
    static let mce: UInt64 = 1 << 6
    static let pge: UInt64 = 1 << 7
    static let pce: UInt64 = 1 << 8
    static let osfxsr: UInt64 = 1 << 9
    static let osxmmexcpt: UInt64 = 1 << 10
  }

  static func bindControl(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .movFromControl:
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.movFromControl(op) } }
    case .movToControl:
      return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.movToControl(op) } }
    case .clts:
      return { c, p in
        leaving(c, p) { cpu, _ throws(Fault) in
          try cpu.requireSupervisor()
          cpu.core.pointee.state.cr0 &= ~CR0.taskSwitched
        }
      }
    case .lmsw: return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.loadMachineStatus(op) } }
    case .smsw: return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.storeMachineStatus(op) } }
    default: return nil
    }
  }

  private func movFromControl(_ op: Op) throws(Fault) {
    let value: UInt64
    switch op.pointee.b {
    case 0: value = core.pointee.state.cr0
    case 2: value = core.pointee.state.cr2
    case 3: value = core.pointee.state.cr3
    case 4: value = core.pointee.state.cr4
    default: throw undefined()
    }
    try requireSupervisor()
    setRegister(op.pointee.a, UInt32(truncatingIfNeeded: value))
  }

  private func movToControl(_ op: Op) throws(Fault) {
    let value = UInt64(register(UInt32.self, op.pointee.b))
    switch op.pointee.a {
    case 0, 2, 3, 4: try requireSupervisor()
    default: throw undefined()
    }
    switch op.pointee.a {
    case 0: try setCR0(value)
    case 2: core.pointee.state.cr2 = value
    case 3: try setCR3(value)
    default: try setCR4(value)
    }
  }

  func setCR0(_ value: UInt64) throws(Fault) {
    let old = core.pointee.state.cr0
    let new = value & CR0.writable | CR0.extensionType
    guard new & CR0.paging == 0 || new & CR0.protection != 0,
      new & CR0.notWriteThrough == 0 || new & CR0.cacheDisable != 0
    else { throw protection(0) }
    let changed = old ^ new
    if new & CR0.paging != 0, core.pointee.state.cr4 & CR4.pae != 0,
      changed & (CR0.paging | CR0.cacheDisable | CR0.notWriteThrough) != 0
    {
      guard try loadPageDirectoryPointers(core.pointee.state.cr3) else { throw protection(0) }
    }
    core.pointee.state.cr0 = new
    if changed != 0 { logTranslation(.control(register: "cr0", value: new)) }
    if changed & (CR0.paging | CR0.writeProtect | CR0.protection) != 0 { flushTLB(keepGlobal: false) }
    if changed & CR0.protection != 0 { refreshMode() }
  }

  func setCR3(_ value: UInt64) throws(Fault) {
    if core.pointee.state.cr0 & CR0.paging != 0, core.pointee.state.cr4 & CR4.pae != 0 {
      guard try loadPageDirectoryPointers(value) else { throw protection(0) }
    }
    core.pointee.state.cr3 = value
    logTranslation(.control(register: "cr3", value: value))
    flushTLB(keepGlobal: true)
  }

  /// The bits of CR4 that the CPU model has.
  private var knownCR4: UInt64 {
    let features = owner.cpuModel.features
    var known: UInt64 = 0
    if features.contains(.vme) { known |= CR4.vme | CR4.pvi }
    if features.contains(.tsc) { known |= CR4.tsd }
    if features.contains(.de) { known |= CR4.de }
    if features.contains(.pse) { known |= CR4.pse }
    if features.contains(.pae) { known |= CR4.pae }
    if features.contains(.mce) { known |= CR4.mce }
    if features.contains(.pge) { known |= CR4.pge }
    if features.contains(.msr) { known |= CR4.pce }
    if features.contains(.fxsr) { known |= CR4.osfxsr }
    if features.contains(.sse) { known |= CR4.osxmmexcpt }
    return known
  }

  func setCR4(_ value: UInt64) throws(Fault) {
    guard value & ~knownCR4 == 0 else { throw protection(0) }
    let changed = core.pointee.state.cr4 ^ value
    let paging = CR4.pse | CR4.pae | CR4.pge
    if value & CR4.pae != 0, core.pointee.state.cr0 & CR0.paging != 0, changed & paging != 0 {
      guard try loadPageDirectoryPointers(core.pointee.state.cr3) else { throw protection(0) }
    }
    core.pointee.state.cr4 = value
    if changed != 0 { logTranslation(.control(register: "cr4", value: value)) }
    if changed & paging != 0 { flushTLB(keepGlobal: false) }
  }

  /// Loads the four page-directory-pointer entries (SDM 3A 4.4.1); false, with nothing changed, when a present
  /// one has reserved bits set.
  func loadPageDirectoryPointers(_ cr3: UInt64) throws(Fault) -> Bool {
    let reserved: UInt64 = 0x1e6 | ~((1 << Self.physicalBits) - 1)
    var entries = InlineArray<4, UInt64>(repeating: 0)
    for index in 0..<4 {
      let address = ((cr3 & 0xffff_ffe0) &+ UInt64(index * 8)) & physicalAddressMask
      entries[index] = owner.memory.read(address, width: 8)
      guard entries[index] & 1 == 0 || entries[index] & reserved == 0 else { return false }
    }
    core.pointee.state.pdpte = entries
    return true
  }

  /// LMSW can set PE but not clear it.
  private func loadMachineStatus(_ op: Op) throws(Fault) {
    try requireSupervisor()
    let value = UInt64(try first(UInt16.self, op))
    let old = core.pointee.state.cr0
    try setCR0((old & ~0xe) | (value & 0xf) | (old & CR0.protection))
  }

  private func storeMachineStatus(_ op: Op) throws(Fault) {
    let value = core.pointee.state.cr0
    if op.pointee.memory == .first {
      try store(UInt16(truncatingIfNeeded: value), op)
    } else if op.pointee.size == 2 {
      setRegister(op.pointee.a, UInt16(truncatingIfNeeded: value))
    } else {
      setRegister(op.pointee.a, UInt32(truncatingIfNeeded: value))
    }
  }
}
