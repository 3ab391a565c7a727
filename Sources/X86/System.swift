import Engine

/// Instructions for the operating system (SDM 3A 2.8, SDM 2).
extension CPU {
  static func bindSystem(_ i: Instruction) -> Handler? {
    if let handler = bindSegments(i) { return handler }
    if let handler = bindInterruptFlag(i) { return handler }
    if let handler = bindInterrupts(i) { return handler }
    if let handler = bindControl(i) { return handler }
    if let handler = bindDebug(i) { return handler }
    if let handler = bindTables(i) { return handler }
    if let handler = bindDescriptorQueries(i) { return handler }
    if let handler = bindModelSpecific(i) { return handler }
    if let handler = bindFastCalls(i) { return handler }
    if let handler = bindMonitor(i) { return handler }
    return bindCaches(i)
  }

  private static func bindCaches(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .hlt:
      return { c, p in
        leaving(c, p) { cpu, _ throws(Fault) in
          try cpu.requireSupervisor()
          // A line that MONITOR armed does not end HLT.
          cpu.core.pointee.state.monitorAddress = 1
          cpu.core.pointee.state.activity = .halted
        }
      }
    case .invd, .wbinvd:
      return { c, p in straight(c, p) { cpu, _ throws(Fault) in try cpu.requireSupervisor() } }
    case .invlpg:
      return { c, p in
        leaving(c, p) { cpu, op throws(Fault) in
          try cpu.requireSupervisor()
          let base = cpu.core.pointee.state.segments[Int(op.pointee.segment)].base
          cpu.flushTLB(page: (base &+ cpu.effectiveAddress(op)) & cpu.core.pointee.linearMask)
        }
      }
    case .clflush:
      // Faults as a load of the byte would.
      return { c, p in straight(c, p) { cpu, op throws(Fault) in _ = try cpu.load(UInt8.self, op) } }
    case .rsm, .vmcall, .stac, .clac, .invpcid, .swapgs, .syscall, .sysret, .xgetbv, .xsetbv, .rdrand, .rdseed, .rdpid:
      return { c, p in straight(c, p) { cpu, _ throws(Fault) in throw cpu.undefined() } }
    default: return nil
    }
  }
}
