import Engine

/// SYSENTER and SYSEXIT (SDM 2).
extension CPU {
  static func bindFastCalls(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .sysenter: return { c, p in jumping(c, p) { cpu, _ throws(Fault) in try cpu.enterSystem() } }
    case .sysexit: return { c, p in jumping(c, p) { cpu, _ throws(Fault) in try cpu.exitSystem() } }
    default: return nil
    }
  }

  /// The flat segments that both instructions load without a look at the tables.
  private static let flatCode: UInt32 = 0xc09b
  private static let flatData: UInt32 = 0xc093

  private func enterSystem() throws(Fault) {
    let base = UInt16(truncatingIfNeeded: core.pointee.state.msr.sysenterCS)
    guard hasProtection, base & 0xfffc != 0 else { throw protection(0) }
    core.pointee.state.rflags &= ~(Flag.vm86 | Flag.interrupt | Flag.resume)
    setFlat(base & ~3, (base & ~3) &+ 8, level: 0)
    core.pointee.state.gpr[4] = core.pointee.state.msr.sysenterESP & 0xffff_ffff
    core.pointee.state.rip = core.pointee.state.msr.sysenterEIP & 0xffff_ffff
  }

  private func exitSystem() throws(Fault) {
    let base = UInt16(truncatingIfNeeded: core.pointee.state.msr.sysenterCS)
    guard hasProtection, base & 0xfffc != 0 else { throw protection(0) }
    try requireSupervisor()
    setFlat((base &+ 16) | 3, (base &+ 24) | 3, level: 3)
    core.pointee.state.gpr[4] = core.pointee.state.gpr[1] & 0xffff_ffff
    core.pointee.state.rip = core.pointee.state.gpr[2] & 0xffff_ffff
  }

  private func setFlat(_ code: UInt16, _ stack: UInt16, level: UInt32) {
    core.pointee.state.segments[Segment.cs] = SegmentRegister(
      selector: code, attributes: Self.flatCode | level << 5, base: 0, limit: 0xffff_ffff)
    core.pointee.state.segments[Segment.ss] = SegmentRegister(
      selector: stack, attributes: Self.flatData | level << 5, base: 0, limit: 0xffff_ffff)
    refreshMode()
  }
}
