import Engine
import SoftFloat

// The x87 register stack and its exceptions (SDM 1 chapter 8).
extension CPU {
  /// Bits of the status word.
  enum X87Status {
    static let stackFault: UInt16 = 0x40
    static let summary: UInt16 = 0x80
    static let c0: UInt16 = 0x100
    static let c1: UInt16 = 0x200
    static let c2: UInt16 = 0x400
    static let c3: UInt16 = 0x4000
    static let busy: UInt16 = 0x8000
    static let conditions: UInt16 = c0 | c1 | c2 | c3
  }

  // MARK: Before the instruction

  /// #NM where CR0 says that there is no x87, or that it holds another task's registers.
  @inline(__always)
  func checkX87() throws(Fault) {
    if core.pointee.state.cr0 & 0xc != 0 { throw raise(Vector.deviceNotAvailable) }
  }

  /// What precedes every waiting x87 instruction.
  ///
  /// - Returns: whether to go on: not if CR0.NE is clear and an exception waits for its interrupt, at which the
  ///   CPU stands still (SDM 3A 6.15, #MF).
  /// - Throws: #NM, #MF.
  @inline(__always)
  func waitForX87() throws(Fault) -> Bool {
    try checkX87()
    return try waitForPendingX87()
  }

  /// The same without a look at CR0.
  @inline(__always)
  func waitForPendingX87() throws(Fault) -> Bool {
    core.pointee.state.fpu.status & X87Status.summary == 0 ? true : try pendingX87()
  }

  @inline(never)
  private func pendingX87() throws(Fault) -> Bool {
    if core.pointee.state.cr0 & 0x20 != 0 { throw raise(Vector.x87) }
    owner.ferr.set(true)
    return false
  }

  /// Remembers the instruction and its memory operand (FOP, FIP, FDP). Instructions of control do not.
  @inline(__always)
  func recordX87(_ op: Op) {
    core.pointee.state.fpu.opcode = UInt16(truncatingIfNeeded: op.pointee.immediate) & 0x7ff
    core.pointee.state.fpu.instructionPointer = ripOf(op)
    core.pointee.state.fpu.instructionSelector = core.pointee.state.segments[1].selector
    if op.pointee.memory != .none {
      core.pointee.state.fpu.dataPointer = effectiveAddress(op)
      core.pointee.state.fpu.dataSelector = core.pointee.state.segments[Int(op.pointee.segment)].selector
    }
  }

  // MARK: Registers

  @inline(__always)
  var x87Top: Int { Int(core.pointee.state.fpu.status &>> 11) & 7 }

  /// The physical register behind ST(i).
  @inline(__always)
  func physical(_ i: Int) -> Int { (x87Top &+ i) & 7 }

  @inline(__always)
  func isEmpty(_ i: Int) -> Bool { core.pointee.state.fpu.empty &>> UInt8(truncatingIfNeeded: physical(i)) & 1 != 0 }

  @inline(__always)
  func st(_ i: Int) -> SoftFloat {
    let r = physical(i)
    return SoftFloat(
      significand: core.pointee.state.fpu.significand[r], signExponent: core.pointee.state.fpu.exponent[r])
  }

  @inline(__always)
  func setST(_ i: Int, _ value: SoftFloat) {
    let (significand, signExponent) = value.extended
    setST(i, significand, signExponent)
  }

  @inline(__always)
  func setST(_ i: Int, _ significand: UInt64, _ signExponent: UInt16) {
    let r = physical(i)
    core.pointee.state.fpu.significand[r] = significand
    core.pointee.state.fpu.exponent[r] = signExponent
    core.pointee.state.fpu.empty &= ~(1 &<< UInt8(truncatingIfNeeded: r))
  }

  @inline(__always)
  func setTop(_ top: Int) {
    let bits = UInt16(truncatingIfNeeded: top & 7) &<< 11
    core.pointee.state.fpu.status = (core.pointee.state.fpu.status & ~0x3800) | bits
  }

  @inline(__always)
  func popX87() {
    core.pointee.state.fpu.empty |= 1 &<< UInt8(truncatingIfNeeded: x87Top)
    setTop(x87Top &+ 1)
  }

  @inline(__always)
  func pushX87(_ value: SoftFloat) {
    setTop(x87Top &- 1)
    setST(0, value)
  }

  @inline(__always)
  func setConditions(_ bits: UInt16, of mask: UInt16) {
    core.pointee.state.fpu.status = (core.pointee.state.fpu.status & ~mask) | bits
  }

  // MARK: Exceptions

  /// Rounding and masks as the control word has them. `isArithmetic`: precision control applies.
  @inline(__always)
  func x87Context(isArithmetic: Bool = false) -> SoftContext {
    let control = core.pointee.state.fpu.control
    var precision = 64
    if isArithmetic {
      switch control &>> 8 & 3 {
      case 0: precision = 24
      case 2: precision = 53
      default: break
      }
    }
    return SoftContext(
      rounding: UInt8(truncatingIfNeeded: control &>> 10) & 3, masks: UInt8(truncatingIfNeeded: control) & 0x3f,
      precision: precision, minimumExponent: -16382, maximumExponent: 16383, rules: .x87)
  }

  /// Enters what an operation met into the status word.
  ///
  /// - Returns: whether its result is to be written.
  @inline(__always)
  func settleX87(_ context: SoftContext) -> Bool {
    guard context.flags != 0 else {
      core.pointee.state.fpu.status &= ~X87Status.c1
      return true
    }
    return settleX87Slow(context)
  }

  @inline(never)
  private func settleX87Slow(_ context: SoftContext) -> Bool {
    var status = core.pointee.state.fpu.status & ~X87Status.c1
    let isStopped = context.isStopped
    // An operation that was stopped has not rounded anything yet.
    let flags = isStopped ? context.flags & SoftContext.early : context.flags
    status |= UInt16(flags)
    if context.roundedUp, !isStopped { status |= X87Status.c1 }
    if flags & ~context.masks != 0 { status |= X87Status.summary | X87Status.busy }
    core.pointee.state.fpu.status = status
    return !isStopped
  }

  /// #IS: C1 tells overflow from underflow.
  ///
  /// - Returns: whether it is masked, and the instruction goes on with the indefinite.
  @inline(never)
  func stackFault(overflow: Bool) -> Bool {
    var status = core.pointee.state.fpu.status & ~X87Status.c1
    status |= X87Status.stackFault | UInt16(SoftContext.invalid)
    if overflow { status |= X87Status.c1 }
    let isMasked = core.pointee.state.fpu.control & 1 != 0
    if !isMasked { status |= X87Status.summary | X87Status.busy }
    core.pointee.state.fpu.status = status
    return isMasked
  }

  /// Recomputes the exception summary after the status or control word was loaded.
  func refreshX87Summary() {
    let fpu = core.pointee.state.fpu
    let isPending = fpu.status & ~fpu.control & 0x3f != 0
    let bits = X87Status.summary | X87Status.busy
    if !isPending, fpu.status & bits != 0 { owner.ferr.set(false) }
    core.pointee.state.fpu.status = isPending ? fpu.status | bits : fpu.status & ~bits
  }
}

/// Runs a waiting x87 instruction.
@inline(__always)
func x87(
  _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ body: (CPU, Op) throws(Fault) -> Void
) -> Int32 {
  do {
    let cpu = CPU(core)
    guard try cpu.waitForX87() else { return Outcome.again }
    try body(cpu, op.assumingMemoryBound(to: Instruction.self))
    return goOn(core, op)
  } catch {
    return Outcome.fault
  }
}
