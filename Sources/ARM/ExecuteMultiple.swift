import Engine

/// LDM and STM (DDI 0100 A3.12, A4.1.20 to A4.1.22, A4.1.97, A4.1.98).
///
/// The lowest register has the lowest address. What is chosen where the manual says UNPREDICTABLE: an empty list is
/// undefined, which the encoding table sees to; LDM leaves in a base that is in the list what was loaded; STM stores the
/// base as it was, wherever it is in the list; with ^ the base that is written back is the present mode's.
extension CPU {
  /// Prepares `amount` as how many words there are, `rm` and `rs` as the distances from the base to the first word and
  /// to the new base.
  static func bodyMultiple(_ i: inout Instruction) -> Handler? {
    guard i.operation == .ldm || i.operation == .stm else { return nil }
    let list = i.immediate & 0xffff
    i.immediate = list
    let count = list.nonzeroBitCount
    let bytes = count * 4
    let goesDown = i.flags.contains(.subtract)
    // Upwards after, upwards before; downwards the words lie below the base, the last at it or before it.
    let first = (goesDown ? -bytes : 0) + (i.flags.contains(.preIndexed) != goesDown ? 4 : 0)
    let moved = i.flags.contains(.writeback) ? (goesDown ? -bytes : bytes) : 0
    i.amount = UInt8(truncatingIfNeeded: count)
    i.rm = UInt8(truncatingIfNeeded: first)
    i.rs = UInt8(truncatingIfNeeded: moved)
    let isUser = i.flags.contains(.user)
    if i.operation == .stm { return isUser ? storeMultipleUser : storeMultiple }
    if list & 0x8000 != 0 { return isUser ? loadMultipleReturn : loadMultipleJump }
    return isUser ? loadMultipleUser : loadMultiple
  }

  /// The address of the first word.
  @inline(__always)
  private func firstWord(_ op: Op) -> UInt32 { register(op.pointee.rn) &+ Self.signed(op.pointee.rm) }

  /// What the base becomes.
  @inline(__always)
  private func newBase(_ op: Op) -> UInt32 { register(op.pointee.rn) &+ Self.signed(op.pointee.rs) }

  @inline(__always)
  private static func signed(_ distance: UInt8) -> UInt32 { UInt32(bitPattern: Int32(Int8(bitPattern: distance))) }

  /// Whether all words lie in the page of the first.
  @inline(__always)
  private func isInOnePage(_ address: UInt32, _ op: Op) -> Bool {
    address & 0xfff <= 0x1000 &- UInt32(op.pointee.amount) &* 4
  }

  // MARK: LDM

  private static let loadMultiple: Handler = { core, p in
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let address = cpu.firstWord(op)
    guard cpu.isInOnePage(address, op), let host = cpu.readable(UInt32.self, address) else {
      return loadMultipleSlow(core, p)
    }
    cpu.loadMultiple(op, host)
    return goOn(core, p)
  }

  @inline(never)
  private static func loadMultipleSlow(_ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let words = try cpu.words(op)
      let base = cpu.newBase(op)
      cpu.setRegister(op.pointee.rn, base)
      cpu.set(words, op)
    }
  }

  /// With r15 in the list: a jump that may change the state.
  private static let loadMultipleJump: Handler = { core, p in
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let address = cpu.firstWord(op)
    guard cpu.isInOnePage(address, op), let host = cpu.readable(UInt32.self, address) else {
      return loadMultipleJumpSlow(core, p)
    }
    // It comes through the place of r15 as read, after which nobody reads that.
    cpu.loadMultiple(op, host)
    cpu.jumpLoaded(cpu.core.pointee.state.readPC)
    return goOnAtPC(core)
  }

  @inline(never)
  private static func loadMultipleJumpSlow(_ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer) -> Int32 {
    jumping(core, p) { cpu, op throws(Fault) in
      let words = try cpu.words(op)
      let base = cpu.newBase(op)
      cpu.setRegister(op.pointee.rn, base)
      cpu.set(words, op)
      cpu.jumpLoaded(words[15])
    }
  }

  /// With ^ and r15: the return from an exception.
  private static let loadMultipleReturn: Handler = { core, p in
    do throws(Fault) {
      let op = p.assumingMemoryBound(to: Instruction.self)
      let cpu = attend(core, p)
      let words = try cpu.words(op)
      let base = cpu.newBase(op)
      cpu.setRegister(op.pointee.rn, base)
      cpu.set(words, op)
      cpu.setCPSR(cpu.spsr)
      cpu.jump(words[15])
      return Outcome.jumped
    } catch {
      return Outcome.fault
    }
  }

  /// With ^: registers of the user bank.
  private static let loadMultipleUser: Handler = { core, p in
    straight(core, p) { cpu, op throws(Fault) in
      let words = try cpu.words(op)
      let base = cpu.newBase(op)
      cpu.setRegister(op.pointee.rn, base)
      for number in 0..<15 where op.pointee.immediate >> UInt32(number) & 1 != 0 {
        cpu.setUserRegister(number, words[number])
      }
    }
  }

  @inline(__always)
  private func loadMultiple(_ op: Op, _ host: UnsafeMutableRawPointer) {
    let base = newBase(op)
    setRegister(op.pointee.rn, base)
    var list = op.pointee.immediate
    var word = UnsafeRawPointer(host)
    repeat {
      setRegister(UInt8(truncatingIfNeeded: list.trailingZeroBitCount &* 4), word.load(as: UInt32.self))
      word += 4
      list &= list &- 1
    } while list != 0
  }

  /// The words of a list, by register, each checked and read by itself.
  private func words(_ op: Op) throws(Fault) -> InlineArray<16, UInt32> {
    var words = InlineArray<16, UInt32>(repeating: 0)
    var address = firstWord(op)
    for number in 0..<16 where op.pointee.immediate >> UInt32(number) & 1 != 0 {
      words[number] = try load(UInt32.self, address)
      address &+= 4
    }
    return words
  }

  /// Writes r0 to r14 as the list has them.
  private func set(_ words: InlineArray<16, UInt32>, _ op: Op) {
    for number in 0..<15 where op.pointee.immediate >> UInt32(number) & 1 != 0 {
      setRegister(UInt8(truncatingIfNeeded: number * 4), words[number])
    }
  }

  // MARK: STM

  private static let storeMultiple: Handler = { core, p in
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    let address = cpu.firstWord(op)
    guard cpu.isInOnePage(address, op), let host = cpu.writable(UInt32.self, address) else {
      return storeMultipleSlow(core, p)
    }
    var list = op.pointee.immediate
    var word = host
    repeat {
      word.storeBytes(
        of: cpu.register(UInt8(truncatingIfNeeded: list.trailingZeroBitCount &* 4)), as: UInt32.self)
      word += 4
      list &= list &- 1
    } while list != 0
    cpu.setRegister(op.pointee.rn, cpu.newBase(op))
    return goOn(core, p)
  }

  @inline(never)
  private static func storeMultipleSlow(_ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.storeWords(op) { cpu.register(UInt8(truncatingIfNeeded: $0 * 4)) }
    }
  }

  private static let storeMultipleUser: Handler = { core, p in
    straight(core, p) { cpu, op throws(Fault) in try cpu.storeWords(op) { cpu.userRegister($0) } }
  }

  /// Checks all words, then stores them one by one.
  @inline(__always)
  private func storeWords(_ op: Op, _ value: (Int) -> UInt32) throws(Fault) {
    let first = firstWord(op)
    for word in 0..<UInt32(op.pointee.amount) { try probeStore(first &+ word &* 4) }
    var address = first
    for number in 0..<16 where op.pointee.immediate >> UInt32(number) & 1 != 0 {
      try store(value(number), address)
      address &+= 4
    }
    setRegister(op.pointee.rn, newBase(op))
  }
}
