import Engine

/// An instruction's pointer, as handlers see it.
public typealias Op = UnsafePointer<Instruction>

/// Runs the body of an instruction that goes on to the next one.
@inline(__always)
func straight(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ body: (CPU, Op) throws(Fault) -> Void
) -> Int32 {
  do {
    try body(attend(core, op), op.assumingMemoryBound(to: Instruction.self))
  } catch {
    return Outcome.fault
  }
  return goOn(core, op)
}

/// Executes what follows `op` in its block, which always has an end.
///
/// As the last thing that a handler does it compiles to a jump, so that each handler predicts its own successor, and
/// blocks that are linked run on without coming back to the run loop. Where it does not, as in debug builds, the stack
/// grows by no more than `CPU.longestRun` instructions.
@inline(__always)
func goOn(_ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer) -> Int32 {
  let next = op.assumingMemoryBound(to: Instruction.self) + 1
  return next.pointee.handler(core, next)
}

/// Says in the core which instruction executes. Whatever raises, ends a block in its midst or may reach a device does
/// so first; the fast paths need not.
@inline(__always)
func attend(_ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer) -> CPU {
  let cpu = CPU(core)
  cpu.core.pointee.op = op.assumingMemoryBound(to: Instruction.self)
  return cpu
}

/// Runs the body of an instruction after which the block cannot go on, and execution does with the next.
@inline(__always)
func leaving(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ body: (CPU, Op) throws(Fault) -> Void
) -> Int32 {
  do {
    try body(attend(core, op), op.assumingMemoryBound(to: Instruction.self))
    return Outcome.leave
  } catch {
    return Outcome.fault
  }
}

/// Runs the body of an instruction that sets `ARMState.pc`; it is the last of its block.
@inline(__always)
func jumping(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ body: (CPU, Op) throws(Fault) -> Void
) -> Int32 {
  do {
    try body(attend(core, op), op.assumingMemoryBound(to: Instruction.self))
  } catch {
    return Outcome.fault
  }
  return goOnAtPC(core)
}

/// Executes the block at `ARMState.pc`, when it is remembered for that address and nothing else is to be done.
@inline(__always)
func goOnAtPC(_ core: UnsafeMutableRawPointer) -> Int32 {
  let cpu = CPU(core)
  let address = cpu.core.pointee.state.pc
  guard let block = cpu.rememberedBlock(address) else { return Outcome.jumped }
  return enter(core, block, address, otherwise: Outcome.jumped)
}

/// Executes `block`, which is what lies at `address`; gives `outcome` back when the run loop has to decide.
@inline(__always)
func enter(
  _ core: UnsafeMutableRawPointer, _ block: UnsafeMutablePointer<Block<Instruction>>, _ address: UInt32,
  otherwise outcome: Int32
) -> Int32 {
  let cpu = CPU(core)
  let budget = cpu.core.pointee.budget &- Int(block.pointee.count)
  guard budget >= cpu.core.pointee.floor, cpu.core.pointee.pending == 0 else {
    cpu.core.pointee.state.pc = address
    return outcome
  }
  cpu.core.pointee.budget = budget
  cpu.core.pointee.block = block
  cpu.core.pointee.blockPC = address
  let op = UnsafePointer(block.pointee.instructions)
  return op.pointee.handler(core, op)
}

/// Goes on at `address`, in the page of the running block, by the link that was made when that was last done.
@inline(__always)
func follow(
  _ core: UnsafeMutableRawPointer, _ link: UnsafeMutablePointer<Block<Instruction>>?, _ address: UInt32,
  otherwise outcome: Int32
) -> Int32 {
  guard let next = link, next.pointee.isValid else {
    CPU(core).core.pointee.state.pc = address
    return outcome
  }
  return enter(core, next, address, otherwise: outcome)
}

/// Goes on behind `op`, which ends its block and was not executed, or has no effect on the program counter.
@inline(__always)
func fallThrough(_ core: UnsafeMutableRawPointer, _ address: UInt32) -> Int32 {
  let cpu = CPU(core)
  // Across pages no link is made: another mapping may have another page there.
  guard (address ^ cpu.core.pointee.blockPC) < 0x1000 else {
    cpu.core.pointee.state.pc = address
    return goOnAtPC(core)
  }
  return follow(core, cpu.core.pointee.block.unsafelyUnwrapped.pointee.notTaken, address, otherwise: Outcome.notTaken)
}
