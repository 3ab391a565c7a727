import Engine
import GuestMemory

extension CPU {
  /// A read that the fast path refused: walks, splits at page boundaries, asks devices.
  @inline(never)
  func loadSlow(_ linear: UInt64, width: Int) throws(Fault) -> UInt64 {
    try checkAlignment(linear, width)
    return try loadSlow(linear, width: width, user: core.pointee.cpl == 3)
  }

  /// A write that the fast path refused.
  @inline(never)
  func storeSlow(_ value: UInt64, _ linear: UInt64, width: Int) throws(Fault) {
    try checkAlignment(linear, width)
    try storeSlow(value, linear, width: width, user: core.pointee.cpl == 3)
  }

  /// #AC(0) for a program of level 3 that asked for it (SDM 3A 6.15, interrupt 17): all its accesses come here.
  private func checkAlignment(_ linear: UInt64, _ width: Int) throws(Fault) {
    if core.pointee.checksAlignment, linear & UInt64(width &- 1) != 0 { throw raise(Vector.alignment, 0) }
  }

  /// Reads with supervisor privilege, as the CPU itself does for descriptors, task states and the like.
  func loadSystem<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, linear: UInt64
  ) throws(Fault) -> W {
    let width = W.bitWidth / 8
    return W(
      truncatingIfNeeded: try loadSlow(
        linear & core.pointee.linearMask, width: width, user: false, isProgram: false))
  }

  /// Writes with supervisor privilege.
  func storeSystem<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ value: W, linear: UInt64
  ) throws(Fault) {
    let width = W.bitWidth / 8
    try storeSlow(
      UInt64(truncatingIfNeeded: value), linear & core.pointee.linearMask, width: width, user: false,
      isProgram: false)
  }

  /// - Parameter isProgram: whether debuggers count it as an access of the program's.
  func loadSlow(
    _ linear: UInt64, width: Int, user: Bool, isProgram: Bool = true
  ) throws(Fault) -> UInt64 {
    let first = linear & 0xfff
    guard first + UInt64(width) <= 0x1000 else {
      // Both pages must be readable before anything is read.
      let low = Int(0x1000 - first)
      let second = (linear &+ UInt64(low)) & core.pointee.linearMask
      try probe(linear, width: low, writing: false, user: user)
      try probe(second, width: width - low, writing: false, user: user)
      var value: UInt64 = 0
      for i in 0..<width {
        let at = (linear &+ UInt64(i)) & core.pointee.linearMask
        value |= try loadSlow(at, width: 1, user: user, isProgram: isProgram) << UInt64(i * 8)
      }
      return value
    }
    let entry = try readable(linear, user: user)
    watch(linear, width: width, writing: false, isProgram)
    if entry.pointee.addend != 0 {
      let host = hostPointer(entry, linear)
      switch width {
      case 1: return UInt64(host.load(as: UInt8.self))
      case 2: return UInt64(host.loadUnaligned(as: UInt16.self))
      case 4: return UInt64(host.loadUnaligned(as: UInt32.self))
      default: return host.loadUnaligned(as: UInt64.self)
      }
    }
    return try readBus((entry.pointee.physical & ~0xfff) | first, width)
  }

  func storeSlow(
    _ value: UInt64, _ linear: UInt64, width: Int, user: Bool, isProgram: Bool = true
  ) throws(Fault) {
    let first = linear & 0xfff
    guard first + UInt64(width) <= 0x1000 else {
      let low = Int(0x1000 - first)
      let second = (linear &+ UInt64(low)) & core.pointee.linearMask
      try probe(linear, width: low, writing: true, user: user)
      try probe(second, width: width - low, writing: true, user: user)
      for i in 0..<width {
        let at = (linear &+ UInt64(i)) & core.pointee.linearMask
        try storeSlow(value >> UInt64(i * 8) & 0xff, at, width: 1, user: user, isProgram: isProgram)
      }
      return
    }
    let entry = try writable(linear, user: user)
    if entry.pointee.takesStore(at: first, count: width) {
      let host = hostPointer(entry, linear)
      switch width {
      case 1: host.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
      case 2: host.storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
      case 4: host.storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
      default: host.storeBytes(of: value, as: UInt64.self)
      }
      return
    }
    watch(linear, width: width, writing: true, isProgram)
    let physical = (entry.pointee.physical & ~0xfff) | first
    let memory = owner.memory
    guard entry.pointee.addend != 0 else {
      memory.write(value, physical, width: width)
      return try checkLoss()
    }
    // The bus marks the page dirty and tells whoever holds decoded code of it.
    memory.write(value, physical, width: width)
    if let (block, offset) = memory.page(at: physical), entry.pointee.readTag != TLBEntry.invalid,
      let word = block.codeBesideStores(offset)
    {
      entry.pointee.code = word
      if word.pointee == 0 { entry.pointee.writeTag = linear & ~0xfff }
    }
  }

  func readBus(_ physical: UInt64, _ width: Int) throws(Fault) -> UInt64 {
    let value = owner.memory.read(physical, width: width)
    try checkLoss()
    return value
  }

  // MARK: Memory that is lost

  /// After an access by way of the bus.
  ///
  /// - Throws: when it found memory that is lost.
  func checkLoss() throws(Fault) {
    if core.pointee.pending & Pending.abandon != 0 { throw lost() }
  }

  /// Ends the instruction, which has not happened. What it raises is nothing that the guest will see.
  func lost() -> Fault {
    core.pointee.pending |= Pending.abandon
    return raise(Vector.page)
  }

  /// Makes sure that a page can be read or written, without doing it.
  func probe(_ linear: UInt64, width: Int, writing: Bool, user: Bool) throws(Fault) {
    _ = writing ? try writable(linear, user: user) : try readable(linear, user: user)
    let last = (linear &+ UInt64(width - 1)) & core.pointee.linearMask
    if last & ~0xfff != linear & ~0xfff {
      _ = writing ? try writable(last, user: user) : try readable(last, user: user)
    }
  }

  func probe(_ linear: UInt64, width: Int, writing: Bool) throws(Fault) {
    try probe(linear, width: width, writing: writing, user: core.pointee.cpl == 3)
  }

  /// Where the translation of `linear` is remembered.
  func translationEntry(_ linear: UInt64, user: Bool) -> UnsafeMutablePointer<TLBEntry> {
    core.pointee.tlbs + (user ? TLBEntry.count : 0) + Int((linear >> 12) & UInt64(TLBEntry.count - 1))
  }

  private func readable(_ linear: UInt64, user: Bool) throws(Fault) -> UnsafeMutablePointer<TLBEntry> {
    let entry = translationEntry(linear, user: user)
    if entry.pointee.linear == linear & ~0xfff { return entry }
    return try fillTLB(linear, .read, user: user)
  }

  private func writable(_ linear: UInt64, user: Bool) throws(Fault) -> UnsafeMutablePointer<TLBEntry> {
    let entry = translationEntry(linear, user: user)
    if entry.pointee.linear == linear & ~0xfff, entry.pointee.isWritable { return entry }
    return try fillTLB(linear, .write, user: user)
  }

  private func watch(_ linear: UInt64, width: Int, writing: Bool, _ isProgram: Bool) {
    if core.pointee.state.dr7 & 0xff != 0 { checkDataBreakpoint(linear, width: width, writing: writing) }
    if core.pointee.hasWatchpoints, isProgram { checkWatchpoints(linear, width: width, writing: writing) }
  }

  // MARK: The stack

  /// Pushes on the present stack; SP changes only when the store has succeeded.
  @inline(__always)
  func push<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ value: W) throws(Fault) {
    let mask = core.pointee.stackMask
    let old = core.pointee.state.gpr[4]
    let new = (old &- UInt64(W.bitWidth / 8)) & mask
    try store(value, segment: 2, new)
    core.pointee.state.gpr[4] = (old & ~mask) | new
  }

  /// Pops from the present stack.
  @inline(__always)
  func pop<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_: W.Type) throws(Fault) -> W {
    let mask = core.pointee.stackMask
    let old = core.pointee.state.gpr[4]
    let value = try load(W.self, segment: 2, old & mask)
    core.pointee.state.gpr[4] = (old & ~mask) | ((old &+ UInt64(W.bitWidth / 8)) & mask)
    return value
  }
}
