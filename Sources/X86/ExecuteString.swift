import Engine
import Glibc

extension CPU {
  /// String instructions (SDM 1 7.3.9). With a repeat prefix one execution does at most `longestRepeat`
  /// elements and then begins again, so that interrupts come in between.
  static func bindString(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .movs:
      choose(
        i,
        (
          {
            CPU.repeated($0, $1) {
              $0.moveStrings(UInt8.self, $1, $2)
            } element: { cpu, op throws(Fault) in
              try cpu.moveString(UInt8.self, op)
            }
          },
          {
            CPU.repeated($0, $1) {
              $0.moveStrings(UInt16.self, $1, $2)
            } element: { cpu, op throws(Fault) in
              try cpu.moveString(UInt16.self, op)
            }
          },
          {
            CPU.repeated($0, $1) {
              $0.moveStrings(UInt32.self, $1, $2)
            } element: { cpu, op throws(Fault) in
              try cpu.moveString(UInt32.self, op)
            }
          },
          {
            CPU.repeated($0, $1) {
              $0.moveStrings(UInt64.self, $1, $2)
            } element: { cpu, op throws(Fault) in
              try cpu.moveString(UInt64.self, op)
            }
          }
        ))
    case .stos:
      choose(
        i,
        (
          {
            CPU.repeated($0, $1) {
              $0.storeStrings(UInt8.self, $1, $2)
            } element: { cpu, op throws(Fault) in
              try cpu.storeString(UInt8.self, op)
            }
          },
          {
            CPU.repeated($0, $1) {
              $0.storeStrings(UInt16.self, $1, $2)
            } element: { cpu, op throws(Fault) in
              try cpu.storeString(UInt16.self, op)
            }
          },
          {
            CPU.repeated($0, $1) {
              $0.storeStrings(UInt32.self, $1, $2)
            } element: { cpu, op throws(Fault) in
              try cpu.storeString(UInt32.self, op)
            }
          },
          {
            CPU.repeated($0, $1) {
              $0.storeStrings(UInt64.self, $1, $2)
            } element: { cpu, op throws(Fault) in
              try cpu.storeString(UInt64.self, op)
            }
          }
        ))
    case .lods:
      choose(
        i,
        (
          { CPU.repeated($0, $1, element: { cpu, op throws(Fault) in try cpu.loadString(UInt8.self, op) }) },
          { CPU.repeated($0, $1, element: { cpu, op throws(Fault) in try cpu.loadString(UInt16.self, op) }) },
          { CPU.repeated($0, $1, element: { cpu, op throws(Fault) in try cpu.loadString(UInt32.self, op) }) },
          { CPU.repeated($0, $1, element: { cpu, op throws(Fault) in try cpu.loadString(UInt64.self, op) }) }
        ))
    case .cmps:
      choose(
        i,
        (
          { CPU.repeatedWhile($0, $1) { cpu, op throws(Fault) in try cpu.compareString(UInt8.self, op) } },
          { CPU.repeatedWhile($0, $1) { cpu, op throws(Fault) in try cpu.compareString(UInt16.self, op) } },
          { CPU.repeatedWhile($0, $1) { cpu, op throws(Fault) in try cpu.compareString(UInt32.self, op) } },
          { CPU.repeatedWhile($0, $1) { cpu, op throws(Fault) in try cpu.compareString(UInt64.self, op) } }
        ))
    case .scas:
      choose(
        i,
        (
          { CPU.repeatedWhile($0, $1) { cpu, op throws(Fault) in try cpu.scanString(UInt8.self, op) } },
          { CPU.repeatedWhile($0, $1) { cpu, op throws(Fault) in try cpu.scanString(UInt16.self, op) } },
          { CPU.repeatedWhile($0, $1) { cpu, op throws(Fault) in try cpu.scanString(UInt32.self, op) } },
          { CPU.repeatedWhile($0, $1) { cpu, op throws(Fault) in try cpu.scanString(UInt64.self, op) } }
        ))
    case .ins:
      choose(
        i,
        (
          { CPU.repeated($0, $1, element: { cpu, op throws(Fault) in try cpu.inputString(UInt8.self, op) }) },
          { CPU.repeated($0, $1, element: { cpu, op throws(Fault) in try cpu.inputString(UInt16.self, op) }) },
          { CPU.repeated($0, $1, element: { cpu, op throws(Fault) in try cpu.inputString(UInt32.self, op) }) },
          { CPU.repeated($0, $1, element: { cpu, op throws(Fault) in try cpu.inputString(UInt64.self, op) }) }
        ))
    case .outs:
      choose(
        i,
        (
          { CPU.repeated($0, $1, element: { cpu, op throws(Fault) in try cpu.outputString(UInt8.self, op) }) },
          { CPU.repeated($0, $1, element: { cpu, op throws(Fault) in try cpu.outputString(UInt16.self, op) }) },
          { CPU.repeated($0, $1, element: { cpu, op throws(Fault) in try cpu.outputString(UInt32.self, op) }) },
          { CPU.repeated($0, $1, element: { cpu, op throws(Fault) in try cpu.outputString(UInt64.self, op) }) }
        ))
    default: nil
    }
  }

  private static var longestRepeat: Int { 4096 }

  /// Runs `element` once, or as often as the counter says. Before that `several` is asked to do some of so many at
  /// once, and says how many it has done.
  @inline(__always)
  private static func repeated(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _ several: (CPU, Op, UInt64) -> UInt64 = { _, _, _ in 0 },
    element: (CPU, Op) throws(Fault) -> Void
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    do {
      guard !op.pointee.flags.isDisjoint(with: [.rep, .repne]) else {
        try element(cpu, op)
        return goOn(core, p)
      }
      var left = cpu.counter(op)
      var done = cpu.takeRepeated()
      while done < longestRepeat {
        guard left != 0 else { return goOn(core, p) }
        let some = cpu.isInterrupted ? 0 : several(cpu, op, min(left, UInt64(longestRepeat - done)))
        if some > 0 {
          done += Int(some)
          left &-= some
          cpu.setCounter(op, left)
          continue
        }
        do {
          try element(cpu, op)
        } catch {
          cpu.keepRepeated(done)
          return Outcome.fault
        }
        done += 1
        left &-= 1
        // Registers are right after each element: the next one may fault.
        cpu.setCounter(op, left)
        if cpu.isInterrupted { break }
      }
      return left == 0 ? goOn(core, p) : Outcome.again
    } catch {
      return Outcome.fault
    }
  }

  /// The same for CMPS and SCAS, which also look at ZF.
  @inline(__always)
  private static func repeatedWhile(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _ element: (CPU, Op) throws(Fault) -> Void
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    do {
      guard !op.pointee.flags.isDisjoint(with: [.rep, .repne]) else {
        try element(cpu, op)
        return goOn(core, p)
      }
      let wanted = op.pointee.flags.contains(.rep)
      var left = cpu.counter(op)
      for done in cpu.takeRepeated()..<longestRepeat {
        guard left != 0 else { return goOn(core, p) }
        do {
          try element(cpu, op)
        } catch {
          cpu.keepRepeated(done)
          return Outcome.fault
        }
        left &-= 1
        cpu.setCounter(op, left)
        if cpu.zero != wanted { return goOn(core, p) }
        if cpu.isInterrupted { break }
      }
      return left == 0 ? goOn(core, p) : Outcome.again
    } catch {
      return Outcome.fault
    }
  }

  /// The elements of this execution that were done before it found memory that is lost.
  @inline(__always)
  private func takeRepeated() -> Int {
    let done = core.pointee.repeated
    if done != 0 { core.pointee.repeated = 0 }
    return done
  }

  /// What is tried again goes on where it was, and counts as one instruction with what was done before.
  @inline(never)
  private func keepRepeated(_ done: Int) {
    if core.pointee.pending & Pending.abandon != 0 { core.pointee.repeated = done }
  }

  /// Whether a repeated instruction is left between two of its elements. How it is cut decides how many instructions
  /// it counts as: what the guest does not see must not.
  @inline(__always)
  private var isInterrupted: Bool { core.pointee.pending & ~Pending.host != 0 }

  /// Plus or minus the size of an element.
  @inline(__always)
  private func step<W: FixedWidthInteger>(_: W.Type) -> UInt64 {
    let size = UInt64(W.bitWidth / 8)
    return core.pointee.state.rflags & Flag.direction != 0 ? 0 &- size : size
  }

  @inline(__always)
  private func source(_ op: Op) -> UInt64 { core.pointee.state.gpr[6] & counterMask(op) }
  @inline(__always)
  private func destination(_ op: Op) -> UInt64 { core.pointee.state.gpr[7] & counterMask(op) }

  /// How many elements of `size` bytes there are from `offset` on, to the end of the page and the segment, at most
  /// `limit`.
  @inline(__always)
  private func room(_ offset: UInt64, _ end: UInt64, _ segment: UInt8, size: UInt64, limit: UInt64) -> UInt64 {
    guard offset < end else { return 0 }
    let linear = accessEntry(segment).pointee.base &+ offset
    return min(limit, min(0x1000 - (linear & 0xfff), end - offset) / size)
  }

  /// Where elements can be written from `offset` on, and in a page with code no more of them than lie before it.
  @inline(__always)
  private func target<W: FixedWidthInteger>(_: W.Type, _ offset: UInt64, _ limit: inout UInt64)
    -> UnsafeMutableRawPointer?
  {
    if let target = writable(W.self, segment: 0, offset) { return target }
    guard let found = besideCode(segment: 0, offset) else { return nil }
    limit = min(limit, found.room / UInt64(W.bitWidth / 8))
    return found.host
  }

  /// MOVS upwards within a page each of what is read and written, both in RAM.
  @inline(__always)
  private func moveStrings<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ op: Op, _ limit: UInt64
  ) -> UInt64 {
    let size = UInt64(W.bitWidth / 8)
    let (from, to) = (source(op), destination(op))
    let segment = op.pointee.segment
    var limit = limit
    guard limit > 1, op.pointee.addressSize == 4, core.pointee.state.rflags & Flag.direction == 0,
      let source = readable(W.self, segment: segment, from), let target = target(W.self, to, &limit)
    else { return 0 }
    let count = room(
      to, min(accessEntry(0).pointee.writeEnd, 1 << 32), 0, size: size,
      limit: room(
        from, min(accessEntry(segment).pointee.readEnd, 1 << 32), segment, size: size, limit: limit))
    guard count > 0 else { return 0 }
    let bytes = Int(count &* size)
    // What is read may be what was just written.
    if target <= source || target - source >= bytes {
      memmove(target, source, bytes)
    } else {
      for place in stride(from: 0, to: bytes, by: Int(size)) {
        (target + place).storeBytes(of: (source + place).loadUnaligned(as: W.self), as: W.self)
      }
    }
    setAddressRegister(Self.rsi, op, from &+ UInt64(bytes))
    setAddressRegister(Self.rdi, op, to &+ UInt64(bytes))
    return count
  }

  /// STOS likewise.
  @inline(__always)
  private func storeStrings<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ op: Op, _ limit: UInt64
  ) -> UInt64 {
    let size = UInt64(W.bitWidth / 8)
    let to = destination(op)
    var limit = limit
    guard limit > 1, op.pointee.addressSize == 4, core.pointee.state.rflags & Flag.direction == 0,
      let target = target(W.self, to, &limit)
    else { return 0 }
    let count = room(to, min(accessEntry(0).pointee.writeEnd, 1 << 32), 0, size: size, limit: limit)
    guard count > 0 else { return 0 }
    let value = register(W.self, Self.rax)
    for place in stride(from: 0, to: Int(count &* size), by: Int(size)) {
      (target + place).storeBytes(of: value, as: W.self)
    }
    setAddressRegister(Self.rdi, op, to &+ count &* size)
    return count
  }

  @inline(__always)
  private func moveString<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ op: Op
  ) throws(Fault) {
    let from = source(op)
    let to = destination(op)
    try store(try load(W.self, segment: op.pointee.segment, from), segment: 0, to)
    setAddressRegister(Self.rsi, op, from &+ step(W.self))
    setAddressRegister(Self.rdi, op, to &+ step(W.self))
  }

  @inline(__always)
  private func storeString<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ op: Op
  ) throws(Fault) {
    let to = destination(op)
    try store(register(W.self, Self.rax), segment: 0, to)
    setAddressRegister(Self.rdi, op, to &+ step(W.self))
  }

  @inline(__always)
  private func loadString<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ op: Op
  ) throws(Fault) {
    let from = source(op)
    setRegister(Self.rax, try load(W.self, segment: op.pointee.segment, from))
    setAddressRegister(Self.rsi, op, from &+ step(W.self))
  }

  @inline(__always)
  private func compareString<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ op: Op
  ) throws(Fault) {
    let from = source(op)
    let to = destination(op)
    let a = try load(W.self, segment: op.pointee.segment, from)
    _ = Compare.apply(self, a, try load(W.self, segment: 0, to))
    setAddressRegister(Self.rsi, op, from &+ step(W.self))
    setAddressRegister(Self.rdi, op, to &+ step(W.self))
  }

  @inline(__always)
  private func scanString<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ op: Op
  ) throws(Fault) {
    let to = destination(op)
    _ = Compare.apply(self, register(W.self, Self.rax), try load(W.self, segment: 0, to))
    setAddressRegister(Self.rdi, op, to &+ step(W.self))
  }

  @inline(__always)
  private func inputString<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ op: Op
  ) throws(Fault) {
    let port = register(UInt16.self, Self.rdx)
    let to = destination(op)
    try checkIO(port, width: W.bitWidth / 8)
    // The port must not be read when the store would fault.
    try probeStore(W.self, segment: 0, to)
    try store(W(truncatingIfNeeded: owner.ports.read(UInt64(port), width: W.bitWidth / 8)), segment: 0, to)
    setAddressRegister(Self.rdi, op, to &+ step(W.self))
  }

  @inline(__always)
  private func outputString<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ op: Op
  ) throws(Fault) {
    let port = register(UInt16.self, Self.rdx)
    let from = source(op)
    try checkIO(port, width: W.bitWidth / 8)
    let value = try load(W.self, segment: op.pointee.segment, from)
    owner.ports.write(UInt64(truncatingIfNeeded: value), UInt64(port), width: W.bitWidth / 8)
    try checkLoss()
    setAddressRegister(Self.rsi, op, from &+ step(W.self))
  }
}
