import Engine
import GuestMemory

extension CPU {
  /// No block is longer, so that budgets and interrupts are looked at often enough.
  static var longestBlock: Int { 48 }

  /// So many instructions follow each other without the run loop.
  static var longestRun: Int { 1024 }

  /// The mark before which a block ends that is not to be run further: what follows was overwritten, or is too much.
  static let endOfBlock: Handler = { core, op in
    _ = attend(core, op)
    return Outcome.end
  }

  /// The mark after a block's last instruction.
  private static let afterBlock: Handler = { core, op in
    fallThrough(core, CPU(core).address(of: op.assumingMemoryBound(to: Instruction.self)))
  }

  /// The mark `offset` bytes from the start of its block, where that is over.
  static func endMark(_ offset: Int) -> Instruction {
    var mark = Instruction(handler: afterBlock)
    mark.offset = UInt16(truncatingIfNeeded: offset)
    return mark
  }

  /// The block at the program counter, from the jump cache, the block table, or freshly decoded.
  ///
  /// - Throws: a prefetch abort.
  @inline(__always)
  func findBlock() throws(Fault) -> UnsafeMutablePointer<Block<Instruction>> {
    let address = core.pointee.state.pc
    if let block = rememberedBlock(address) { return block }
    return try findBlockSlow(address)
  }

  /// The block at `address`, when the jump cache has it.
  @inline(__always)
  func rememberedBlock(_ address: UInt32) -> UnsafeMutablePointer<Block<Instruction>>? {
    let cached = jumpCacheEntry(address)
    guard cached.pointee.linear == UInt64(address), cached.pointee.version == core.pointee.jumpKey,
      cached.pointee.mode == core.pointee.mode, let block = cached.pointee.block, block.pointee.isValid
    else { return nil }
    return block
  }

  @inline(__always)
  private func jumpCacheEntry(_ address: UInt32) -> UnsafeMutablePointer<JumpCacheEntry<Instruction>> {
    core.pointee.jumpCache
      + Int((address &>> 1 ^ address &>> 13) & UInt32(JumpCacheEntry<Instruction>.count - 1))
  }

  @inline(never)
  private func findBlockSlow(_ address: UInt32) throws(Fault) -> UnsafeMutablePointer<Block<Instruction>> {
    let mayStop = owner.code.mayStop(at: UInt64(address))
    if mayStop, stopsAtBreakpoint(address) { return owner.scratch.block }
    let entry = try translationEntry(address, .execute, privileged: core.pointee.isPrivileged)
    // What may be stopped at is in no block that is remembered.
    guard entry.pointee.addend != 0, !mayStop, core.pointee.state.cp15.control & Control.bigEndian == 0 else {
      return try decodeUncached(address, entry)
    }
    let host = hostPointer(entry, address)
    let mode = core.pointee.mode
    let cached = jumpCacheEntry(address)
    let block: UnsafeMutablePointer<Block<Instruction>>
    if let old = cached.pointee.block, old.pointee.host == host, old.pointee.mode == mode, old.pointee.isValid {
      // Translations were forgotten, and this one is again what it was.
      block = old
    } else if let found = owner.code.find(host, mode: mode) {
      block = found
    } else {
      guard let page = owner.memory.page(at: UInt64(entry.pointee.physical)) else {
        return try decodeUncached(address, entry)
      }
      block = decodeBlock(address, page, host: host)
    }
    if block.pointee.isValid {
      cached.pointee.linear = UInt64(address)
      cached.pointee.version = core.pointee.jumpKey
      cached.pointee.mode = mode
      cached.pointee.block = block
    }
    return block
  }

  /// Decodes from `address` to the first branch, the end of the page, or `longestBlock`.
  private func decodeBlock(
    _ address: UInt32, _ page: (block: RAMBlock, offset: Int), host: UnsafeMutableRawPointer
  ) -> UnsafeMutablePointer<Block<Instruction>> {
    let owner = owner
    let instructions = owner.code.reserve(Self.longestBlock + 1)
    let available = Int(0x1000 - (address & 0xfff))
    var count = 0
    var length = 0
    while count < Self.longestBlock, length < available {
      if count > 0, owner.code.mayStop(at: UInt64(address) &+ UInt64(length)) { break }
      var instruction =
        isThumb
        ? decodeThumb(host.load(fromByteOffset: length, as: UInt16.self))
        : decodeARM(host.load(fromByteOffset: length, as: UInt32.self))
      instruction.offset = UInt16(truncatingIfNeeded: length)
      bind(&instruction)
      (instructions + count).initialize(to: instruction)
      count += 1
      length += instruction.length
      if instruction.flags.contains(.endsBlock) { break }
    }
    (instructions + count).initialize(to: Self.endMark(length))
    logDecoded(UnsafeBufferPointer(start: host.assumingMemoryBound(to: UInt8.self), count: length), at: address)
    let block = Block(
      host: host, instructions: instructions, count: Int32(count), length: Int32(length), mode: core.pointee.mode)
    return owner.code.insert(block, instructionCount: count + 1, pages: [page])
  }

  /// The block at `address`, which is at `host`, decoded without a trace that the guest could see; nil where that
  /// cannot be.
  func decodeNear(
    _ address: UInt32, host: UnsafeMutableRawPointer
  ) -> UnsafeMutablePointer<Block<Instruction>>? {
    // A log shall have it when it is executed.
    guard !owner.logged.contains(.code), !owner.code.mayStop(at: UInt64(address)),
      owner.code.hasRoom(for: Self.longestBlock + 1),
      let physical = lookUp(address), let page = owner.memory.page(at: UInt64(physical & ~0xfff)),
      page.block.unguarded + page.offset == host - Int(address & 0xfff)
    else { return nil }
    return decodeBlock(address, page, host: host)
  }

  /// Fetches one instruction through the bus: it lies in no RAM, or words have their bytes the other way round.
  private func decodeUncached(
    _ address: UInt32, _ entry: UnsafeMutablePointer<TLBEntry>
  ) throws(Fault) -> UnsafeMutablePointer<Block<Instruction>> {
    let owner = owner
    let width = isThumb ? 2 : 4
    // Word-invariant order swaps the halves of a word (B6.2.2).
    let isSwapped = isThumb && core.pointee.state.cp15.control & Control.bigEndian != 0
    let physical = UInt64(entry.pointee.physical &+ ((isSwapped ? address ^ 2 : address) & 0xfff))
    let memory = owner.memory
    guard answers(physical, width: width) else { throw externalAbort(address, entry, .execute) }
    let bits = UInt32(truncatingIfNeeded: memory.read(physical, width: width))
    try checkLoss()
    var instruction = isThumb ? decodeThumb(UInt16(truncatingIfNeeded: bits)) : decodeARM(bits)
    bind(&instruction)
    withUnsafeBytes(of: bits.littleEndian) { raw in
      logDecoded(UnsafeBufferPointer(rebasing: raw.bindMemory(to: UInt8.self)[..<width]), at: address)
    }
    owner.scratch.set(instruction, end: Self.endMark(width), length: width, mode: core.pointee.mode)
    return owner.scratch.block
  }

  private func decodeARM(_ bits: UInt32) -> Instruction { Decoder.arm.decode(bits, handler: Self.endOfBlock) }
  private func decodeThumb(_ bits: UInt16) -> Instruction {
    Decoder.thumb.decode(UInt32(bits), handler: Self.endOfBlock)
  }
}
