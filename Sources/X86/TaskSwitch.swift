/// Hardware task switches (SDM 3A chapter 7).
extension CPU {
  enum TaskSwitch { case jump, call, interrupt, `return` }

  /// Offsets in a task state segment (SDM 3A figures 7-2 and 7-10).
  private struct Layout {
    let isWide: Bool
    /// Bytes of a field.
    var size: Int { isWide ? 4 : 2 }
    /// Where EIP, EFLAGS, EAX and so on begin.
    var registers: UInt64 { isWide ? 0x20 : 0x0e }
    var selectors: UInt64 { isWide ? 0x48 : 0x22 }
    var selectorCount: Int { isWide ? 6 : 4 }
    var ldt: UInt64 { isWide ? 0x60 : 0x2a }
    /// The least limit.
    var limit: UInt32 { isWide ? 0x67 : 0x2b }
  }

  /// What a new task's TSS holds.
  private struct TaskImage {
    var cr3: UInt64 = 0
    var rip: UInt64 = 0
    var flags: UInt64 = 0
    var gpr = InlineArray<8, UInt64>(repeating: 0)
    /// ES, CS, SS, DS, FS, GS.
    var selectors = InlineArray<6, UInt16>(repeating: 0)
    var ldt: UInt16 = 0
    var trap = false
  }

  /// A task switch by JMP, CALL or IRET. What goes wrong after the point of no return belongs to the new task
  /// and is delivered there.
  func switchTask(_ selector: UInt16, _ how: TaskSwitch, next: UInt64) throws(Fault) {
    let image = try commitTask(selector, how, next: next, external: 0, setsResume: false)
    do {
      try loadTask(image, external: 0)
    } catch {
      deliver(core.pointee.fault)
    }
  }

  /// A task switch by an interrupt: faults in the new task are faults of the delivery.
  func enterTask(
    _ selector: UInt16, _ how: TaskSwitch, next: UInt64, external: UInt32, setsResume: Bool
  ) throws(Fault) {
    let image = try commitTask(selector, how, next: next, external: external, setsResume: setsResume)
    try loadTask(image, external: external)
  }

  /// IRET with NT set: back to the task that the present TSS links to.
  func returnFromTask(next: UInt64) throws(Fault) {
    let link = try loadSystem(UInt16.self, linear: core.pointee.state.segments[Segment.tr].base)
    try switchTask(link, .return, next: next)
  }

  // MARK: Up to the point of no return

  private func commitTask(
    _ selector: UInt16, _ how: TaskSwitch, next: UInt64, external: UInt32, setsResume: Bool
  ) throws(Fault) -> TaskImage {
    // The wrong kind of TSS is #TS when a return finds it, else #GP.
    let wrong = how == .return ? Vector.invalidTSS : Vector.protection
    guard selector & 4 == 0, selector & 0xfffc != 0 else { throw raise(wrong, errorCode(selector, external)) }
    var target = try descriptor(selector, orRaise: wrong, external: external)
    guard how == .return ? target.isBusyTSS : target.isAvailableTSS else {
      throw raise(wrong, errorCode(selector, external))
    }
    guard target.isPresent else { throw raise(Vector.segmentNotPresent, errorCode(selector, external)) }
    let new = Layout(isWide: target.type & 8 != 0)
    guard target.limit >= new.limit else { throw raise(Vector.invalidTSS, errorCode(selector, external)) }

    let state = core
    let old = state.pointee.state.segments[Segment.tr]
    let oldLayout = Layout(isWide: old.type & 8 != 0)
    // All that will be touched must be there before the first write.
    try probe(target.base, width: Int(new.limit) + 1, writing: false, user: false)
    if how == .call || how == .interrupt { try probe(target.base, width: 2, writing: true, user: false) }
    try probe(old.base, width: Int(oldLayout.limit) + 1, writing: true, user: false)
    let image = try readTask(target.base, new)
    if how != .return { try probe(target.address, width: 8, writing: true, user: false) }
    var flags = rflags & ~Flag.resume
    if setsResume { flags |= Flag.resume }
    if how == .return { flags &= ~Flag.nestedTask }
    if how == .jump || how == .return {
      if var oldDescriptor = try descriptorIfAny(old.selector) { try setBusy(&oldDescriptor, false) }
    }
    try saveTask(old.base, oldLayout, next: next, flags: flags)

    // From here on everything happens in the new task.
    var result = image
    if how == .call || how == .interrupt {
      try storeSystem(old.selector, linear: target.base)
      result.flags |= Flag.nestedTask
    }
    if how != .return { try setBusy(&target, true) }
    target.high |= 0x200
    state.pointee.state.segments[Segment.tr] = target.register(selector)
    state.pointee.state.cr0 |= 8
    return result
  }

  private func saveTask(_ base: UInt64, _ layout: Layout, next: UInt64, flags: UInt64) throws(Fault) {
    try saveField(next, base &+ layout.registers, layout)
    try saveField(flags, base &+ layout.registers &+ UInt64(layout.size), layout)
    for index in 0..<8 {
      let at = layout.registers &+ UInt64((index + 2) * layout.size)
      try saveField(core.pointee.state.gpr[index], base &+ at, layout)
    }
    for index in 0..<layout.selectorCount {
      let selector = core.pointee.state.segments[index].selector
      try storeSystem(selector, linear: base &+ layout.selectors &+ UInt64(index * layout.size))
    }
  }

  private func saveField(_ value: UInt64, _ linear: UInt64, _ layout: Layout) throws(Fault) {
    if layout.isWide {
      try storeSystem(UInt32(truncatingIfNeeded: value), linear: linear)
    } else {
      try storeSystem(UInt16(truncatingIfNeeded: value), linear: linear)
    }
  }

  private func readTask(_ base: UInt64, _ layout: Layout) throws(Fault) -> TaskImage {
    var image = TaskImage()
    image.rip = try readField(base &+ layout.registers, layout)
    image.flags = try readField(base &+ layout.registers &+ UInt64(layout.size), layout)
    for index in 0..<8 {
      let value = try readField(base &+ layout.registers &+ UInt64((index + 2) * layout.size), layout)
      // A 16-bit task leaves ones in the upper halves.
      image.gpr[index] = layout.isWide ? value : value | 0xffff_0000
    }
    for index in 0..<layout.selectorCount {
      image.selectors[index] = try loadSystem(
        UInt16.self, linear: base &+ layout.selectors &+ UInt64(index * layout.size))
    }
    image.ldt = try loadSystem(UInt16.self, linear: base &+ layout.ldt)
    if layout.isWide {
      image.cr3 = UInt64(try loadSystem(UInt32.self, linear: base &+ 0x1c))
      image.trap = try loadSystem(UInt16.self, linear: base &+ 0x64) & 1 != 0
    } else {
      image.cr3 = core.pointee.state.cr3
    }
    return image
  }

  private func readField(_ linear: UInt64, _ layout: Layout) throws(Fault) -> UInt64 {
    layout.isWide
      ? UInt64(try loadSystem(UInt32.self, linear: linear)) : UInt64(try loadSystem(UInt16.self, linear: linear))
  }

  // MARK: In the new task

  private func loadTask(_ image: TaskImage, external: UInt32) throws(Fault) {
    let state = core
    let isWide = state.pointee.state.segments[Segment.tr].type & 8 != 0
    state.pointee.state.rip = image.rip
    state.pointee.state.dr7 &= ~0x155
    state.pointee.state.interruptShadow = false
    if image.trap { state.pointee.state.pendingDebug |= DebugStatus.taskSwitch }
    for index in 0..<8 { state.pointee.state.gpr[index] = image.gpr[index] }
    // Visible parts first: a fault below finds the new selectors, with nothing behind those not loaded yet.
    let isVirtual = isWide && image.flags & Flag.vm86 != 0
    let level = isVirtual ? 3 : UInt32(image.selectors[Segment.cs] & 3)
    for index in 0..<6 {
      state.pointee.state.segments[index] = nullSegment(image.selectors[index])
      state.pointee.state.segments[index].attributes |= level << 5
    }
    state.pointee.state.segments[Segment.ldtr] = nullSegment(image.ldt)
    var flags = image.flags
    if !isWide { flags &= 0xffff }
    if state.pointee.state.dr7 & 0xff == 0 { flags &= ~Flag.resume }
    setRFLAGS(flags)
    refreshMode()
    if isWide, state.pointee.state.cr0 >> 31 & 1 != 0, image.cr3 != state.pointee.state.cr3 {
      if state.pointee.state.cr4 & 0x20 != 0 {
        guard try loadPageDirectoryPointers(image.cr3) else {
          throw raise(Vector.invalidTSS, errorCode(state.pointee.state.segments[Segment.tr].selector, external))
        }
      }
      state.pointee.state.cr3 = image.cr3
      logTranslation(.control(register: "cr3", value: image.cr3))
      flushTLB(keepGlobal: true)
    }
    try loadTaskLDT(image.ldt, external: external)
    if isVirtual {
      for index in 0..<6 { state.pointee.state.segments[index] = realSegment(index, image.selectors[index]) }
      refreshMode()
    } else {
      try loadTaskSegments(image, cpl: UInt8(truncatingIfNeeded: level), external: external)
    }
    guard image.rip < state.pointee.codeEnd else { throw protection(external) }
  }

  private func loadTaskLDT(_ selector: UInt16, external: UInt32) throws(Fault) {
    guard selector & 0xfffc != 0 else { return }
    let code = errorCode(selector, external)
    guard selector & 4 == 0 else { throw raise(Vector.invalidTSS, code) }
    let found = try descriptor(selector, orRaise: Vector.invalidTSS, external: external)
    guard !found.isCodeOrData, found.type == Descriptor.System.ldt, found.isPresent else {
      throw raise(Vector.invalidTSS, code)
    }
    core.pointee.state.segments[Segment.ldtr] = found.register(selector)
  }

  private func loadTaskSegments(_ image: TaskImage, cpl: UInt8, external: UInt32) throws(Fault) {
    let selector = image.selectors[Segment.cs]
    let code = errorCode(selector, external)
    guard selector & 0xfffc != 0 else { throw raise(Vector.invalidTSS, code) }
    var target = try descriptor(selector, orRaise: Vector.invalidTSS, external: external)
    guard target.isCode, target.isConformingCode ? target.dpl <= cpl : target.dpl == cpl else {
      throw raise(Vector.invalidTSS, code)
    }
    guard target.isPresent else { throw raise(Vector.segmentNotPresent, code) }
    try markAccessed(&target)
    setSegment(Segment.cs, target.register(selector))
    setSegment(
      Segment.ss,
      try checkedStack(image.selectors[Segment.ss], cpl: cpl, orRaise: Vector.invalidTSS, external: external))
    for index in [Segment.ds, Segment.es, Segment.fs, Segment.gs] {
      let register = try checkedSegment(
        index, image.selectors[index], cpl: cpl, orRaise: Vector.invalidTSS, external: external)
      setSegment(index, register)
    }
  }
}
