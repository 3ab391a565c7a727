import Engine
import GuestMemory

extension CPU {
  /// No block is longer, so that budgets and interrupts are looked at often enough.
  static var longestBlock: Int { 48 }

  /// Instructions of what is translated as one without a loop.
  private static var shortUnit: Int { 16 }

  /// The block at CS:RIP, from the jump cache, the block table, or freshly decoded.
  ///
  /// - Throws: what fetching its first instruction raises.
  @inline(__always)
  func findBlock() throws(Fault) -> UnsafeMutablePointer<Block<Instruction>> {
    let linear = codeLinear
    let cached = jumpCacheEntry(linear)
    if cached.pointee.linear == linear, cached.pointee.version == core.pointee.jumpVersion,
      cached.pointee.mode == core.pointee.mode, let block = cached.pointee.block, block.pointee.isValid
    {
      return block
    }
    return try findBlockSlow(linear)
  }

  @inline(__always)
  var codeLinear: UInt64 {
    (core.pointee.access[1].base &+ core.pointee.state.rip) & core.pointee.linearMask
  }

  @inline(__always)
  func jumpCacheEntry(_ linear: UInt64) -> UnsafeMutablePointer<JumpCacheEntry<Instruction>> {
    core.pointee.jumpCache + Int((linear ^ (linear &>> 12)) & UInt64(JumpCacheEntry<Instruction>.count - 1))
  }

  @inline(never)
  func findBlockSlow(_ linear: UInt64) throws(Fault) -> UnsafeMutablePointer<Block<Instruction>> {
    guard core.pointee.state.rip < core.pointee.codeEnd else { throw protection() }
    let owner = owner
    let code = owner.code
    if code.mayStop(at: linear) {
      // Its block is executed only when nobody stops here, and remembered nowhere.
      return stopsAtBreakpoint(linear) ? owner.scratch.block : try decodeUncached(linear)
    }
    let entry = try executable(linear)
    guard entry.pointee.addend != 0 else { return try decodeUncached(linear) }
    let host = hostPointer(entry, linear)
    let mode = core.pointee.mode
    let cached = jumpCacheEntry(linear)
    var found: UnsafeMutablePointer<Block<Instruction>>?
    if let old = cached.pointee.block, old.pointee.host == host, old.pointee.mode == mode, old.pointee.isValid {
      // Translations were forgotten, and this one is again what it was.
      found = old
    } else {
      found = code.find(host, mode: mode)
    }
    // The limit of CS is not part of a block's identity.
    if let block = found, core.pointee.state.rip &+ UInt64(block.pointee.length) > core.pointee.codeEnd { found = nil }
    // An instruction across two pages is the same only while the second is.
    if let block = found, let second = block.pointee.secondHost {
      let next = (linear | 0xfff) &+ 1 & core.pointee.linearMask
      let nextEntry = try executable(next)
      if nextEntry.pointee.addend == 0 || hostPointer(nextEntry, next) != second { found = nil }
    }
    let block: UnsafeMutablePointer<Block<Instruction>>
    if let found { block = found } else { block = try decodeBlock(linear, host: host) }
    if block.pointee.isValid {
      cached.pointee.linear = linear
      cached.pointee.version = core.pointee.jumpVersion
      cached.pointee.mode = mode
      cached.pointee.block = block
    }
    return block
  }

  private func executable(_ linear: UInt64) throws(Fault) -> UnsafeMutablePointer<TLBEntry> {
    let user = core.pointee.cpl == 3
    let entry = translationEntry(linear, user: user)
    if entry.pointee.executeTag == linear & ~0xfff { return entry }
    return try fillTLB(linear, .execute, user: user)
  }

  private var decoder: Decoder { owner.decoders[isLong ? 2 : core.pointee.mode & 1 != 0 ? 1 : 0] }

  /// Decodes from `linear` to the first branch, the end of the page, or `longestBlock`.
  private func decodeBlock(_ linear: UInt64, host: UnsafeMutableRawPointer) throws(Fault)
    -> UnsafeMutablePointer<Block<Instruction>>
  {
    let owner = owner
    let decoder = decoder
    let code = owner.code
    // Nobody writes what is decoded before its page is known to have code.
    stopOthers()
    let instructions = code.reserve(Self.longestBlock + 1)
    let bytes = host.assumingMemoryBound(to: UInt8.self)
    let inPage = Int(0x1000 - (linear & 0xfff))
    let allowed = core.pointee.codeEnd - core.pointee.state.rip
    let available = allowed < UInt64(inPage) ? Int(allowed) : inPage
    var count = 0
    var length = 0
    while count < Self.longestBlock, length < available {
      if count > 0, code.mayStop(at: linear &+ UInt64(length)) { break }
      var instruction = Instruction(handler: X86CPU.endOfBlock)
      guard decoder.decode(bytes + length, available: available - length, into: &instruction) == .ok else { break }
      instruction.offset = UInt16(length)
      bind(&instruction)
      (instructions + count).initialize(to: instruction)
      count += 1
      length += Int(instruction.length)
      if instruction.flags.contains(.endsBlock) { break }
    }
    guard count > 0 else {
      if available < inPage { return try decodeUncached(linear) }
      return try decodeAcross(linear, host: host, instructions)
    }
    logDecoded(bytes, length)
    endBlock(instructions + count, length)
    let block = Block(
      host: host, secondHost: nil, instructions: instructions, count: Int32(count), length: Int32(length),
      mode: core.pointee.mode)
    guard let page = ramPage(linear) else { return try decodeUncached(linear) }
    return code.insert(block, instructionCount: count + 1, pages: [page])
  }

  /// What is translated for `block`, which begins at CS:RIP: with what follows it in its page behind conditional
  /// branches, to the end of the last loop that begins in it, and otherwise `shortUnit` instructions at most; `block` where
  /// that is all.
  func findUnit(_ block: UnsafeMutablePointer<Block<Instruction>>) -> UnsafeMutablePointer<Block<Instruction>> {
    let first = Int(block.pointee.count)
    let host = block.pointee.host
    guard block.pointee.secondHost == nil, first < Self.longestBlock,
      block.pointee.instructions[first - 1].isConditionalBranch
    else { return block }
    let owner = owner
    let decoder = decoder
    let code = owner.code
    let mode = block.pointee.mode | Mode.unit
    if let found = code.find(host, mode: mode) { return found }
    let linear = codeLinear
    // Nothing is looked up that the interpreter would not.
    let entry = translationEntry(linear, user: core.pointee.cpl == 3)
    guard entry.pointee.executeTag == linear & ~0xfff, entry.pointee.addend != 0, hostPointer(entry, linear) == host,
      let page = ramPage(linear)
    else { return block }
    // A unit is not worth forgetting everything: in a small cache that would go on for ever.
    guard code.hasRoom(for: Self.longestBlock + 1) else { return block }
    stopOthers()
    let instructions = code.reserve(Self.longestBlock + 1)
    let bytes = host.assumingMemoryBound(to: UInt8.self)
    let available = min(Int(0x1000 - (linear & 0xfff)), Int(core.pointee.codeEnd - core.pointee.state.rip))
    instructions.update(from: block.pointee.instructions, count: first)
    var count = first
    var length = Int(block.pointee.length)
    var kept = (count: first, length: length)
    while count < Self.longestBlock, length < available, !code.mayStop(at: linear &+ UInt64(length)) {
      var instruction = Instruction(handler: X86CPU.endOfBlock)
      guard decoder.decode(bytes + length, available: available - length, into: &instruction) == .ok else { break }
      instruction.offset = UInt16(length)
      bind(&instruction)
      (instructions + count).initialize(to: instruction)
      count += 1
      length += Int(instruction.length)
      let target = length &+ Int(Int32(truncatingIfNeeded: instruction.immediate))
      let isLoop = instruction.isRelativeBranch && target >= 0 && target < length
      if isLoop || count <= Self.shortUnit { kept = (count, length) }
      if instruction.flags.contains(.endsBlock), !instruction.isConditionalBranch { break }
    }
    guard kept.count > first else { return block }
    endBlock(instructions + kept.count, kept.length)
    return code.insert(
      Block(
        host: host, secondHost: nil, instructions: instructions, count: Int32(kept.count),
        length: Int32(kept.length), mode: mode), instructionCount: kept.count + 1, pages: [page])
  }

  /// Decodes the one instruction at the end of a page that goes on in the next.
  private func decodeAcross(
    _ linear: UInt64, host: UnsafeMutableRawPointer, _ instructions: UnsafeMutablePointer<Instruction>
  ) throws(Fault) -> UnsafeMutablePointer<Block<Instruction>> {
    let next = ((linear | 0xfff) &+ 1) & core.pointee.linearMask
    let inFirst = Int(0x1000 - (linear & 0xfff))
    let nextEntry = try executable(next)
    guard nextEntry.pointee.addend != 0, let firstPage = ramPage(linear), let secondPage = ramPage(next) else {
      return try decodeUncached(linear)
    }
    let second = hostPointer(nextEntry, next)
    let allowed = Int(min(core.pointee.codeEnd - core.pointee.state.rip, 16))
    var instruction = Instruction(handler: X86CPU.endOfBlock)
    let status = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { buffer in
      for i in 0..<16 {
        buffer[i] =
          i < inFirst
          ? host.load(fromByteOffset: i, as: UInt8.self) : second.load(fromByteOffset: i - inFirst, as: UInt8.self)
      }
      guard let start = UnsafePointer(buffer.baseAddress) else { return DecodeStatus.truncated }
      let status = decoder.decode(start, available: allowed, into: &instruction)
      if status == .ok { logDecoded(start, Int(instruction.length)) }
      return status
    }
    guard status == .ok else { throw protection() }
    bind(&instruction)
    instructions.initialize(to: instruction)
    endBlock(instructions + 1, Int(instruction.length))
    let block = Block(
      host: host, secondHost: second, instructions: instructions, count: 1, length: Int32(instruction.length),
      mode: core.pointee.mode)
    return owner.code.insert(block, instructionCount: 2, pages: [firstPage, secondPage])
  }

  /// Fetches one instruction byte by byte through the bus: it lies in no RAM, or beside the end of CS.
  private func decodeUncached(_ linear: UInt64) throws(Fault) -> UnsafeMutablePointer<Block<Instruction>> {
    let owner = owner
    let block = owner.scratch.block
    var instruction = Instruction(handler: X86CPU.endOfBlock)
    var fetched = InlineArray<16, UInt8>(repeating: 0)
    var count = 0
    var status = DecodeStatus.truncated
    while status == .truncated {
      guard count < 16, core.pointee.state.rip &+ UInt64(count) < core.pointee.codeEnd else { throw protection() }
      let at = (linear &+ UInt64(count)) & core.pointee.linearMask
      let entry = try executable(at)
      fetched[count] =
        entry.pointee.addend != 0
        ? hostPointer(entry, at).load(as: UInt8.self)
        : UInt8(truncatingIfNeeded: try readBus((entry.pointee.physical & ~0xfff) | at & 0xfff, 1))
      count += 1
      let bytes = fetched
      status = withUnsafeBytes(of: bytes) { raw in
        guard let start = raw.baseAddress else { return DecodeStatus.truncated }
        let bytes = start.assumingMemoryBound(to: UInt8.self)
        let status = decoder.decode(bytes, available: count, into: &instruction)
        if status == .ok { logDecoded(bytes, count) }
        return status
      }
    }
    bind(&instruction)
    block.pointee.instructions.initialize(to: instruction)
    endBlock(block.pointee.instructions + 1, Int(instruction.length))
    block.pointee.length = Int32(instruction.length)
    block.pointee.mode = core.pointee.mode
    return block
  }

  /// Chooses the handler. VEX encodings exist in protected mode only (SDM 2 2.3).
  private func bind(_ instruction: inout Instruction) {
    if instruction.flags.contains(.vex), !isProtected { instruction.operation = .invalid }
    instruction.handler = Self.bind(instruction)
  }

  private func endBlock(_ place: UnsafeMutablePointer<Instruction>, _ length: Int) {
    var mark = Instruction(handler: X86CPU.endOfBlock)
    mark.offset = UInt16(length)
    place.initialize(to: mark)
  }

  private func ramPage(_ linear: UInt64) -> (block: RAMBlock, offset: Int)? {
    let entry = translationEntry(linear, user: core.pointee.cpl == 3)
    return owner.memory.page(at: entry.pointee.physical & ~0xfff)
  }
}
