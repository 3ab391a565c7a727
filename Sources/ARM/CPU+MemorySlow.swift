import Engine
import GuestMemory

extension CPU {
  /// A read of 1, 2 or 4 bytes that the fast path refused. The address is aligned, or takes an alignment fault where
  /// those are on, or its low bits are ignored: rotation is the instruction's (DDI 0100 A2.8).
  @inline(never)
  func loadSlow(_ address: UInt32, width: Int, privileged: Bool) throws(Fault) -> UInt32 {
    let address = try aligned(address, width)
    let entry = try translationEntry(address, .read, privileged: privileged)
    try checkWatchpoints(address, width: width, writing: false)
    let swizzled = swizzle(address, width)
    if entry.pointee.addend != 0 {
      let host = hostPointer(entry, swizzled)
      switch width {
      case 1: return UInt32(host.load(as: UInt8.self))
      case 2: return UInt32(host.load(as: UInt16.self))
      default: return host.load(as: UInt32.self)
      }
    }
    let physical = UInt64(entry.pointee.physical &+ (swizzled & 0xfff))
    guard answers(physical, width: width) else { throw externalAbort(address, entry, .read) }
    let value = owner.memory.read(physical, width: width)
    try checkLoss()
    return UInt32(truncatingIfNeeded: value)
  }

  /// A write of 1, 2 or 4 bytes that the fast path refused.
  @inline(never)
  func storeSlow(_ value: UInt32, _ address: UInt32, width: Int, privileged: Bool) throws(Fault) {
    let address = try aligned(address, width)
    let entry = try translationEntry(address, .write, privileged: privileged)
    let swizzled = swizzle(address, width)
    if entry.pointee.takesStore(at: swizzled, count: width) {
      let host = hostPointer(entry, swizzled)
      switch width {
      case 1: host.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
      case 2: host.storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
      default: host.storeBytes(of: value, as: UInt32.self)
      }
      return
    }
    try checkWatchpoints(address, width: width, writing: true)
    let physical = UInt64(entry.pointee.physical &+ (swizzled & 0xfff))
    let memory = owner.memory
    if entry.pointee.addend == 0 {
      guard answers(physical, width: width, written: value) else { throw externalAbort(address, entry, .write) }
      memory.write(UInt64(value), physical, width: width)
      return try checkLoss()
    }
    // The bus marks the page dirty and tells whoever holds decoded code of it.
    memory.write(UInt64(value), physical, width: width)
    if let (block, offset) = memory.page(at: physical), entry.pointee.readTag != TLBEntry.invalid,
      let word = block.codeBesideStores(offset)
    {
      entry.pointee.code = word
      if word.pointee == 0 { entry.pointee.writeTag = address & ~0xfff }
    }
  }

  /// After an access by way of the bus.
  ///
  /// - Throws: when it found memory that is lost.
  func checkLoss() throws(Fault) {
    if core.pointee.pending & Pending.abandon != 0 { throw lost() }
  }

  /// Ends the instruction, which has not happened. What it raises is nothing that the guest will see.
  func lost() -> Fault {
    core.pointee.pending |= Pending.abandon
    return raise(.dataAbort)
  }

  /// Whether there is anything at a physical address; who listens for accesses that nothing answers is told of this
  /// one otherwise.
  func answers(_ physical: UInt64, width: Int, written: UInt32? = nil) -> Bool {
    let memory = owner.memory
    if let span = memory.span(at: physical) {
      if case .hole = span.region.content {} else { return true }
    }
    memory.onUnmapped?(physical, width, written.map(UInt64.init))
    return false
  }

  /// Word-invariant big-endian order (B6.2): bytes and halfwords lie mirrored in their words.
  private func swizzle(_ address: UInt32, _ width: Int) -> UInt32 {
    guard core.pointee.state.cp15.control & Control.bigEndian != 0 else { return address }
    return width == 1 ? address ^ 3 : width == 2 ? address ^ 2 : address
  }

  private func aligned(_ address: UInt32, _ width: Int) throws(Fault) -> UInt32 {
    let low = address & UInt32(width - 1)
    if low != 0, core.pointee.state.cp15.control & Control.alignment != 0 { throw alignmentFault(address) }
    return address & ~low
  }
}
