/// Virtual-8086 mode (SDM 3B chapter 21), with the virtual-mode extensions.
extension CPU {
  private var hasVME: Bool { core.pointee.state.cr4 & 1 != 0 }

  /// IRET at level 0 to a program in virtual-8086 mode.
  func enterVM86(_ frame: StackFrame, _ offset: UInt64, _ selector: UInt16, _ flags: UInt64) throws(Fault) {
    let pointer = try peek(frame, 3, size: 4)
    var selectors = InlineArray<5, UInt16>(repeating: 0)
    for index in 0..<5 { selectors[index] = UInt16(truncatingIfNeeded: try peek(frame, 4 + index, size: 4)) }
    guard offset <= 0xffff else { throw protection(0) }
    let state = core
    state.pointee.state.nmiBlocked = false
    state.pointee.state.rip = offset
    let resume = state.pointee.state.dr7 & 0xff != 0 ? Flag.resume : 0
    // VM first: it decides how the segment registers are made.
    state.pointee.state.rflags |= Flag.vm86
    refreshMode()
    state.pointee.state.segments[Segment.cs] = realSegment(Segment.cs, selector)
    let order = [Segment.ss, Segment.es, Segment.ds, Segment.fs, Segment.gs]
    for (index, segment) in order.enumerated() {
      state.pointee.state.segments[segment] = realSegment(segment, selectors[index])
    }
    state.pointee.state.gpr[4] = pointer
    refreshMode()
    setRFLAGS(flags & (0x3e_7fd5 | resume))
  }

  /// IRET in virtual-8086 mode.
  func returnInVM86(size: Int) throws(Fault) {
    let usesVME = iopl < 3
    guard !usesVME || (hasVME && size == 2) else { throw protection(0) }
    let frame = presentStack()
    let offset = try peek(frame, 0, size: size)
    let selector = UInt16(truncatingIfNeeded: try peek(frame, 1, size: size))
    let flags = try peek(frame, 2, size: size)
    if usesVME {
      let isPending = core.pointee.state.rflags & Flag.virtualPending != 0
      guard flags & Flag.trap == 0, !(isPending && flags & Flag.interrupt != 0) else { throw protection(0) }
    }
    try goReal(selector, offset)
    setStackPointer(frame.pointer &+ UInt64(3 * size), mask: frame.mask)
    core.pointee.state.nmiBlocked = false
    if usesVME {
      let allowed = Self.returnFlags
      let virtual = flags & Flag.interrupt != 0 ? Flag.virtualInterrupt : 0
      setRFLAGS((rflags & ~(allowed | Flag.virtualInterrupt)) | (flags & allowed) | virtual)
    } else {
      var allowed = Self.returnFlags | Flag.interrupt
      if size == 4 { allowed |= Flag.alignment | Flag.identification }
      setRFLAGS((rflags & ~allowed) | (flags & allowed))
    }
  }

  /// INT n in virtual-8086 mode (SDM 3B table 21-2): true when it went to the program's own handler, false
  /// when it takes the way through the IDT.
  func interruptInVM86(_ vector: UInt8, next: UInt64) throws(Fault) -> Bool {
    guard hasVME else {
      guard iopl == 3 else { throw protection(0) }
      return false
    }
    guard try !isRedirected(vector) else {
      guard iopl == 3 else { throw protection(0) }
      return false
    }
    let entry = try loadSlow(UInt64(vector) * 4, width: 4, user: true)
    let before = core.pointee.state.rflags
    var flags = rflags
    if iopl < 3 {
      flags = flags & ~Flag.interrupt | Flag.iopl
      if before & Flag.virtualInterrupt != 0 { flags |= Flag.interrupt }
    }
    try enterReal(UInt32(truncatingIfNeeded: entry), flags: flags, next: next)
    if iopl < 3 {
      // The program's view of IF is VIF; the real one stays.
      core.pointee.state.rflags = (core.pointee.state.rflags & ~Flag.virtualInterrupt) | (before & Flag.interrupt)
      refreshPending()
    }
    return true
  }

  /// The software interrupt redirection bitmap, 32 bytes below the I/O map: a set bit sends the interrupt to
  /// the protected-mode handler.
  private func isRedirected(_ vector: UInt8) throws(Fault) -> Bool {
    let task = core.pointee.state.segments[Segment.tr]
    guard task.type & 8 != 0, task.limit >= 103 else { throw protection(0) }
    let map = UInt64(try loadSystem(UInt16.self, linear: task.base &+ 102))
    guard map >= 32 else { throw protection(0) }
    let at = map - 32 + UInt64(vector >> 3)
    guard at <= UInt64(task.limit) else { throw protection(0) }
    return try loadSystem(UInt8.self, linear: task.base &+ at) >> (vector & 7) & 1 != 0
  }
}
