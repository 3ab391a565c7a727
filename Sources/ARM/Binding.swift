import Engine

extension CPU {
  /// Chooses what executes an instruction: its body, and before that its condition and what r15 reads as.
  func bind(_ instruction: inout Instruction) {
    instruction.body = Self.body(&instruction)
    let readsPC = instruction.flags.contains(.readsPC)
    if instruction.condition < 14 {
      if instruction.operation == .b {
        instruction.handler = Self.conditionalBranch(instruction.condition)
      } else {
        instruction.handler = readsPC ? Self.conditionalReader : Self.conditionals[Int(instruction.condition)]
      }
    } else {
      instruction.handler = readsPC ? Self.reader : instruction.body
    }
  }

  /// Sets what r15 reads as, then the body.
  private static let reader: Handler = { core, op in
    let op = op.assumingMemoryBound(to: Instruction.self)
    let cpu = CPU(core)
    cpu.core.pointee.state.readPC = cpu.programCounter(op)
    return op.pointee.body(core, op)
  }

  private static let conditionalReader: Handler = { core, op in
    let op = op.assumingMemoryBound(to: Instruction.self)
    let cpu = CPU(core)
    guard cpu.holds(op.pointee.condition) else { return skip(core, op) }
    cpu.core.pointee.state.readPC = cpu.programCounter(op)
    return op.pointee.body(core, op)
  }

  /// The instruction's condition does not hold. A block that it would have ended goes on behind it.
  @inline(__always)
  private static func skip(_ core: UnsafeMutableRawPointer, _ op: Op) -> Int32 {
    guard op.pointee.flags.contains(.endsBlock) else { return goOn(core, op) }
    return fallThrough(core, CPU(core).nextAddress(op))
  }

  @inline(__always)
  private static func conditional(
    _ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer, _ condition: UInt8
  ) -> Int32 {
    let op = op.assumingMemoryBound(to: Instruction.self)
    guard CPU(core).holds(condition) else { return skip(core, op) }
    return op.pointee.body(core, op)
  }

  private static let conditionals: [Handler] = [
    { conditional($0, $1, 0) }, { conditional($0, $1, 1) }, { conditional($0, $1, 2) }, { conditional($0, $1, 3) },
    { conditional($0, $1, 4) }, { conditional($0, $1, 5) }, { conditional($0, $1, 6) }, { conditional($0, $1, 7) },
    { conditional($0, $1, 8) }, { conditional($0, $1, 9) }, { conditional($0, $1, 10) }, { conditional($0, $1, 11) },
    { conditional($0, $1, 12) }, { conditional($0, $1, 13) },
  ]
}
