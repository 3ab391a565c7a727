/// A stack that values are pushed on before it becomes the present one: an inner level's, or a frame that
/// must be written whole or not at all.
struct StackFrame {
  let register: SegmentRegister
  /// The stack pointer so far, within `mask`.
  var pointer: UInt64
  let mask: UInt64
  /// Accessed with user privilege.
  let user: Bool
  /// The error code of #SS where the frame does not fit.
  let code: UInt32

  init(_ register: SegmentRegister, pointer: UInt64, user: Bool, code: UInt32) {
    self.register = register
    mask = register.isBig ? 0xffff_ffff : 0xffff
    self.pointer = pointer & mask
    self.user = user
    self.code = code
  }
}

extension CPU {
  /// The present stack, for a frame whose faults carry `external`.
  func presentStack(external: UInt32 = 0) -> StackFrame {
    StackFrame(
      core.pointee.state.segments[Segment.ss], pointer: core.pointee.state.gpr[4], user: core.pointee.cpl == 3,
      code: external)
  }

  /// Makes sure that `count` values of `size` bytes fit below the pointer and can be written.
  ///
  /// - Throws: #SS or #PF, before anything has changed.
  func reserve(_ frame: StackFrame, count: Int, size: Int) throws(Fault) {
    var pointer = frame.pointer
    for _ in 0..<count {
      pointer = (pointer &- UInt64(size)) & frame.mask
      let linear = try frameLinear(frame, pointer, size: size)
      try probe(linear, width: size, writing: true, user: frame.user)
    }
  }

  private func frameLinear(_ frame: StackFrame, _ offset: UInt64, size: Int) throws(Fault) -> UInt64 {
    guard isWithin(frame.register, offset, size: size) else { throw raise(Vector.stack, frame.code) }
    return (frame.register.base &+ offset) & core.pointee.linearMask
  }

  /// Whether `size` bytes at `offset` are inside a segment.
  func isWithin(_ register: SegmentRegister, _ offset: UInt64, size: Int) -> Bool {
    guard register.isUsable else { return false }
    let end = offset &+ UInt64(size)
    if !register.isCode, register.isConformingOrExpandDown {
      return offset > UInt64(register.limit) && end <= (register.isBig ? 0x1_0000_0000 : 0x1_0000)
    }
    return end <= UInt64(register.limit) + 1
  }

  /// Pushes the low `size` bytes of `value`.
  func push(_ value: UInt64, size: Int, on frame: inout StackFrame) throws(Fault) {
    let pointer = (frame.pointer &- UInt64(size)) & frame.mask
    let linear = try frameLinear(frame, pointer, size: size)
    try storeSlow(size == 2 ? value & 0xffff : value & 0xffff_ffff, linear, width: size, user: frame.user)
    frame.pointer = pointer
  }

  /// Reads what will be popped `index` values above the pointer.
  func peek(_ frame: StackFrame, _ index: Int, size: Int) throws(Fault) -> UInt64 {
    let offset = (frame.pointer &+ UInt64(index * size)) & frame.mask
    let linear = try frameLinear(frame, offset, size: size)
    return try loadSlow(linear, width: size, user: frame.user)
  }

  /// Sets the part of ESP that a stack of this size uses.
  func setStackPointer(_ pointer: UInt64, mask: UInt64) {
    let old = core.pointee.state.gpr[4]
    core.pointee.state.gpr[4] = (old & ~mask & 0xffff_ffff) | (pointer & mask)
  }

  /// SS and ESP for privilege level `level`, from the task state segment (SDM 3A 7.2.1).
  ///
  /// - Throws: #TS with the TSS's selector when the field is beyond its limit.
  func innerStackPointer(_ level: UInt8, external: UInt32 = 0) throws(Fault) -> (selector: UInt16, pointer: UInt64) {
    let task = core.pointee.state.segments[Segment.tr]
    let isWide = task.type & 8 != 0
    let offset = isWide ? UInt64(level) * 8 + 4 : UInt64(level) * 4 + 2
    guard offset + (isWide ? 5 : 3) <= UInt64(task.limit) else {
      throw raise(Vector.invalidTSS, errorCode(task.selector, external))
    }
    let address = task.base &+ offset
    if isWide {
      let pointer = try loadSystem(UInt32.self, linear: address)
      return (try loadSystem(UInt16.self, linear: address &+ 4), UInt64(pointer))
    }
    let pointer = try loadSystem(UInt16.self, linear: address)
    return (try loadSystem(UInt16.self, linear: address &+ 2), UInt64(pointer))
  }

  /// The stack of an inner level, from the task state segment, checked (SDM 3A 5.8.5).
  func innerStack(_ level: UInt8, external: UInt32 = 0) throws(Fault) -> StackFrame {
    let (selector, pointer) = try innerStackPointer(level, external: external)
    let register = try checkedStack(selector, cpl: level, orRaise: Vector.invalidTSS, external: external)
    return StackFrame(register, pointer: pointer, user: level == 3, code: errorCode(selector, external))
  }
}
