import Engine

/// Branches (DDI 0100 A3.3; A7.1 for Thumb's).
extension CPU {
  /// Makes `immediate` of direct branches count from the start of the block, and `amount` the instruction's length.
  static func bodyBranch(_ i: inout Instruction) -> Handler? {
    switch i.operation {
    case .b, .bl, .blx, .linkPrefix:
      i.immediate &+= UInt32(i.offset) &+ (i.flags.contains(.narrow) ? 4 : 8)
      i.amount = UInt8(truncatingIfNeeded: i.length)
    default: break
    }
    switch i.operation {
    case .b:
      return { core, p in
        let cpu = CPU(core)
        let op = p.assumingMemoryBound(to: Instruction.self)
        return CPU.go(core, cpu.target(op))
      }
    case .bl:
      return { core, p in
        let cpu = CPU(core)
        let op = p.assumingMemoryBound(to: Instruction.self)
        cpu.setRegister(CPU.lr, cpu.nextAddress(op))
        return CPU.go(core, cpu.target(op))
      }
    case .blx:
      return { core, p in
        let cpu = CPU(core)
        let op = p.assumingMemoryBound(to: Instruction.self)
        cpu.setRegister(CPU.lr, cpu.nextAddress(op))
        cpu.jumpExchanging(cpu.target(op) | 1)
        return goOnAtPC(core)
      }
    // Jazelle's trivial implementation: BXJ is BX (A2.10.1).
    case .bx, .bxj:
      return { core, p in
        let cpu = CPU(core)
        let op = p.assumingMemoryBound(to: Instruction.self)
        cpu.jumpExchanging(cpu.register(op.pointee.rm))
        return goOnAtPC(core)
      }
    case .blxRegister:
      return { core, p in
        let cpu = CPU(core)
        let op = p.assumingMemoryBound(to: Instruction.self)
        let target = cpu.register(op.pointee.rm)
        cpu.setRegister(CPU.lr, cpu.nextAddress(op) | cpu.core.pointee.mode & 1)
        cpu.jumpExchanging(target)
        return goOnAtPC(core)
      }
    case .linkPrefix:
      return { core, p in
        let cpu = CPU(core)
        let op = p.assumingMemoryBound(to: Instruction.self)
        cpu.setRegister(CPU.lr, cpu.target(op))
        return goOn(core, p)
      }
    case .linkBranch:
      return { core, p in
        let cpu = CPU(core)
        let op = p.assumingMemoryBound(to: Instruction.self)
        let target = (cpu.register(CPU.lr) &+ op.pointee.immediate) & ~1
        cpu.setRegister(CPU.lr, cpu.nextAddress(op) | 1)
        // The target is not the instruction's alone: no link.
        cpu.core.pointee.state.pc = target
        return goOnAtPC(core)
      }
    case .linkExchange:
      return { core, p in
        let cpu = CPU(core)
        let op = p.assumingMemoryBound(to: Instruction.self)
        let target = (cpu.register(CPU.lr) &+ op.pointee.immediate) & ~3
        cpu.setRegister(CPU.lr, cpu.nextAddress(op) | 1)
        cpu.jumpExchanging(target)
        return goOnAtPC(core)
      }
    default: return nil
    }
  }

  /// One handler a condition, for B: so that its flags are computed inline.
  static func conditionalBranch(_ condition: UInt8) -> Handler {
    switch condition {
    case 0: { CPU.branch($0, $1, 0) }
    case 1: { CPU.branch($0, $1, 1) }
    case 2: { CPU.branch($0, $1, 2) }
    case 3: { CPU.branch($0, $1, 3) }
    case 4: { CPU.branch($0, $1, 4) }
    case 5: { CPU.branch($0, $1, 5) }
    case 6: { CPU.branch($0, $1, 6) }
    case 7: { CPU.branch($0, $1, 7) }
    case 8: { CPU.branch($0, $1, 8) }
    case 9: { CPU.branch($0, $1, 9) }
    case 10: { CPU.branch($0, $1, 10) }
    case 11: { CPU.branch($0, $1, 11) }
    case 12: { CPU.branch($0, $1, 12) }
    default: { CPU.branch($0, $1, 13) }
    }
  }

  @inline(__always)
  private static func branch(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _ condition: UInt8
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    guard cpu.holds(condition) else {
      return fallThrough(core, cpu.address(of: op) &+ UInt32(op.pointee.amount))
    }
    return CPU.go(core, cpu.target(op))
  }

  /// Where a direct branch leads.
  @inline(__always)
  private func target(_ op: Op) -> UInt32 { core.pointee.blockPC &+ op.pointee.immediate }

  /// Goes to the target of a direct branch in the present state: by a link where it is in the block's page.
  @inline(__always)
  private static func go(_ core: UnsafeMutableRawPointer, _ target: UInt32) -> Int32 {
    let cpu = CPU(core)
    guard (target ^ cpu.core.pointee.blockPC) < 0x1000 else {
      cpu.core.pointee.state.pc = target
      return goOnAtPC(core)
    }
    return follow(core, cpu.core.pointee.block.unsafelyUnwrapped.pointee.taken, target, otherwise: Outcome.taken)
  }
}
