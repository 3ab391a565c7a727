import Engine

/// IN and OUT (SDM 1 chapter 19).
extension CPU {
  static func bindPortIO(_ i: Instruction) -> Handler? {
    switch (i.operation, i.size) {
    case (.in, 1): return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.input(UInt8.self, op) } }
    case (.in, 2): return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.input(UInt16.self, op) } }
    case (.in, _): return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.input(UInt32.self, op) } }
    case (.out, 1): return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.output(UInt8.self, op) } }
    case (.out, 2): return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.output(UInt16.self, op) } }
    case (.out, _): return { c, p in leaving(c, p) { cpu, op throws(Fault) in try cpu.output(UInt32.self, op) } }
    default: return nil
    }
  }

  private func port(_ op: Op) -> UInt16 {
    op.pointee.flags.contains(.immediate)
      ? UInt16(truncatingIfNeeded: op.pointee.immediate & 0xff) : register(UInt16.self, Self.rdx)
  }

  private func input<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_: W.Type, _ op: Op) throws(Fault) {
    let port = port(op)
    let width = W.bitWidth / 8
    try checkIO(port, width: width)
    setRegister(Self.rax, W(truncatingIfNeeded: owner.ports.read(UInt64(port), width: width)))
  }

  private func output<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_: W.Type, _ op: Op) throws(Fault) {
    let port = port(op)
    let width = W.bitWidth / 8
    try checkIO(port, width: width)
    owner.ports.write(UInt64(register(W.self, Self.rax)), UInt64(port), width: width)
    // A device may need memory for it that is to come.
    try checkLoss()
  }

  /// Whether the program may use `width` bytes from `port` (SDM 1 19.5); notes what breakpoints watch there.
  ///
  /// - Throws: #GP(0).
  func checkIO(_ port: UInt16, width: Int) throws(Fault) {
    if hasProtection, isVM86 || core.pointee.cpl > iopl { try checkIOMap(port, width: width) }
    checkPortBreakpoint(port, width: width)
  }

  private func checkIOMap(_ port: UInt16, width: Int) throws(Fault) {
    let task = core.pointee.state.segments[Segment.tr]
    guard task.isPresent, task.type & 8 != 0, task.limit >= 103 else { throw protection(0) }
    let map = UInt64(try loadSystem(UInt16.self, linear: task.base &+ 102))
    let at = map + UInt64(port >> 3)
    // Two bytes are always read, so that the map must end with a byte of ones.
    guard at + 1 <= UInt64(task.limit) else { throw protection(0) }
    let bits = try loadSystem(UInt16.self, linear: task.base &+ at)
    let wanted: UInt16 = (1 << UInt16(width) &- 1) << (port & 7)
    guard bits & wanted == 0 else { throw protection(0) }
  }
}
