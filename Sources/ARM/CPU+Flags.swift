extension CPU {
  /// N and Z of a result.
  @inline(__always)
  func setNZ(_ result: UInt32) {
    core.pointee.negative = result
    core.pointee.zero = result
  }

  /// Whether condition code `condition` (0 EQ to 14 AL) holds (DDI 0100 A3.2).
  @inline(__always)
  func holds(_ condition: UInt8) -> Bool {
    let n = core.pointee.negative &>> 31
    let v = core.pointee.overflow
    let z = core.pointee.zero == 0
    let c = core.pointee.carry != 0
    return switch condition {
    case 0: z
    case 1: !z
    case 2: c
    case 3: !c
    case 4: n != 0
    case 5: n == 0
    case 6: v != 0
    case 7: v == 0
    case 8: c && !z
    case 9: !c || z
    case 10: n == v
    case 11: n != v
    case 12: !z && n == v
    case 13: z || n != v
    default: true
    }
  }

  /// CPSR with its condition flags.
  var cpsr: UInt32 {
    core.pointee.state.cpsr & ~0xf000_0000
      | core.pointee.negative & Flag.n
      | (core.pointee.zero == 0 ? Flag.z : 0)
      | core.pointee.carry &<< 29
      | core.pointee.overflow &<< 28
  }

  /// Takes N, Z, C and V from bits 28-31.
  @inline(__always)
  func setConditionFlags(_ bits: UInt32) {
    core.pointee.negative = bits & Flag.n
    // A result that is negative and zero at once exists only here: bits of N and Z are apart in the core.
    core.pointee.zero = bits & Flag.z == 0 ? 1 : 0
    core.pointee.carry = bits &>> 29 & 1
    core.pointee.overflow = bits &>> 28 & 1
  }

  /// Replaces CPSR as a whole: flags, masks, state and mode with its registers.
  ///
  /// A mode that does not exist is UNPREDICTABLE (A2.2): the present one stays.
  func setCPSR(_ value: UInt32) {
    var value = value & Flag.all & ~Flag.j
    if Mode(rawValue: UInt8(truncatingIfNeeded: value & Flag.mode)) == nil {
      value = value & ~Flag.mode | core.pointee.state.cpsr & Flag.mode
    }
    setConditionFlags(value)
    switchBank(to: value & Flag.mode)
    core.pointee.state.cpsr = value
    core.pointee.mode = value & Flag.t != 0 ? 1 : 0
    refreshMode()
    refreshPending()
  }

  /// The present mode.
  var mode: Mode {
    Mode(rawValue: UInt8(truncatingIfNeeded: core.pointee.state.cpsr & Flag.mode)) ?? .supervisor
  }

  /// Puts the present mode's registers away and takes those of mode number `number`; CPSR stays.
  func switchBank(to number: UInt32) {
    let from = mode
    guard let to = Mode(rawValue: UInt8(truncatingIfNeeded: number)), from != to else { return }
    core.pointee.state.banks[from.bank].sp = core.pointee.state.r[13]
    core.pointee.state.banks[from.bank].lr = core.pointee.state.r[14]
    if (from == .fiq) != (to == .fiq) {
      for index in 0..<5 {
        let other = core.pointee.state.otherHigh[index]
        core.pointee.state.otherHigh[index] = core.pointee.state.r[8 + index]
        core.pointee.state.r[8 + index] = other
      }
    }
    core.pointee.state.r[13] = core.pointee.state.banks[to.bank].sp
    core.pointee.state.r[14] = core.pointee.state.banks[to.bank].lr
  }

  /// SPSR of the present mode; CPSR where there is none, which is UNPREDICTABLE (A4.1.38).
  var spsr: UInt32 { mode.hasSPSR ? core.pointee.state.banks[mode.bank].spsr : cpsr }

  /// Without effect where there is none.
  func setSPSR(_ value: UInt32) {
    if mode.hasSPSR { core.pointee.state.banks[mode.bank].spsr = value & Flag.all }
  }

  /// Register `number` of the user bank (LDM and STM with ^).
  func userRegister(_ number: Int) -> UInt32 {
    if number == 13 || number == 14, mode.bank != 0 {
      return number == 13 ? core.pointee.state.banks[0].sp : core.pointee.state.banks[0].lr
    }
    if (8...12).contains(number), mode == .fiq { return core.pointee.state.otherHigh[number - 8] }
    return register(UInt8(truncatingIfNeeded: number * 4))
  }

  func setUserRegister(_ number: Int, _ value: UInt32) {
    if number == 13, mode.bank != 0 {
      core.pointee.state.banks[0].sp = value
    } else if number == 14, mode.bank != 0 {
      core.pointee.state.banks[0].lr = value
    } else if (8...12).contains(number), mode == .fiq {
      core.pointee.state.otherHigh[number - 8] = value
    } else {
      setRegister(UInt8(truncatingIfNeeded: number * 4), value)
    }
  }
}
