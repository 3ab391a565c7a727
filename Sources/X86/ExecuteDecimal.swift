extension CPU {
  // Decimal arithmetic (SDM 1 7.3.3). What the manual calls undefined is as Intel's CPUs since the P6 do it.

  /// DAA and DAS.
  func decimalAdjust(subtracting: Bool) {
    let old = register(UInt8.self, Self.rax)
    let hadCarry = carry
    var value = old
    var carries = false
    let low = old & 15 > 9 || adjust
    if low {
      carries = hadCarry || (subtracting ? old < 6 : old > 0xf9)
      value = subtracting ? value &- 6 : value &+ 6
    }
    if old > 0x99 || hadCarry {
      value = subtracting ? value &- 0x60 : value &+ 0x60
      carries = true
    } else if !subtracting {
      carries = false
    }
    setRegister(Self.rax, value)
    setLogicFlags(value)
    setArithmeticFlags(rflags & ~(Flag.carry | Flag.adjust) | (carries ? Flag.carry : 0) | (low ? Flag.adjust : 0))
  }

  /// AAA and AAS.
  func asciiAdjust(subtracting: Bool) {
    var ax = register(UInt16.self, Self.rax)
    let adjusts = ax & 15 > 9 || adjust
    if adjusts { ax = subtracting ? ax &- 0x106 : ax &+ 0x106 }
    ax &= 0xff0f
    setRegister(Self.rax, ax)
    setLogicFlags(UInt8(truncatingIfNeeded: ax))
    let flags = Flag.carry | Flag.adjust
    setArithmeticFlags(rflags & ~flags | (adjusts ? flags : 0))
  }

  func asciiAdjustMultiply(_ op: Op) throws(Fault) {
    let base = UInt8(truncatingIfNeeded: op.pointee.immediate)
    guard base != 0 else { throw raise(Vector.divide) }
    let (quotient, remainder) = register(UInt8.self, Self.rax).quotientAndRemainder(dividingBy: base)
    setRegister(Self.rax, UInt16(quotient) << 8 | UInt16(remainder))
    setLogicFlags(remainder)
  }

  func asciiAdjustDivide(_ op: Op) {
    let base = UInt8(truncatingIfNeeded: op.pointee.immediate)
    let value = register(UInt8.self, Self.rax) &+ register(UInt8.self, Self.ah) &* base
    setRegister(Self.rax, UInt16(value))
    setLogicFlags(value)
  }
}
