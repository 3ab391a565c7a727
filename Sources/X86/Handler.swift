/// What executes one instruction and, with `goOn`, those that follow it in its block: gets the core and the
/// instruction, gives the `Outcome` of the one that ended it as a number.
public typealias Handler = @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer) -> Int32

/// How a block ended.
public enum Outcome {
  /// The block is over and `State.rip` says where to go on.
  @inlinable public static var jumped: Int32 { 1 }
  /// An exception was raised: `Core.fault` says which; the instruction has had no effect.
  @inlinable public static var fault: Int32 { 2 }
  /// The block is over; go on after this instruction.
  @inlinable public static var leave: Int32 { 3 }
  /// The block is over; go on with this same instruction (a repeated string instruction was interrupted).
  @inlinable public static var again: Int32 { 4 }
  /// Nothing was executed: this is the mark after a block's last instruction, or was put there because the
  /// rest of the block was overwritten.
  @inlinable public static var end: Int32 { 5 }
  /// A direct branch within the page was taken; `State.rip` is set.
  @inlinable public static var taken: Int32 { 6 }
  /// A conditional branch was not taken; `State.rip` is set.
  @inlinable public static var notTaken: Int32 { 7 }
}

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
