import SoftFloat

// Control, environment and whole state (SDM 1 8.1.10, 8.3.11 to 8.3.12 and 10.5).
extension CPU {
  /// FNINIT.
  func fninit() throws(Fault) {
    try checkX87()
    initializeX87()
  }

  private func initializeX87() {
    core.pointee.state.fpu.control = 0x37f
    core.pointee.state.fpu.status &= X87Status.summary | X87Status.busy
    refreshX87Summary()
    core.pointee.state.fpu.empty = 0xff
    core.pointee.state.fpu.opcode = 0
    core.pointee.state.fpu.instructionPointer = 0
    core.pointee.state.fpu.instructionSelector = 0
    core.pointee.state.fpu.dataPointer = 0
    core.pointee.state.fpu.dataSelector = 0
  }

  /// FNCLEX.
  func fnclex() throws(Fault) {
    try checkX87()
    core.pointee.state.fpu.status &= 0x7f00 | X87Status.summary | X87Status.busy
    refreshX87Summary()
  }

  /// FLDCW.
  func fldcw(_ op: Op) throws(Fault) {
    setX87Control(try load(UInt16.self, op))
    refreshX87Summary()
  }

  private func setX87Control(_ value: UInt16) { core.pointee.state.fpu.control = (value & 0x1f3f) | 0x40 }

  /// FNSTCW.
  func fnstcw(_ op: Op) throws(Fault) {
    try checkX87()
    try store(core.pointee.state.fpu.control, op)
  }

  /// FNSTSW, to memory or AX.
  func fnstsw(_ op: Op) throws(Fault) {
    try checkX87()
    let status = core.pointee.state.fpu.status
    if op.pointee.memory != .none { try store(status, op) } else { setRegister(Self.rax, status) }
  }

  /// FINCSTP and FDECSTP.
  func rotateX87(by step: Int) {
    setTop(x87Top &+ step)
    core.pointee.state.fpu.status &= ~X87Status.c1
  }

  /// FFREE and FFREEP.
  func ffree(_ op: Op, pops: Bool) {
    recordX87(op)
    core.pointee.state.fpu.status &= ~X87Status.c1
    core.pointee.state.fpu.empty |= 1 &<< UInt8(truncatingIfNeeded: physical(Int(op.pointee.a)))
    if pops { popX87() }
  }

  // MARK: The environment

  /// Two bits a register, R0 lowest: 0 valid, 1 zero, 2 special, 3 empty.
  var x87Tags: UInt16 {
    var tags: UInt16 = 0
    for r in 0..<8 {
      let value = SoftFloat(
        significand: core.pointee.state.fpu.significand[r], signExponent: core.pointee.state.fpu.exponent[r])
      var tag: UInt16 = 2
      if core.pointee.state.fpu.empty >> UInt8(r) & 1 != 0 {
        tag = 3
      } else if value.kind == .zero {
        tag = 1
      } else if value.kind == .finite, !value.isDenormal {
        tag = 0
      }
      tags |= tag << UInt16(2 * r)
    }
    return tags
  }

  /// Writes a word of the environment, of 2 or 4 bytes.
  private func storeWord(_ value: UInt32, _ index: Int, isWide: Bool, _ op: Op, _ offset: UInt64) throws(Fault) {
    if isWide {
      try store(value, segment: op.pointee.segment, offset &+ UInt64(index * 4))
    } else {
      try store(UInt16(truncatingIfNeeded: value), segment: op.pointee.segment, offset &+ UInt64(index * 2))
    }
  }

  private func loadWord(_ index: Int, isWide: Bool, _ op: Op, _ offset: UInt64) throws(Fault) -> UInt32 {
    isWide
      ? try load(UInt32.self, segment: op.pointee.segment, offset &+ UInt64(index * 4))
      : UInt32(try load(UInt16.self, segment: op.pointee.segment, offset &+ UInt64(index * 2)))
  }

  /// Faults now if any of `size` bytes at the operand cannot be written; `size` is less than a page.
  private func probeX87(_ op: Op, _ offset: UInt64, size: Int) throws(Fault) {
    try probeStore(UInt8.self, segment: op.pointee.segment, offset)
    try probeStore(UInt8.self, segment: op.pointee.segment, offset &+ UInt64(size - 1))
  }

  /// Whether the environment has the layout of real mode: pointers are linear addresses.
  private var hasRealX87Layout: Bool { !isProtected }

  private func storeEnvironment(_ op: Op, _ offset: UInt64, isWide: Bool) throws(Fault) {
    let fpu = core.pointee.state.fpu
    let filler: UInt32 = 0xffff_0000
    var words: (UInt32, UInt32, UInt32, UInt32)
    if hasRealX87Layout {
      let instruction = UInt32(
        truncatingIfNeeded: UInt64(fpu.instructionSelector) << 4 &+ fpu.instructionPointer)
      let data = UInt32(truncatingIfNeeded: UInt64(fpu.dataSelector) << 4 &+ fpu.dataPointer)
      let opcode = UInt32(fpu.opcode & 0x7ff)
      words = (
        instruction & 0xffff | filler, (instruction >> 16) << 12 | opcode, data & 0xffff | filler, (data >> 16) << 12
      )
    } else {
      words = (
        UInt32(truncatingIfNeeded: fpu.instructionPointer),
        UInt32(fpu.instructionSelector) | (isWide ? UInt32(fpu.opcode & 0x7ff) << 16 : 0),
        UInt32(truncatingIfNeeded: fpu.dataPointer), UInt32(fpu.dataSelector) | filler
      )
    }
    try storeWord(UInt32(fpu.control) | filler, 0, isWide: isWide, op, offset)
    try storeWord(UInt32(fpu.status) | filler, 1, isWide: isWide, op, offset)
    try storeWord(UInt32(x87Tags) | filler, 2, isWide: isWide, op, offset)
    try storeWord(words.0, 3, isWide: isWide, op, offset)
    try storeWord(words.1, 4, isWide: isWide, op, offset)
    try storeWord(words.2, 5, isWide: isWide, op, offset)
    try storeWord(words.3, 6, isWide: isWide, op, offset)
  }

  /// Reads an environment; nothing changes until all of it has been read.
  private func loadEnvironment(_ op: Op, _ offset: UInt64, isWide: Bool) throws(Fault) -> FPUState {
    var fpu = core.pointee.state.fpu
    fpu.control = (UInt16(truncatingIfNeeded: try loadWord(0, isWide: isWide, op, offset)) & 0x1f3f) | 0x40
    fpu.status = UInt16(truncatingIfNeeded: try loadWord(1, isWide: isWide, op, offset))
    let tags = UInt16(truncatingIfNeeded: try loadWord(2, isWide: isWide, op, offset))
    fpu.empty = 0
    for r in 0..<8 where tags >> UInt16(2 * r) & 3 == 3 { fpu.empty |= 1 << UInt8(r) }
    let first = try loadWord(3, isWide: isWide, op, offset)
    let second = try loadWord(4, isWide: isWide, op, offset)
    let third = try loadWord(5, isWide: isWide, op, offset)
    let fourth = try loadWord(6, isWide: isWide, op, offset)
    if hasRealX87Layout {
      fpu.instructionPointer = UInt64(first & 0xffff | (second >> 12) << 16)
      fpu.dataPointer = UInt64(third & 0xffff | (fourth >> 12) << 16)
      fpu.instructionSelector = 0
      fpu.dataSelector = 0
      fpu.opcode = UInt16(second & 0x7ff)
    } else {
      fpu.instructionPointer = UInt64(first)
      fpu.dataPointer = UInt64(third)
      fpu.instructionSelector = UInt16(truncatingIfNeeded: second)
      fpu.dataSelector = UInt16(truncatingIfNeeded: fourth)
      if isWide { fpu.opcode = UInt16(second >> 16 & 0x7ff) }
    }
    return fpu
  }

  /// FNSTENV: afterwards all exceptions are masked.
  func fnstenv(_ op: Op) throws(Fault) {
    try checkX87()
    let offset = effectiveAddress(op)
    try probeX87(op, offset, size: Int(op.pointee.size))
    try storeEnvironment(op, offset, isWide: op.pointee.size == 28)
    core.pointee.state.fpu.control |= 0x3f
    refreshX87Summary()
  }

  /// FLDENV.
  func fldenv(_ op: Op) throws(Fault) {
    core.pointee.state.fpu = try loadEnvironment(op, effectiveAddress(op), isWide: op.pointee.size == 28)
    refreshX87Summary()
  }

  /// FNSAVE: as FNSTENV, then ST(0) to ST(7), then as FNINIT.
  func fnsave(_ op: Op) throws(Fault) {
    try checkX87()
    let offset = effectiveAddress(op)
    let isWide = op.pointee.size == 108
    try probeX87(op, offset, size: Int(op.pointee.size))
    try storeEnvironment(op, offset, isWide: isWide)
    let registers = offset &+ (isWide ? 28 : 14)
    for i in 0..<8 {
      let r = physical(i)
      let place = registers &+ UInt64(i * 10)
      try store(core.pointee.state.fpu.significand[r], segment: op.pointee.segment, place)
      try store(core.pointee.state.fpu.exponent[r], segment: op.pointee.segment, place &+ 8)
    }
    initializeX87()
  }

  /// FRSTOR.
  func frstor(_ op: Op) throws(Fault) {
    let offset = effectiveAddress(op)
    let isWide = op.pointee.size == 108
    var fpu = try loadEnvironment(op, offset, isWide: isWide)
    let registers = offset &+ (isWide ? 28 : 14)
    let top = Int(fpu.status >> 11) & 7
    for i in 0..<8 {
      let r = (top + i) & 7
      let place = registers &+ UInt64(i * 10)
      fpu.significand[r] = try load(UInt64.self, segment: op.pointee.segment, place)
      fpu.exponent[r] = try load(UInt16.self, segment: op.pointee.segment, place &+ 8)
    }
    core.pointee.state.fpu = fpu
    refreshX87Summary()
  }

  // MARK: FXSAVE and FXRSTOR

  /// Bits of MXCSR that may be set: processors before SSE2 have no DAZ.
  var mxcsrMask: UInt32 { owner.cpuModel.features.contains(.sse2) ? 0xffff : 0xffbf }

  private func fxOffset(_ op: Op) throws(Fault) -> UInt64 {
    try checkX87()
    let offset = effectiveAddress(op)
    guard (core.pointee.state.segments[Int(op.pointee.segment)].base &+ offset) & 15 == 0 else { throw protection() }
    return offset
  }

  /// FXSAVE (SDM 1 10.5.1): reserved bytes stay as they are.
  func fxsave(_ op: Op) throws(Fault) {
    let offset = try fxOffset(op)
    let segment = op.pointee.segment
    try probeX87(op, offset, size: 512)
    let fpu = core.pointee.state.fpu
    let valid = UInt64(~fpu.empty)
    let first = UInt64(fpu.control) | UInt64(fpu.status) << 16 | valid << 32 | UInt64(fpu.opcode & 0x7ff) << 48
    try store(first, segment: segment, offset)
    let instruction = fpu.instructionPointer & 0xffff_ffff | UInt64(fpu.instructionSelector) << 32
    try store(instruction, segment: segment, offset &+ 8)
    try store(fpu.dataPointer & 0xffff_ffff | UInt64(fpu.dataSelector) << 32, segment: segment, offset &+ 16)
    try store(
      UInt64(core.pointee.state.sse.mxcsr) | UInt64(mxcsrMask) << 32, segment: segment, offset &+ 24)
    for i in 0..<8 {
      let r = physical(i)
      let place = offset &+ UInt64(32 + i * 16)
      try store(fpu.significand[r], segment: segment, place)
      try store(UInt64(fpu.exponent[r]), segment: segment, place &+ 8)
    }
    for i in 0..<(isLong ? 32 : 16) {
      try store(core.pointee.state.sse.xmm[i], segment: segment, offset &+ UInt64(160 + i * 8))
    }
  }

  /// FXRSTOR.
  ///
  /// - Throws: also #GP(0) for bits of MXCSR that are reserved.
  func fxrstor(_ op: Op) throws(Fault) {
    let offset = try fxOffset(op)
    let segment = op.pointee.segment
    var fpu = core.pointee.state.fpu
    var sse = core.pointee.state.sse
    let first = try load(UInt64.self, segment: segment, offset)
    fpu.control = (UInt16(truncatingIfNeeded: first) & 0x1f3f) | 0x40
    fpu.status = UInt16(truncatingIfNeeded: first >> 16)
    fpu.empty = ~UInt8(truncatingIfNeeded: first >> 32)
    fpu.opcode = UInt16(truncatingIfNeeded: first >> 48) & 0x7ff
    let instruction = try load(UInt64.self, segment: segment, offset &+ 8)
    fpu.instructionPointer = instruction & 0xffff_ffff
    fpu.instructionSelector = UInt16(truncatingIfNeeded: instruction >> 32)
    let data = try load(UInt64.self, segment: segment, offset &+ 16)
    fpu.dataPointer = data & 0xffff_ffff
    fpu.dataSelector = UInt16(truncatingIfNeeded: data >> 32)
    sse.mxcsr = try load(UInt32.self, segment: segment, offset &+ 24)
    let top = Int(fpu.status >> 11) & 7
    for i in 0..<8 {
      let r = (top + i) & 7
      let place = offset &+ UInt64(32 + i * 16)
      fpu.significand[r] = try load(UInt64.self, segment: segment, place)
      fpu.exponent[r] = try load(UInt16.self, segment: segment, place &+ 8)
    }
    for i in 0..<(isLong ? 32 : 16) {
      sse.xmm[i] = try load(UInt64.self, segment: segment, offset &+ UInt64(160 + i * 8))
    }
    guard sse.mxcsr & ~mxcsrMask == 0 else { throw protection() }
    core.pointee.state.fpu = fpu
    core.pointee.state.sse = sse
    refreshX87Summary()
  }
}
