extension CPU {
  /// Bits of RFLAGS (SDM 1 3.4.3).
  enum Flag {
    static let carry: UInt64 = 1
    static let parity: UInt64 = 4
    static let adjust: UInt64 = 0x10
    static let zero: UInt64 = 0x40
    static let sign: UInt64 = 0x80
    static let trap: UInt64 = 0x100
    static let interrupt: UInt64 = 0x200
    static let direction: UInt64 = 0x400
    static let overflow: UInt64 = 0x800
    static let iopl: UInt64 = 0x3000
    static let nestedTask: UInt64 = 0x4000
    static let resume: UInt64 = 0x10000
    static let vm86: UInt64 = 0x20000
    static let alignment: UInt64 = 0x40000
    static let virtualInterrupt: UInt64 = 0x80000
    static let virtualPending: UInt64 = 0x100000
    static let identification: UInt64 = 0x200000
    static let arithmetic: UInt64 = 0x8d5
  }

  // CF, PF, AF, ZF, SF and OF are not computed until somebody asks: an instruction stores its result and the
  // carries out of each bit, from which each flag is one or two operations.

  @inline(__always)
  var carry: Bool { core.pointee.flagCarries &>> 31 != 0 }
  @inline(__always)
  var carryBit: UInt64 { UInt64(core.pointee.flagCarries &>> 31) }
  @inline(__always)
  var overflow: Bool { (core.pointee.flagCarries ^ (core.pointee.flagCarries &<< 1)) &>> 31 != 0 }
  @inline(__always)
  var zero: Bool { core.pointee.flagResult == 0 }
  @inline(__always)
  var sign: Bool { (core.pointee.flagResult &>> 63) ^ UInt64(core.pointee.flagCarries & 1) != 0 }
  @inline(__always)
  var parity: Bool {
    let byte =
      UInt8(truncatingIfNeeded: core.pointee.flagResult) ^ UInt8(truncatingIfNeeded: core.pointee.flagCarries &>> 8)
    return byte.nonzeroBitCount & 1 == 0
  }
  @inline(__always)
  var adjust: Bool { core.pointee.flagCarries & 8 != 0 }

  /// RFLAGS whole.
  var rflags: UInt64 {
    var flags = core.pointee.state.rflags & ~Flag.arithmetic
    if carry { flags |= Flag.carry }
    if parity { flags |= Flag.parity }
    if adjust { flags |= Flag.adjust }
    if zero { flags |= Flag.zero }
    if sign { flags |= Flag.sign }
    if overflow { flags |= Flag.overflow }
    return flags
  }

  /// Sets the six arithmetic flags from their bits in `flags`; the others of RFLAGS stay as they are.
  func setArithmeticFlags(_ flags: UInt64) {
    let isZero = flags & Flag.zero != 0
    // A result with an even low byte and a clear sign, so that the changes below say all.
    core.pointee.flagResult = isZero ? 0 : 0x100
    var carries: UInt32 = 0
    if flags & Flag.carry != 0 { carries |= 1 << 31 }
    if (flags & Flag.carry != 0) != (flags & Flag.overflow != 0) { carries |= 1 << 30 }
    if flags & Flag.adjust != 0 { carries |= 8 }
    if flags & Flag.parity == 0 { carries |= 0x100 }
    if flags & Flag.sign != 0 { carries |= 1 }
    core.pointee.flagCarries = carries
  }

  /// Sets or clears CF and leaves the other flags.
  @inline(__always)
  func setCarry(_ on: Bool) {
    let old = core.pointee.flagCarries
    let overflow = (old ^ (old &<< 1)) & 0x8000_0000
    let new: UInt32 = on ? 0x8000_0000 : 0
    core.pointee.flagCarries = (old & 0x3fff_ffff) | new | ((new ^ overflow) &>> 1)
  }

  /// Moves the arithmetic flags into `state.rflags`, before others look at the state.
  func materializeFlags() { core.pointee.state.rflags = rflags }

  /// Flags of a result with CF and OF clear, as of AND.
  @inline(__always)
  func setLogicFlags<W: FixedWidthInteger & UnsignedInteger>(_ result: W) {
    core.pointee.flagResult = extendSign(result)
    core.pointee.flagCarries = 0
  }

  /// Flags of an addition or subtraction: `carries` has a bit for the carry (borrow) out of each bit.
  @inline(__always)
  func setCarryFlags<W: FixedWidthInteger & UnsignedInteger>(_ result: W, carries: W) {
    core.pointee.flagResult = extendSign(result)
    core.pointee.flagCarries = packCarries(carries)
  }

  @inline(__always)
  func packCarries<W: FixedWidthInteger & UnsignedInteger>(_ carries: W) -> UInt32 {
    if W.bitWidth == 32 { return UInt32(truncatingIfNeeded: carries) & 0xc000_0008 }
    let low = UInt32(truncatingIfNeeded: carries) & 8
    if W.bitWidth == 64 { return UInt32(truncatingIfNeeded: carries &>> W(truncatingIfNeeded: 32)) & 0xc000_0000 | low }
    return UInt32(truncatingIfNeeded: carries) &<< UInt32(32 - W.bitWidth) & 0xc000_0000 | low
  }

  /// Flags with CF and OF given and AF clear, as of shifts and multiplications.
  @inline(__always)
  func setFlags<W: FixedWidthInteger & UnsignedInteger>(_ result: W, carry: Bool, overflow: Bool) {
    core.pointee.flagResult = extendSign(result)
    core.pointee.flagCarries = (carry ? 0x8000_0000 : 0) | (carry != overflow ? 0x4000_0000 : 0)
  }

  @inline(__always)
  func extendSign<W: FixedWidthInteger & UnsignedInteger>(_ value: W) -> UInt64 {
    switch W.bitWidth {
    case 8: UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: value)))
    case 16: UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: value)))
    case 32: UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: value)))
    default: UInt64(truncatingIfNeeded: value)
    }
  }

  /// Condition codes 0 to 15 of Jcc, SETcc and CMOVcc (SDM 1 appendix B).
  @inline(__always)
  func condition(_ code: UInt8) -> Bool {
    let met =
      switch code &>> 1 {
      case 0: overflow
      case 1: carry
      case 2: zero
      case 3: carry || zero
      case 4: sign
      case 5: parity
      case 6: sign != overflow
      default: zero || sign != overflow
      }
    return met != (code & 1 != 0)
  }
}
