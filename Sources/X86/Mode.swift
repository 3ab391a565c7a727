extension CPU {
  /// Bits of `Core.mode`.
  enum Mode {
    static let code32: UInt32 = 1
    static let stack32: UInt32 = 2
    static let code64: UInt32 = 4
    static let protected: UInt32 = 8
    static let vm86: UInt32 = 16
    /// CPL 3: what may be fetched differs, so that jumps remembered in one must not serve the other.
    static let user: UInt32 = 32
    /// No mode: what is translated as one, and executed in no other way, has it in its identity.
    static let unit: UInt32 = 1 << 31
  }

  /// Recomputes all that follows from CS, SS, CR0.PE and RFLAGS.VM; after every change of one of them.
  func refreshMode() {
    let hasProtection = core.pointee.state.cr0 & 1 != 0
    let isVirtual = hasProtection && core.pointee.state.rflags & Flag.vm86 != 0
    let code = core.pointee.state.segments[1]
    let stack = core.pointee.state.segments[2]
    // The privilege level is the stack segment's DPL: CS of a conforming segment, or one loaded before
    // protection was switched on, does not tell it.
    let cpl: UInt8 = isVirtual ? 3 : hasProtection ? UInt8(truncatingIfNeeded: stack.dpl) : 0
    var mode: UInt32 = 0
    if code.isBig { mode |= Mode.code32 }
    if stack.isBig { mode |= Mode.stack32 }
    if isVirtual { mode |= Mode.vm86 } else if hasProtection { mode |= Mode.protected }
    if cpl == 3 { mode |= Mode.user }
    core.pointee.mode = mode
    core.pointee.cpl = cpl
    core.pointee.stackMask = stack.isBig ? 0xffff_ffff : 0xffff
    core.pointee.linearMask = 0xffff_ffff
    let checksAlignment =
      cpl == 3 && core.pointee.state.cr0 & CR0.alignmentMask != 0 && core.pointee.state.rflags & Flag.alignment != 0
    core.pointee.checksAlignment = checksAlignment
    core.pointee.tlb = core.pointee.tlbs + (checksAlignment ? 2 : cpl == 3 ? 1 : 0) * TLBEntry.count
    // Remembered jumps are by offset in CS.
    if core.pointee.access[1].base != code.base { core.pointee.jumpVersion &+= 1 }
    core.pointee.codeEnd = UInt64(code.limit) + 1
    for index in 0..<6 { refreshAccess(index) }
    refreshPending()
  }

  /// The privilege level that I/O needs, RFLAGS.IOPL.
  var iopl: UInt8 { UInt8(truncatingIfNeeded: core.pointee.state.rflags >> 12) & 3 }

  /// CR0.PE.
  var hasProtection: Bool { core.pointee.state.cr0 & 1 != 0 }

  /// Writes RFLAGS whole. Bit 1 is 1 and reserved bits are 0.
  func setRFLAGS(_ flags: UInt64) {
    let old = core.pointee.state.rflags
    let kept = flags & 0x3f_7fd5 | 2
    core.pointee.state.rflags = kept & ~Flag.arithmetic
    setArithmeticFlags(kept)
    if (old ^ kept) & (Flag.vm86 | Flag.alignment) != 0 { refreshMode() } else { refreshPending() }
  }

  /// #GP(0) unless CPL is 0.
  @inline(__always)
  func requireSupervisor() throws(Fault) {
    guard core.pointee.cpl == 0 else { throw protection(0) }
  }
}
