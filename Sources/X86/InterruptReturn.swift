/// IRET (SDM 2 IRET).
extension CPU {
  /// What IRET and POPF may always change.
  static var returnFlags: UInt64 {
    Flag.arithmetic | Flag.trap | Flag.direction | Flag.nestedTask
  }

  func returnFromInterrupt(_ op: Op) throws(Fault) {
    let size = Int(op.pointee.size)
    if isVM86 { return try returnInVM86(size: size) }
    guard hasProtection else { return try returnReal(size: size) }
    if core.pointee.state.rflags & Flag.nestedTask != 0 {
      return try returnFromTask(next: nextRIP(op))
    }
    let frame = presentStack()
    let offset = try peek(frame, 0, size: size)
    let selector = UInt16(truncatingIfNeeded: try peek(frame, 1, size: size))
    let flags = try peek(frame, 2, size: size)
    if size == 4, flags & Flag.vm86 != 0, core.pointee.cpl == 0 {
      return try enterVM86(frame, offset, selector, flags)
    }
    var target = try checkedReturn(selector)
    var rest = frame
    rest.pointer = (frame.pointer &+ UInt64(3 * size)) & frame.mask
    let allowed = changeableFlags(size: size, from: core.pointee.cpl)
    let new = (rflags & ~allowed) | (flags & allowed)
    if UInt8(selector & 3) > core.pointee.cpl {
      try returnOuter(&target, selector, offset, rest, size: size, released: 0)
    } else {
      guard offset <= UInt64(target.limit) else { throw protection(0) }
      try markAccessed(&target)
      setStackPointer(rest.pointer, mask: rest.mask)
      core.pointee.state.rip = offset
      setSegment(Segment.cs, target.register(selector))
    }
    core.pointee.state.nmiBlocked = false
    setRFLAGS(new)
  }

  /// The bits of RFLAGS that IRET changes at privilege level `cpl`.
  private func changeableFlags(size: Int, from cpl: UInt8) -> UInt64 {
    var allowed = Self.returnFlags
    if size == 4 { allowed |= resumeIfUsed | Flag.alignment | Flag.identification }
    if cpl <= iopl { allowed |= Flag.interrupt }
    if cpl == 0 {
      allowed |= Flag.iopl
      if size == 4 { allowed |= Flag.virtualInterrupt | Flag.virtualPending }
    }
    return allowed
  }

  /// RF, which holds for one instruction and matters only to breakpoints: without any it is dropped at once.
  private var resumeIfUsed: UInt64 { core.pointee.state.dr7 & 0xff != 0 ? Flag.resume : 0 }

  private func returnReal(size: Int) throws(Fault) {
    let frame = presentStack()
    let offset = try peek(frame, 0, size: size)
    let selector = UInt16(truncatingIfNeeded: try peek(frame, 1, size: size))
    let flags = try peek(frame, 2, size: size)
    try goReal(selector, offset)
    setStackPointer(frame.pointer &+ UInt64(3 * size), mask: frame.mask)
    core.pointee.state.nmiBlocked = false
    let allowed: UInt64 = size == 4 ? 0x25_7fd5 : 0x7fd5
    setRFLAGS((rflags & ~allowed) | (flags & allowed))
  }
}
