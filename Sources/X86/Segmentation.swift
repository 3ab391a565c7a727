import Engine

/// Segment registers (SDM 3A chapters 3 and 5).
extension CPU {
  enum Segment {
    static let es = 0
    static let cs = 1
    static let ss = 2
    static let ds = 3
    static let fs = 4
    static let gs = 5
    static let ldtr = 6
    static let tr = 7
  }

  /// An error code that names `selector`.
  @inline(__always)
  func errorCode(_ selector: UInt16, _ external: UInt32 = 0) -> UInt32 { UInt32(selector & 0xfffc) | external }

  /// Reads a descriptor that may be looked at without a fault: nil where the selector is null or leads outside
  /// its table.
  ///
  /// - Throws: what reading the table raises.
  func descriptorIfAny(_ selector: UInt16) throws(Fault) -> Descriptor? {
    let state = core
    let base: UInt64
    let limit: UInt32
    if selector & 4 != 0 {
      let ldt = state.pointee.state.segments[Segment.ldtr]
      guard ldt.isUsable else { return nil }
      base = ldt.base
      limit = ldt.limit
    } else {
      guard selector & 0xfffc != 0 else { return nil }
      base = state.pointee.state.gdtr.base
      limit = UInt32(state.pointee.state.gdtr.limit)
    }
    guard UInt32(selector | 7) <= limit else { return nil }
    let address = base &+ UInt64(selector & 0xfff8)
    let raw = try loadSystem(UInt64.self, linear: address)
    return Descriptor(
      low: UInt32(truncatingIfNeeded: raw), high: UInt32(truncatingIfNeeded: raw >> 32), address: address)
  }

  /// Reads the descriptor of a selector that is not null.
  ///
  /// - Throws: `vector` with the selector when it leads outside its table.
  func descriptor(
    _ selector: UInt16, orRaise vector: UInt8 = Vector.protection, external: UInt32 = 0
  ) throws(Fault) -> Descriptor {
    guard let descriptor = try descriptorIfAny(selector) else {
      throw raise(vector, errorCode(selector, external))
    }
    return descriptor
  }

  /// Sets the accessed bit, in the table and in `descriptor`.
  func markAccessed(_ descriptor: inout Descriptor) throws(Fault) {
    guard !descriptor.isAccessed else { return }
    descriptor.high |= 0x100
    try storeSystem(UInt8(truncatingIfNeeded: descriptor.high >> 8), linear: descriptor.address &+ 5)
  }

  /// Sets or clears the busy bit of a TSS descriptor in its table.
  func setBusy(_ descriptor: inout Descriptor, _ busy: Bool) throws(Fault) {
    descriptor.high = busy ? descriptor.high | 0x200 : descriptor.high & ~0x200
    try storeSystem(UInt8(truncatingIfNeeded: descriptor.high >> 8), linear: descriptor.address &+ 5)
  }

  /// Writes a segment register's visible and hidden part.
  func setSegment(_ index: Int, _ register: SegmentRegister) {
    core.pointee.state.segments[index] = register
    if index == Segment.cs || index == Segment.ss { refreshMode() } else if index < 6 { refreshAccess(index) }
  }

  /// Loads ES, SS, DS, FS or GS by selector (SDM 2 MOV).
  func loadSegment(_ index: Int, _ selector: UInt16) throws(Fault) {
    guard isProtected else { return setSegment(index, realSegment(index, selector)) }
    setSegment(index, try checkedSegment(index, selector, cpl: core.pointee.cpl))
  }

  /// What ES, SS, DS, FS or GS holds after a load of `selector` at privilege level `cpl`.
  func checkedSegment(
    _ index: Int, _ selector: UInt16, cpl: UInt8, orRaise vector: UInt8 = Vector.protection, external: UInt32 = 0
  ) throws(Fault) -> SegmentRegister {
    if index == Segment.ss {
      return try checkedStack(selector, cpl: cpl, orRaise: vector, external: external)
    }
    guard selector & 0xfffc != 0 else { return nullSegment(selector) }
    var found = try descriptor(selector, orRaise: vector, external: external)
    let rpl = UInt8(selector & 3)
    guard found.isCodeOrData, !found.isCode || found.isReadableCode,
      found.isConformingCode || (rpl <= found.dpl && cpl <= found.dpl)
    else { throw raise(vector, errorCode(selector, external)) }
    guard found.isPresent else { throw raise(Vector.segmentNotPresent, errorCode(selector, external)) }
    try markAccessed(&found)
    return found.register(selector)
  }

  /// What SS holds after a load of `selector` for a stack at privilege level `cpl`.
  func checkedStack(
    _ selector: UInt16, cpl: UInt8, orRaise vector: UInt8, external: UInt32 = 0
  ) throws(Fault) -> SegmentRegister {
    guard selector & 0xfffc != 0 else { throw raise(vector, external) }
    var found = try descriptor(selector, orRaise: vector, external: external)
    guard UInt8(selector & 3) == cpl, found.isWritableData, found.dpl == cpl else {
      throw raise(vector, errorCode(selector, external))
    }
    guard found.isPresent else { throw raise(Vector.stack, errorCode(selector, external)) }
    try markAccessed(&found)
    return found.register(selector)
  }

  /// A data segment register with a null selector: every access faults.
  func nullSegment(_ selector: UInt16) -> SegmentRegister {
    SegmentRegister(selector: selector, attributes: SegmentRegister.unusable, base: 0, limit: 0)
  }

  /// A segment register after a load in real or virtual-8086 mode.
  ///
  /// Real mode changes the base alone: a limit loaded in protected mode stays.
  func realSegment(_ index: Int, _ selector: UInt16) -> SegmentRegister {
    let base = UInt64(selector) << 4
    if isVM86 { return SegmentRegister(selector: selector, attributes: 0xf3, base: base, limit: 0xffff) }
    var register = core.pointee.state.segments[index]
    if !register.isUsable { register.limit = 0xffff }
    register.attributes = register.attributes & 0xd000 | (index == Segment.cs ? 0x9b : 0x93)
    register.selector = selector
    register.base = base
    return register
  }

  /// Nulls the data segment registers that a less privileged level may not keep (SDM 2 RET and IRET).
  func dropPrivilegedSegments() {
    for index in 0..<6 where index != Segment.cs && index != Segment.ss {
      let register = core.pointee.state.segments[index]
      guard register.isUsable, UInt8(truncatingIfNeeded: register.dpl) < core.pointee.cpl,
        !(register.isCode && register.isConformingOrExpandDown)
      else { continue }
      setSegment(index, nullSegment(0))
    }
  }

  // MARK: Instructions

  /// MOV to a segment register, POP and LES and the like, by what they do to it.
  static func bindSegments(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .movFromSegment:
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.movFromSegment(op) } }
    case .movToSegment:
      guard i.a != Segment.ss else {
        return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.movToSegment(op) } }
      }
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.movToSegment(op) } }
    case .pushSegment:
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.pushSegment(op) } }
    case .popSegment:
      guard i.a != Segment.ss else {
        return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.popSegment(op) } }
      }
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.popSegment(op) } }
    case .les:
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.loadFarPointer(op, Segment.es) } }
    case .lds:
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.loadFarPointer(op, Segment.ds) } }
    case .lss:
      return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.loadFarPointer(op, Segment.ss) } }
    case .lfs:
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.loadFarPointer(op, Segment.fs) } }
    case .lgs:
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.loadFarPointer(op, Segment.gs) } }
    default: return nil
    }
  }

  /// Writes a 16-bit system register to the first operand: two bytes of memory, a whole register.
  func setFirstSelector(_ value: UInt16, _ op: Op) throws(Fault) {
    if op.pointee.memory == .first {
      try store(value, op)
    } else if op.pointee.size == 2 {
      setRegister(op.pointee.a, value)
    } else {
      setRegister(op.pointee.a, UInt32(value))
    }
  }

  private func movFromSegment(_ op: Op) throws(Fault) {
    guard op.pointee.b < 6 else { throw undefined() }
    try setFirstSelector(core.pointee.state.segments[Int(op.pointee.b)].selector, op)
  }

  private func movToSegment(_ op: Op) throws(Fault) {
    let index = Int(op.pointee.a)
    guard index < 6, index != Segment.cs else { throw undefined() }
    try loadSegment(index, try second(UInt16.self, op))
    if index == Segment.ss { shadowInterrupts() }
  }

  private func pushSegment(_ op: Op) throws(Fault) {
    guard op.pointee.a < 6 else { throw undefined() }
    let selector = core.pointee.state.segments[Int(op.pointee.a)].selector
    if op.pointee.size == 2 { try push(selector) } else { try push(UInt32(selector)) }
  }

  private func popSegment(_ op: Op) throws(Fault) {
    let index = Int(op.pointee.a)
    guard index < 6, index != Segment.cs else { throw undefined() }
    let mask = core.pointee.stackMask
    let old = core.pointee.state.gpr[4]
    let selector = try load(UInt16.self, segment: 2, old & mask)
    try loadSegment(index, selector)
    core.pointee.state.gpr[4] = (old & ~mask) | ((old &+ UInt64(op.pointee.size)) & mask)
    if index == Segment.ss { shadowInterrupts() }
  }

  private func loadFarPointer(_ op: Op, _ index: Int) throws(Fault) {
    let pointer = try farPointer(op)
    try loadSegment(index, pointer.selector)
    if op.pointee.size == 2 {
      setRegister(op.pointee.a, UInt16(truncatingIfNeeded: pointer.offset))
    } else {
      setRegister(op.pointee.a, UInt32(truncatingIfNeeded: pointer.offset))
    }
  }

  /// The far pointer in memory, or in the instruction.
  func farPointer(_ op: Op) throws(Fault) -> (selector: UInt16, offset: UInt64) {
    guard op.pointee.memory != .none else {
      let offset = op.pointee.size == 2 ? op.pointee.immediate & 0xffff : op.pointee.immediate & 0xffff_ffff
      return (UInt16(truncatingIfNeeded: op.pointee.displacement), offset)
    }
    let address = effectiveAddress(op)
    let mask: UInt64 = op.pointee.addressSize == 2 ? 0xffff : 0xffff_ffff
    let segment = op.pointee.segment
    let offset: UInt64
    if op.pointee.size == 2 {
      offset = UInt64(try load(UInt16.self, segment: segment, address))
    } else {
      offset = UInt64(try load(UInt32.self, segment: segment, address))
    }
    let selector = try load(UInt16.self, segment: segment, (address &+ UInt64(op.pointee.size)) & mask)
    return (selector, offset)
  }

  /// Holds interrupts and debug traps back until the next instruction is done.
  func shadowInterrupts() {
    core.pointee.state.interruptShadow = true
    core.pointee.state.pendingDebug |= DebugStatus.held
    refreshPending()
  }
}
