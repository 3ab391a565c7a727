import Engine

/// INT n, INT3, INTO, INT1 and BOUND (SDM 2).
extension CPU {
  static func bindInterrupts(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .int:
      return { c, p in
        jumping(c, p) { cpu, op throws(Fault) in
          try cpu.softwareInterrupt(UInt8(truncatingIfNeeded: op.pointee.immediate), op)
        }
      }
    case .int3:
      return { c, p in
        jumping(c, p) { cpu, op throws(Fault) in
          try cpu.interrupt(Event(vector: Vector.breakpoint, isSoftware: true, next: cpu.nextRIP(op)))
        }
      }
    case .into:
      return { c, p in
        jumping(c, p) { cpu, op throws(Fault) in
          guard cpu.overflow else {
            cpu.core.pointee.state.rip = cpu.nextRIP(op)
            return
          }
          try cpu.interrupt(Event(vector: Vector.overflow, isSoftware: true, next: cpu.nextRIP(op)))
        }
      }
    case .int1:
      // No privilege is asked for, and DR6 tells nothing (SDM 2 INT n/INTO/INT3/INT1).
      return { c, p in
        jumping(c, p) { cpu, op throws(Fault) in
          cpu.logInterrupt(.exception, Vector.debug, next: cpu.nextRIP(op))
          try cpu.interrupt(Event(vector: Vector.debug, next: cpu.nextRIP(op)))
        }
      }
    case .bound:
      return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.checkBound(op) } }
    case .ud0, .ud1, .ud2:
      return { c, p in straight(c, p) { cpu, _ throws(Fault) in throw cpu.undefined() } }
    default: return nil
    }
  }

  private func softwareInterrupt(_ vector: UInt8, _ op: Op) throws(Fault) {
    let next = nextRIP(op)
    if isVM86, try interruptInVM86(vector, next: next) { return }
    try interrupt(Event(vector: vector, isSoftware: true, next: next))
  }

  /// BOUND: signed index against the two signed bounds in memory.
  private func checkBound(_ op: Op) throws(Fault) {
    let address = effectiveAddress(op)
    let segment = op.pointee.segment
    let mask: UInt64 = op.pointee.addressSize == 2 ? 0xffff : 0xffff_ffff
    let index: Int32
    let lower: Int32
    let upper: Int32
    if op.pointee.size == 2 {
      index = Int32(Int16(bitPattern: register(UInt16.self, op.pointee.a)))
      lower = Int32(Int16(bitPattern: try load(UInt16.self, segment: segment, address)))
      upper = Int32(Int16(bitPattern: try load(UInt16.self, segment: segment, (address &+ 2) & mask)))
    } else {
      index = Int32(bitPattern: register(UInt32.self, op.pointee.a))
      lower = Int32(bitPattern: try load(UInt32.self, segment: segment, address))
      upper = Int32(bitPattern: try load(UInt32.self, segment: segment, (address &+ 4) & mask))
    }
    guard lower <= index, index <= upper else { throw raise(Vector.bound) }
  }
}
