import Engine

/// Saturated arithmetic (DDI 0100 A10.4) and CLZ (A4.1.13).
extension CPU {
  static func bodySaturated(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .qadd: return { CPU.saturate($0, $1) { cpu, m, n in cpu.saturatedSum(m, n) } }
    case .qsub: return { CPU.saturate($0, $1) { cpu, m, n in cpu.saturatedDifference(m, n) } }
    case .qdadd: return { CPU.saturate($0, $1) { cpu, m, n in cpu.saturatedSum(m, cpu.saturatedSum(n, n)) } }
    case .qdsub: return { CPU.saturate($0, $1) { cpu, m, n in cpu.saturatedDifference(m, cpu.saturatedSum(n, n)) } }
    case .clz:
      return { core, p in
        let cpu = CPU(core)
        let op = p.assumingMemoryBound(to: Instruction.self)
        cpu.setRegister(
          op.pointee.rd, UInt32(truncatingIfNeeded: cpu.register(op.pointee.rm).leadingZeroBitCount))
        return goOn(core, p)
      }
    default: return nil
    }
  }

  @inline(__always)
  private static func saturate(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _ body: (CPU, _ m: Int32, _ n: Int32) -> Int32
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let m = Int32(bitPattern: cpu.register(op.pointee.rm))
    let n = Int32(bitPattern: cpu.register(op.pointee.rn))
    cpu.setRegister(op.pointee.rd, UInt32(bitPattern: body(cpu, m, n)))
    return goOn(core, p)
  }

  @inline(__always)
  private func saturatedSum(_ a: Int32, _ b: Int32) -> Int32 {
    let (sum, isOver) = a.addingReportingOverflow(b)
    guard isOver else { return sum }
    core.pointee.state.cpsr |= Flag.q
    return a < 0 ? .min : .max
  }

  @inline(__always)
  private func saturatedDifference(_ a: Int32, _ b: Int32) -> Int32 {
    let (difference, isOver) = a.subtractingReportingOverflow(b)
    guard isOver else { return difference }
    core.pointee.state.cpsr |= Flag.q
    return a < 0 ? .min : .max
  }
}
