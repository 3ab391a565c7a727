import Engine

/// Loads and stores of one register (DDI 0100 A3.11). The base changes only when the access has succeeded; a register
/// that is loaded and is the base too keeps what was loaded, which is UNPREDICTABLE with writeback.
/// r15 is stored as it reads, the instruction's address and 8 (A2.4.3 leaves 8 or 12 open).
extension CPU {
  @inline(__always)
  static func load<V: LoadedValue, A: AddressForm>(
    _: V.Type, _: A.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let (address, base) = A.address(cpu, op)
    guard let host = cpu.readable(V.Width.self, address, asUser: A.isUser) else {
      return loadSlow(V.self, A.self, core, p)
    }
    let value = V.extend(host.load(as: V.Width.self))
    if A.writesBack { cpu.setRegister(op.pointee.rn, base) }
    cpu.setRegister(op.pointee.rd, value)
    return goOn(core, p)
  }

  @inline(never)
  private static func loadSlow<V: LoadedValue, A: AddressForm>(
    _: V.Type, _: A.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let (address, base) = A.address(cpu, op)
      let width = V.Width.bitWidth / 8
      var value = try cpu.loadSlow(
        address, width: width, privileged: !A.isUser && cpu.core.pointee.isPrivileged)
      if width == 4 { value = cpu.rotated(value, address) }
      if A.writesBack { cpu.setRegister(op.pointee.rn, base) }
      cpu.setRegister(op.pointee.rd, V.extend(V.Width(truncatingIfNeeded: value)))
    }
  }

  @inline(__always)
  static func store<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable, A: AddressForm>(
    _: W.Type, _: A.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let (address, base) = A.address(cpu, op)
    guard let host = cpu.writable(W.self, address, asUser: A.isUser) else {
      return storeSlow(W.self, A.self, core, p)
    }
    host.storeBytes(of: W(truncatingIfNeeded: cpu.register(op.pointee.rd)), as: W.self)
    if A.writesBack { cpu.setRegister(op.pointee.rn, base) }
    return goOn(core, p)
  }

  @inline(never)
  private static func storeSlow<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable, A: AddressForm>(
    _: W.Type, _: A.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let (address, base) = A.address(cpu, op)
      try cpu.storeSlow(
        UInt32(W(truncatingIfNeeded: cpu.register(op.pointee.rd))), address, width: W.bitWidth / 8,
        privileged: !A.isUser && cpu.core.pointee.isPrivileged)
      if A.writesBack { cpu.setRegister(op.pointee.rn, base) }
    }
  }

  /// What a word load makes of the aligned word around its address (A2.8): the byte at the address comes lowest.
  @inline(__always)
  func rotated(_ word: UInt32, _ address: UInt32) -> UInt32 {
    let bits = (address & 3) &<< 3
    return word &>> bits | word &<< (0 &- bits)
  }

  /// LDR of r15.
  static let loadJump: Handler = { core, p in
    jumping(core, p) { cpu, op throws(Fault) in
      let (address, base) = cpu.indexed(op)
      let privileged = cpu.core.pointee.isPrivileged && !op.pointee.flags.contains(.user)
      let word: UInt32
      if let host = cpu.readable(UInt32.self, address, asUser: !privileged) {
        word = host.load(as: UInt32.self)
      } else {
        word = try cpu.loadSlow(address, width: 4, privileged: privileged)
      }
      cpu.setRegister(op.pointee.rn, base)
      cpu.jumpLoaded(cpu.rotated(word, address))
    }
  }

  /// Goes on at an address that was loaded from memory: bit 0 chooses the state, unless CP15 has L4 set.
  @inline(__always)
  func jumpLoaded(_ target: UInt32) {
    if core.pointee.state.cp15.control & Control.noInterworkingLoads != 0 {
      jump(target)
    } else {
      jumpExchanging(target)
    }
  }

  // MARK: LDRD and STRD (A4.1.26, A4.1.103)

  // An address that is no multiple of eight is UNPREDICTABLE: it takes an alignment fault where those are on, else its
  // low two bits are ignored. An odd register's successor counts, too; after r14 comes what r15 reads as, or nothing.

  static let loadDouble: Handler = { core, p in
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let (address, base) = cpu.indexed(op)
    guard let host = cpu.readable(UInt64.self, address, asUser: false) else { return loadDoubleSlow(core, p) }
    cpu.setRegister(op.pointee.rn, base)
    cpu.setRegister(op.pointee.rd, host.load(as: UInt32.self))
    cpu.setRegister(successor(op.pointee.rd), host.load(fromByteOffset: 4, as: UInt32.self))
    return goOn(core, p)
  }

  @inline(never)
  private static func loadDoubleSlow(_ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let (address, base) = cpu.indexed(op)
      try cpu.checkDoubleword(address)
      let first = try cpu.load(UInt32.self, address)
      let second = try cpu.load(UInt32.self, address &+ 4)
      cpu.setRegister(op.pointee.rn, base)
      cpu.setRegister(op.pointee.rd, first)
      cpu.setRegister(successor(op.pointee.rd), second)
    }
  }

  static let storeDouble: Handler = { core, p in
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let (address, base) = cpu.indexed(op)
    guard op.pointee.rd < lr, let host = cpu.writable(UInt64.self, address, asUser: false) else {
      return storeDoubleSlow(core, p)
    }
    host.storeBytes(of: cpu.register(op.pointee.rd), as: UInt32.self)
    host.storeBytes(of: cpu.register(successor(op.pointee.rd)), toByteOffset: 4, as: UInt32.self)
    cpu.setRegister(op.pointee.rn, base)
    return goOn(core, p)
  }

  @inline(never)
  private static func storeDoubleSlow(_ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let (address, base) = cpu.indexed(op)
      try cpu.checkDoubleword(address)
      try cpu.probeStore(address)
      try cpu.probeStore(address &+ 4)
      let second = op.pointee.rd < lr ? cpu.register(successor(op.pointee.rd)) : cpu.programCounter(op)
      try cpu.store(cpu.register(op.pointee.rd), address)
      try cpu.store(second, address &+ 4)
      cpu.setRegister(op.pointee.rn, base)
    }
  }

  /// The next register; after r15, whose writes have no effect, none.
  @inline(__always)
  private static func successor(_ place: UInt8) -> UInt8 { min(place &+ 4, pc) }

  private func checkDoubleword(_ address: UInt32) throws(Fault) {
    if address & 7 != 0, core.pointee.state.cp15.control & Control.alignment != 0 { throw alignmentFault(address) }
  }

  /// Raises what a store would, except that nobody answers on the bus.
  func probeStore(_ address: UInt32, width: Int = 4) throws(Fault) {
    let low = address & UInt32(width - 1)
    guard low != 0 || writable(UInt32.self, address & ~3) == nil else { return }
    if low != 0, core.pointee.state.cp15.control & Control.alignment != 0 { throw alignmentFault(address) }
    _ = try translationEntry(address, .write, privileged: core.pointee.isPrivileged)
    try checkWatchpoints(address & ~low, width: width, writing: true)
  }
}
