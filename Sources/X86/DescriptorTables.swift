import Engine

/// GDTR, IDTR, LDTR and TR (SDM 2 LGDT, LLDT, LTR and their counterparts).
extension CPU {
  static func bindTables(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .lgdt:
      return { c, p in
        leaving(c, p) { cpu, op throws(Fault) in cpu.core.pointee.state.gdtr = try cpu.tableRegister(op) }
      }
    case .lidt:
      return { c, p in
        leaving(c, p) { cpu, op throws(Fault) in cpu.core.pointee.state.idtr = try cpu.tableRegister(op) }
      }
    case .sgdt:
      return { c, p in
        straight(c, p) { cpu, op throws(Fault) in try cpu.storeTable(cpu.core.pointee.state.gdtr, op) }
      }
    case .sidt:
      return { c, p in
        straight(c, p) { cpu, op throws(Fault) in try cpu.storeTable(cpu.core.pointee.state.idtr, op) }
      }
    case .lldt: return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.loadLDT(op) } }
    case .ltr: return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.loadTask(op) } }
    case .sldt:
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.storeSystemSelector(Segment.ldtr, op) } }
    case .str:
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.storeSystemSelector(Segment.tr, op) } }
    default: return nil
    }
  }

  private func tableRegister(_ op: Op) throws(Fault) -> DescriptorTableRegister {
    try requireSupervisor()
    let address = effectiveAddress(op)
    let mask: UInt64 = op.pointee.addressSize == 2 ? 0xffff : 0xffff_ffff
    var register = DescriptorTableRegister()
    register.limit = try load(UInt16.self, segment: op.pointee.segment, address)
    let base = try load(UInt32.self, segment: op.pointee.segment, (address &+ 2) & mask)
    // The 80286's form has 24 bits.
    register.base = UInt64(op.pointee.size == 2 ? base & 0xff_ffff : base)
    return register
  }

  private func storeTable(_ register: DescriptorTableRegister, _ op: Op) throws(Fault) {
    let address = effectiveAddress(op)
    let mask: UInt64 = op.pointee.addressSize == 2 ? 0xffff : 0xffff_ffff
    let second = (address &+ 2) & mask
    try probeStore(UInt32.self, segment: op.pointee.segment, second)
    try store(register.limit, segment: op.pointee.segment, address)
    try store(UInt32(truncatingIfNeeded: register.base), segment: op.pointee.segment, second)
  }

  private func loadLDT(_ op: Op) throws(Fault) {
    guard isProtected else { throw undefined() }
    try requireSupervisor()
    let selector = try first(UInt16.self, op)
    guard selector & 0xfffc != 0 else {
      core.pointee.state.segments[Segment.ldtr] = nullSegment(selector)
      return
    }
    guard selector & 4 == 0 else { throw protection(errorCode(selector)) }
    let found = try descriptor(selector)
    guard !found.isCodeOrData, found.type == Descriptor.System.ldt else { throw protection(errorCode(selector)) }
    guard found.isPresent else { throw raise(Vector.segmentNotPresent, errorCode(selector)) }
    core.pointee.state.segments[Segment.ldtr] = found.register(selector)
  }

  private func loadTask(_ op: Op) throws(Fault) {
    guard isProtected else { throw undefined() }
    try requireSupervisor()
    let selector = try first(UInt16.self, op)
    guard selector & 0xfffc != 0 else { throw protection(0) }
    guard selector & 4 == 0 else { throw protection(errorCode(selector)) }
    var found = try descriptor(selector)
    guard found.isAvailableTSS else { throw protection(errorCode(selector)) }
    guard found.isPresent else { throw raise(Vector.segmentNotPresent, errorCode(selector)) }
    try setBusy(&found, true)
    core.pointee.state.segments[Segment.tr] = found.register(selector)
  }

  private func storeSystemSelector(_ index: Int, _ op: Op) throws(Fault) {
    guard isProtected else { throw undefined() }
    try setFirstSelector(core.pointee.state.segments[index].selector, op)
  }

  // MARK: Asking about descriptors

  static func bindDescriptorQueries(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .lar: return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.loadAccessRights(op) } }
    case .lsl: return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.loadSegmentLimit(op) } }
    case .verr:
      return { c, p in
        straight(c, p) { cpu, op throws(Fault) in
          try cpu.verify(op) { $0.isCodeOrData && (!$0.isCode || $0.isReadableCode) }
        }
      }
    case .verw:
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.verify(op) { $0.isWritableData } } }
    case .arpl: return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.adjustRPL(op) } }
    default: return nil
    }
  }

  /// The descriptor that `selector` names when it is visible from here and passes `isFine`.
  private func visible(_ selector: UInt16, _ isFine: (Descriptor) -> Bool) throws(Fault) -> Descriptor? {
    guard let found = try descriptorIfAny(selector), isFine(found) else { return nil }
    let rpl = UInt8(selector & 3)
    guard found.isConformingCode || (core.pointee.cpl <= found.dpl && rpl <= found.dpl) else { return nil }
    return found
  }

  private func loadAccessRights(_ op: Op) throws(Fault) {
    guard isProtected else { throw undefined() }
    let found = try visible(try second(UInt16.self, op)) { found in
      // Code, data, TSSs, LDTs, call gates and task gates.
      found.isCodeOrData || 0x1a3e >> found.type & 1 != 0
    }
    setZero(found != nil)
    guard let found else { return }
    if op.pointee.size == 2 {
      setRegister(op.pointee.a, UInt16(truncatingIfNeeded: found.high & 0xff00))
    } else {
      setRegister(op.pointee.a, found.high & 0xf0_ff00)
    }
  }

  private func loadSegmentLimit(_ op: Op) throws(Fault) {
    guard isProtected else { throw undefined() }
    let found = try visible(try second(UInt16.self, op)) { found in
      // Only what has a limit: gates have none.
      found.isCodeOrData || 0x0a0e >> found.type & 1 != 0
    }
    setZero(found != nil)
    guard let found else { return }
    if op.pointee.size == 2 {
      setRegister(op.pointee.a, UInt16(truncatingIfNeeded: found.limit))
    } else {
      setRegister(op.pointee.a, found.limit)
    }
  }

  private func verify(_ op: Op, _ isFine: (Descriptor) -> Bool) throws(Fault) {
    guard isProtected else { throw undefined() }
    setZero(try visible(try first(UInt16.self, op), isFine) != nil)
  }

  private func adjustRPL(_ op: Op) throws(Fault) {
    guard isProtected else { throw undefined() }
    let destination = try first(UInt16.self, op)
    let source = register(UInt16.self, op.pointee.b)
    guard destination & 3 < source & 3 else { return setZero(false) }
    try setFirst(destination & ~3 | source & 3, op)
    setZero(true)
  }
}
