import Engine

extension CPU {
  /// Near control transfer (SDM 1 7.3.8). A relative branch has its displacement in `immediate`.
  static func bindBranch(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .jmp where i.flags.contains(.immediate): return { CPU.jumpRelative($0, $1) }
    case .jmp:
      return {
        jumping($0, $1) { cpu, op throws(Fault) in
          cpu.core.pointee.state.rip = try cpu.checked(try cpu.branchOperand(op))
        }
      }
    case .jcc: return bindCondition(i)
    case .jcxz, .loop, .loope, .loopne: return { CPU.loopRelative($0, $1) }
    case .call where i.flags.contains(.immediate):
      return i.size == 4 ? { CPU.callRelative32($0, $1) } : { CPU.call($0, $1) }
    case .call: return { CPU.call($0, $1) }
    case .ret: return i.size == 4 ? { CPU.return32($0, $1) } : { CPU.return16or64($0, $1) }
    case .enter: return { straight($0, $1) { cpu, op throws(Fault) in try cpu.enter(op) } }
    case .leave: return { straight($0, $1) { cpu, op throws(Fault) in try cpu.leave(op) } }
    default: return nil
    }
  }

  /// One handler a condition, so that its flags are computed inline.
  private static func bindCondition(_ i: Instruction) -> Handler {
    switch i.condition {
    case 0: { CPU.branch($0, $1) { $0.overflow } }
    case 1: { CPU.branch($0, $1) { !$0.overflow } }
    case 2: { CPU.branch($0, $1) { $0.carry } }
    case 3: { CPU.branch($0, $1) { !$0.carry } }
    case 4: { CPU.branch($0, $1) { $0.zero } }
    case 5: { CPU.branch($0, $1) { !$0.zero } }
    case 6: { CPU.branch($0, $1) { $0.carry || $0.zero } }
    case 7: { CPU.branch($0, $1) { !($0.carry || $0.zero) } }
    case 8: { CPU.branch($0, $1) { $0.sign } }
    case 9: { CPU.branch($0, $1) { !$0.sign } }
    case 10: { CPU.branch($0, $1) { $0.parity } }
    case 11: { CPU.branch($0, $1) { !$0.parity } }
    case 12: { CPU.branch($0, $1) { $0.sign != $0.overflow } }
    case 13: { CPU.branch($0, $1) { $0.sign == $0.overflow } }
    case 14: { CPU.branch($0, $1) { $0.zero || $0.sign != $0.overflow } }
    default: { CPU.branch($0, $1) { !$0.zero && $0.sign == $0.overflow } }
    }
  }

  @inline(__always)
  private static func branch(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _ isMet: (CPU) -> Bool
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let next = cpu.nextRIP(op)
    guard isMet(cpu) else {
      cpu.core.pointee.state.rip = next
      return Outcome.notTaken
    }
    return cpu.go(to: cpu.target(op, next), from: op)
  }

  private static func jumpRelative(_ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    return cpu.go(to: cpu.target(op, cpu.nextRIP(op)), from: op)
  }

  /// Where a relative branch leads, truncated to the operand size.
  @inline(__always)
  private func target(_ op: Op, _ next: UInt64) -> UInt64 {
    let sum = next &+ op.pointee.immediate
    return op.pointee.size == 4 ? sum & 0xffff_ffff : op.pointee.size == 2 ? sum & 0xffff : sum
  }

  /// Goes to `target`: chained when it is in the block's page.
  @inline(__always)
  private func go(to target: UInt64, from op: Op) -> Int32 {
    guard target < core.pointee.codeEnd else {
      _ = protection()
      return Outcome.fault
    }
    core.pointee.state.rip = target
    let base = core.pointee.access[1].base
    let samePage = (base &+ target) ^ (base &+ core.pointee.blockRIP) < 0x1000
    return samePage && core.pointee.block?.pointee.secondHost == nil ? Outcome.taken : Outcome.jumped
  }

  /// - Throws: #GP(0) when `target` is beyond CS.
  @inline(__always)
  func checked(_ target: UInt64) throws(Fault) -> UInt64 {
    guard target < core.pointee.codeEnd else { throw protection() }
    return target
  }

  @inline(__always)
  private func branchOperand(_ op: Op) throws(Fault) -> UInt64 {
    switch op.pointee.size {
    case 2: UInt64(try first(UInt16.self, op))
    case 4: UInt64(try first(UInt32.self, op))
    default: try first(UInt64.self, op)
    }
  }

  /// JCXZ, JECXZ, LOOP, LOOPE, LOOPNE: the address size says which counter.
  private static func loopRelative(_ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let next = cpu.nextRIP(op)
    let operation = op.pointee.operation
    var count = cpu.counter(op)
    var isTaken = count == 0
    if operation != .jcxz {
      count = (count &- 1) & cpu.counterMask(op)
      isTaken = count != 0
      if operation == .loope { isTaken = isTaken && cpu.zero }
      if operation == .loopne { isTaken = isTaken && !cpu.zero }
    }
    var outcome = Outcome.notTaken
    if isTaken { outcome = cpu.go(to: cpu.target(op, next), from: op) } else { cpu.core.pointee.state.rip = next }
    // A branch beyond CS has no effect on the counter.
    if operation != .jcxz, outcome != Outcome.fault { cpu.setCounter(op, count) }
    return outcome
  }

  @inline(__always)
  func counterMask(_ op: Op) -> UInt64 {
    op.pointee.addressSize == 4 ? 0xffff_ffff : op.pointee.addressSize == 2 ? 0xffff : .max
  }

  /// CX, ECX or RCX by address size.
  @inline(__always)
  func counter(_ op: Op) -> UInt64 { core.pointee.state.gpr[1] & counterMask(op) }

  @inline(__always)
  func setCounter(_ op: Op, _ value: UInt64) { setAddressRegister(Self.rcx, op, value) }

  /// Writes a register with the width of the address size.
  @inline(__always)
  func setAddressRegister(_ place: UInt8, _ op: Op, _ value: UInt64) {
    switch op.pointee.addressSize {
    case 2: setRegister(place, UInt16(truncatingIfNeeded: value))
    case 4: setRegister(place, UInt32(truncatingIfNeeded: value))
    default: setRegister(place, value)
    }
  }

  private static func callRelative32(_ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer) -> Int32 {
    jumping(core, p) { cpu, op throws(Fault) in
      let next = cpu.nextRIP(op)
      let target = try cpu.checked(cpu.target(op, next))
      try cpu.push(UInt32(truncatingIfNeeded: next))
      cpu.core.pointee.state.rip = target
    }
  }

  private static func call(_ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer) -> Int32 {
    jumping(core, p) { cpu, op throws(Fault) in
      let next = cpu.nextRIP(op)
      let isRelative = op.pointee.flags.contains(.immediate)
      let target = try cpu.checked(isRelative ? cpu.target(op, next) : try cpu.branchOperand(op))
      switch op.pointee.size {
      case 2: try cpu.push(UInt16(truncatingIfNeeded: next))
      case 4: try cpu.push(UInt32(truncatingIfNeeded: next))
      default: try cpu.push(next)
      }
      cpu.core.pointee.state.rip = target
    }
  }

  private static func return32(_ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer) -> Int32 {
    jumping(core, p) { cpu, op throws(Fault) in
      let stack = cpu.core.pointee.state.gpr[4]
      let target = UInt64(try cpu.load(UInt32.self, segment: 2, stack & cpu.core.pointee.stackMask))
      cpu.core.pointee.state.rip = try cpu.checked(target)
      cpu.release(4 &+ op.pointee.immediate)
    }
  }

  private static func return16or64(_ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer) -> Int32 {
    jumping(core, p) { cpu, op throws(Fault) in
      let stack = cpu.core.pointee.state.gpr[4] & cpu.core.pointee.stackMask
      let isShort = op.pointee.size == 2
      let target =
        isShort ? UInt64(try cpu.load(UInt16.self, segment: 2, stack)) : try cpu.load(UInt64.self, segment: 2, stack)
      cpu.core.pointee.state.rip = try cpu.checked(target)
      cpu.release((isShort ? 2 : 8) &+ op.pointee.immediate)
    }
  }

  /// Takes `bytes` off the stack.
  @inline(__always)
  func release(_ bytes: UInt64) {
    let mask = core.pointee.stackMask
    let old = core.pointee.state.gpr[4]
    core.pointee.state.gpr[4] = (old & ~mask) | ((old &+ bytes) & mask)
  }

  // MARK: Stack frames

  private func enter(_ op: Op) throws(Fault) {
    let size = UInt64(op.pointee.size)
    let level = Int(op.pointee.condition & 31)
    let mask = core.pointee.stackMask
    let old = core.pointee.state.gpr[4]
    do throws(Fault) {
      try pushSized(core.pointee.state.gpr[5], op)
      let frame = core.pointee.state.gpr[4]
      if level > 0 {
        var link = core.pointee.state.gpr[5]
        for _ in 1..<max(level, 1) {
          link = (link &- size) & mask
          switch size {
          case 2: try push(try load(UInt16.self, segment: 2, link))
          case 4: try push(try load(UInt32.self, segment: 2, link))
          default: try push(try load(UInt64.self, segment: 2, link))
          }
        }
        try pushSized(frame, op)
      }
      let pointer = core.pointee.state.gpr[4]
      let top = (pointer &- op.pointee.immediate) & mask
      // The manual asks for a check that the new top of the stack can be written.
      switch size {
      case 2: try probeStore(UInt16.self, segment: 2, top)
      case 4: try probeStore(UInt32.self, segment: 2, top)
      default: try probeStore(UInt64.self, segment: 2, top)
      }
      core.pointee.state.gpr[4] = (pointer & ~mask) | top
      if size == 2 {
        setRegister(Self.rbp, UInt16(truncatingIfNeeded: frame))
      } else if size == 4 {
        setRegister(Self.rbp, UInt32(truncatingIfNeeded: frame))
      } else {
        setRegister(Self.rbp, frame)
      }
    } catch {
      core.pointee.state.gpr[4] = old
      throw error
    }
  }

  private func pushSized(_ value: UInt64, _ op: Op) throws(Fault) {
    switch op.pointee.size {
    case 2: try push(UInt16(truncatingIfNeeded: value))
    case 4: try push(UInt32(truncatingIfNeeded: value))
    default: try push(value)
    }
  }

  private func leave(_ op: Op) throws(Fault) {
    let mask = core.pointee.stackMask
    let old = core.pointee.state.gpr[4]
    core.pointee.state.gpr[4] = (old & ~mask) | (core.pointee.state.gpr[5] & mask)
    do throws(Fault) {
      switch op.pointee.size {
      case 2: setRegister(Self.rbp, try pop(UInt16.self))
      case 4: setRegister(Self.rbp, try pop(UInt32.self))
      default: setRegister(Self.rbp, try pop(UInt64.self))
      }
    } catch {
      core.pointee.state.gpr[4] = old
      throw error
    }
  }
}
