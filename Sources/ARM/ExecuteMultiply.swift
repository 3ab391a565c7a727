import Engine

/// Multiplies (DDI 0100 A3.5, A3.6; A10.5 for those of halfwords). With S, N and Z follow the result; C and V stay,
/// which the manual leaves open for C before ARMv5 only.
extension CPU {
  static func bodyMultiply(_ i: Instruction) -> Handler? {
    let updates = i.flags.contains(.updates)
    switch i.operation {
    case .mul:
      return updates
        ? { CPU.multiply($0, $1, updates: true) { cpu, op in cpu.product(op) } }
        : { CPU.multiply($0, $1, updates: false) { cpu, op in cpu.product(op) } }
    case .mla:
      return updates
        ? { CPU.multiply($0, $1, updates: true) { cpu, op in cpu.product(op) &+ cpu.register(op.pointee.rn) } }
        : { CPU.multiply($0, $1, updates: false) { cpu, op in cpu.product(op) &+ cpu.register(op.pointee.rn) } }
    case .umull: return { CPU.multiplyLong($0, $1) { cpu, op in cpu.unsignedProduct(op) } }
    case .umlal: return { CPU.multiplyLong($0, $1) { cpu, op in cpu.unsignedProduct(op) &+ cpu.long(op) } }
    case .smull: return { CPU.multiplyLong($0, $1) { cpu, op in cpu.signedProduct(op) } }
    case .smlal: return { CPU.multiplyLong($0, $1) { cpu, op in cpu.signedProduct(op) &+ cpu.long(op) } }
    case .smlalHalf:
      return {
        CPU.multiplyLong($0, $1) { cpu, op in
          UInt64(bitPattern: Int64(cpu.halfM(op) &* cpu.halfS(op))) &+ cpu.long(op)
        }
      }
    case .smul:
      return {
        CPU.multiply($0, $1, updates: false) { cpu, op in UInt32(bitPattern: cpu.halfM(op) &* cpu.halfS(op)) }
      }
    case .smla:
      return {
        CPU.multiply($0, $1, updates: false) { cpu, op in
          cpu.accumulated(cpu.halfM(op) &* cpu.halfS(op), cpu.register(op.pointee.rn))
        }
      }
    case .smulw:
      return { CPU.multiply($0, $1, updates: false) { cpu, op in UInt32(bitPattern: cpu.wideProduct(op)) } }
    case .smlaw:
      return {
        CPU.multiply($0, $1, updates: false) { cpu, op in
          cpu.accumulated(cpu.wideProduct(op), cpu.register(op.pointee.rn))
        }
      }
    default: return nil
    }
  }

  @inline(__always)
  private static func multiply(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, updates: Bool, _ body: (CPU, Op) -> UInt32
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let result = body(cpu, op)
    if updates { cpu.setNZ(result) }
    cpu.setRegister(op.pointee.rd, result)
    return goOn(core, p)
  }

  /// Of two equal destinations the upper half wins; that is UNPREDICTABLE.
  @inline(__always)
  private static func multiplyLong(
    _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer, _ body: (CPU, Op) -> UInt64
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let result = body(cpu, op)
    let low = UInt32(truncatingIfNeeded: result)
    let high = UInt32(truncatingIfNeeded: result &>> 32)
    if op.pointee.flags.contains(.updates) {
      cpu.core.pointee.negative = high
      cpu.core.pointee.zero = low | high
    }
    cpu.setRegister(op.pointee.rn, low)
    cpu.setRegister(op.pointee.rd, high)
    return goOn(core, p)
  }

  @inline(__always)
  private func product(_ op: Op) -> UInt32 { register(op.pointee.rm) &* register(op.pointee.rs) }

  @inline(__always)
  private func unsignedProduct(_ op: Op) -> UInt64 {
    UInt64(register(op.pointee.rm)) &* UInt64(register(op.pointee.rs))
  }

  @inline(__always)
  private func signedProduct(_ op: Op) -> UInt64 {
    let m = Int64(Int32(bitPattern: register(op.pointee.rm)))
    return UInt64(bitPattern: m &* Int64(Int32(bitPattern: register(op.pointee.rs))))
  }

  /// RdHi and RdLo.
  @inline(__always)
  private func long(_ op: Op) -> UInt64 {
    UInt64(register(op.pointee.rd)) &<< 32 | UInt64(register(op.pointee.rn))
  }

  /// The half of Rm that the instruction names.
  @inline(__always)
  private func halfM(_ op: Op) -> Int32 {
    let value = Int32(bitPattern: register(op.pointee.rm))
    return op.pointee.flags.contains(.topM) ? value &>> 16 : Int32(Int16(truncatingIfNeeded: value))
  }

  @inline(__always)
  private func halfS(_ op: Op) -> Int32 {
    let value = Int32(bitPattern: register(op.pointee.rs))
    return op.pointee.flags.contains(.topS) ? value &>> 16 : Int32(Int16(truncatingIfNeeded: value))
  }

  /// The upper 32 of the 48 bits of a word times a halfword.
  @inline(__always)
  private func wideProduct(_ op: Op) -> Int32 {
    let wide = Int64(Int32(bitPattern: register(op.pointee.rm))) &* Int64(halfS(op))
    return Int32(truncatingIfNeeded: wide &>> 16)
  }

  /// The sum; sets Q where it overflows.
  @inline(__always)
  private func accumulated(_ product: Int32, _ addend: UInt32) -> UInt32 {
    let (sum, isOver) = product.addingReportingOverflow(Int32(bitPattern: addend))
    if isOver { core.pointee.state.cpsr |= Flag.q }
    return UInt32(bitPattern: sum)
  }
}
