import Engine

/// Access to status registers (DDI 0100 A3.9) and instructions that raise exceptions (A3.13).
extension CPU {
  static func bodyStatus(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .mrs:
      return { core, p in
        let cpu = CPU(core)
        let op = p.assumingMemoryBound(to: Instruction.self)
        cpu.setRegister(op.pointee.rd, op.pointee.flags.contains(.spsr) ? cpu.spsr : cpu.cpsr)
        return goOn(core, p)
      }
    case .msr: return i.flags.contains(.spsr) ? writeSPSR : writeCPSR
    case .swi:
      return { core, op in straight(core, op) { cpu, _ throws(Fault) in throw cpu.raise(.softwareInterrupt) } }
    case .bkpt:
      return { core, op in
        straight(core, op) { cpu, _ throws(Fault) in
          throw cpu.raise(.prefetchAbort, status: FaultStatus.debugEvent)
        }
      }
    default: return nil
    }
  }

  /// Bits that MSR may change (A4.1.39): in user mode, and beside those in others. Writing bits that are not allocated,
  /// or those of the state, is UNPREDICTABLE: they stay.
  private static var userMask: UInt32 { Flag.n | Flag.z | Flag.c | Flag.v | Flag.q }
  private static var privilegedMask: UInt32 { Flag.i | Flag.f | Flag.mode }
  private static var stateMask: UInt32 { Flag.t | Flag.j }

  private static let writeCPSR: Handler = { core, p in
    let op = p.assumingMemoryBound(to: Instruction.self)
    let cpu = attend(core, p)
    let old = cpu.cpsr
    let allowed = cpu.core.pointee.isPrivileged ? userMask | privilegedMask : userMask
    let mask = byteMask(op) & allowed
    let new = old & ~mask | cpu.shifted(op).value & mask
    if (old ^ new) & privilegedMask == 0 {
      cpu.setConditionFlags(new)
      cpu.core.pointee.state.cpsr = new
      return goOn(core, p)
    }
    cpu.setCPSR(new)
    // What follows in the block may not be executable any more, or an interrupt waits that was masked.
    guard cpu.core.pointee.isPrivileged, cpu.core.pointee.pending == 0 else { return Outcome.leave }
    return goOn(core, p)
  }

  private static let writeSPSR: Handler = { core, p in
    let op = p.assumingMemoryBound(to: Instruction.self)
    let cpu = CPU(core)
    let mask = byteMask(op) & (userMask | privilegedMask | stateMask)
    cpu.setSPSR(cpu.spsr & ~mask | cpu.shifted(op).value & mask)
    return goOn(core, p)
  }

  /// The bytes of the field mask.
  @inline(__always)
  private static func byteMask(_ op: Op) -> UInt32 {
    let fields = UInt32(op.pointee.amount)
    return (fields & 1 | (fields & 2) << 7 | (fields & 4) << 14 | (fields & 8) << 21) &* 0xff
  }
}
