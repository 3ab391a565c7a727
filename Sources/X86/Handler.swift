import Engine

/// An instruction's pointer, as handlers see it.
public typealias Op = UnsafePointer<Instruction>

/// Runs the body of an instruction that goes on to the next one.
@inline(__always)
func straight(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ body: (CPU, Op) throws(Fault) -> Void
) -> Int32 {
  do {
    try body(CPU(core), op.assumingMemoryBound(to: Instruction.self))
  } catch {
    return Outcome.fault
  }
  return goOn(core, op)
}

/// Executes what follows `op` in its block, which always has an end.
///
/// As the last thing that a handler does it compiles to a jump, so that each handler predicts its own successor;
/// where it does not, the stack grows by no more than a block's length.
@inline(__always)
func goOn(_ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer) -> Int32 {
  let next = op.assumingMemoryBound(to: Instruction.self) + 1
  core.assumingMemoryBound(to: Core.self).pointee.op = next
  return next.pointee.handler(core, next)
}

/// Runs the body of an instruction after which the block cannot go on, and execution does with the next.
@inline(__always)
func leaving(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ body: (CPU, Op) throws(Fault) -> Void
) -> Int32 {
  do {
    try body(CPU(core), op.assumingMemoryBound(to: Instruction.self))
    return Outcome.leave
  } catch {
    return Outcome.fault
  }
}

/// Runs the body of an instruction that sets `State.rip`.
@inline(__always)
func jumping(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ body: (CPU, Op) throws(Fault) -> Void
) -> Int32 {
  do {
    try body(CPU(core), op.assumingMemoryBound(to: Instruction.self))
    return Outcome.jumped
  } catch {
    return Outcome.fault
  }
}
