import Engine
import GuestMemory

/// What an access is for, as the page walk sees it (SDM 3A 4.6).
enum AccessKind { case read, write, execute }

/// Where a linear page leads and what may be done there.
struct Translation {
  var physical: UInt64
  var isWritable: Bool
  var isExecutable: Bool
  var isGlobal: Bool
  /// The page is marked dirty in the tables, so that a later write need not walk.
  var isDirty: Bool
  var isLarge: Bool
}

extension CPU {
  /// Bits of a page fault's error code (SDM 3A 4.7).
  private enum Code {
    static let present: UInt32 = 1
    static let write: UInt32 = 2
    static let user: UInt32 = 4
    static let reserved: UInt32 = 8
    static let fetch: UInt32 = 16
  }

  private enum Entry {
    static let present: UInt64 = 1
    static let writable: UInt64 = 2
    static let user: UInt64 = 4
    static let accessed: UInt64 = 0x20
    static let dirty: UInt64 = 0x40
    static let large: UInt64 = 0x80
    static let global: UInt64 = 0x100
    static let noExecute: UInt64 = 1 << 63
  }

  /// Physical addresses have this many bits; higher ones in an entry are reserved.
  static var physicalBits: UInt64 { 40 }
  private static var physicalMask: UInt64 { (1 << physicalBits) - 1 }

  /// Walks the page tables for `linear` (SDM 3A 4.3 and 4.4), setting accessed and dirty bits.
  ///
  /// - Throws: #PF with CR2 set.
  func translate(_ linear: UInt64, _ kind: AccessKind, user: Bool) throws(Fault) -> Translation {
    let state = core.pointee.state
    guard state.cr0 & (1 << 31) != 0 else {
      return Translation(
        physical: linear & ~0xfff, isWritable: true, isExecutable: true, isGlobal: false, isDirty: true,
        isLarge: false)
    }
    return state.cr4 & 0x20 != 0 ? try walkPAE(linear, kind, user: user) : try walk32(linear, kind, user: user)
  }

  private func walk32(_ linear: UInt64, _ kind: AccessKind, user: Bool) throws(Fault) -> Translation {
    let state = core.pointee.state
    let directoryAt = (state.cr3 & 0xffff_f000) + (linear >> 22 & 0x3ff) * 4
    let directory = UInt64(try tableEntry(UInt32.self, directoryAt))
    guard directory & Entry.present != 0 else { throw pageFault(linear, kind, user: user, 0) }
    if directory & Entry.large != 0, state.cr4 & 0x10 != 0 {
      // PSE-36: bits 13-20 are physical bits 32-39, bit 21 is reserved.
      guard directory & (1 << 21) == 0 else {
        throw pageFault(linear, kind, user: user, Code.present | Code.reserved)
      }
      try permit(directory, linear, kind, user: user)
      guard let marked = mark(UInt32.self, directoryAt, directory, dirty: kind == .write) else {
        return try walk32(linear, kind, user: user)
      }
      let base = (directory & 0xffc0_0000) | (directory >> 13 & 0xff) << 32
      return result(base | (linear & 0x3f_f000), rights: directory, user: user, leaf: marked, isLarge: true)
    }
    let pageAt = (directory & 0xffff_f000) + (linear >> 12 & 0x3ff) * 4
    let page = UInt64(try tableEntry(UInt32.self, pageAt))
    guard page & Entry.present != 0 else { throw pageFault(linear, kind, user: user, 0) }
    let rights = directory & page
    try permit(rights, linear, kind, user: user)
    guard mark(UInt32.self, directoryAt, directory, dirty: false) != nil,
      let marked = mark(UInt32.self, pageAt, page, dirty: kind == .write)
    else { return try walk32(linear, kind, user: user) }
    return result(page & 0xffff_f000, rights: rights, user: user, leaf: marked)
  }

  private func walkPAE(_ linear: UInt64, _ kind: AccessKind, user: Bool) throws(Fault) -> Translation {
    let state = core.pointee.state
    let noExecute = state.msr.efer & (1 << 11) != 0
    let reserved = ~Self.physicalMask & (noExecute ? 0x7fff_ffff_ffff_ffff : .max)
    let top = state.pdpte[Int(linear >> 30 & 3)]
    guard top & Entry.present != 0 else { throw pageFault(linear, kind, user: user, 0) }
    let directoryAt = (top & Self.physicalMask & ~0xfff) + (linear >> 21 & 0x1ff) * 8
    let directory = try tableEntry(UInt64.self, directoryAt)
    guard directory & Entry.present != 0 else { throw pageFault(linear, kind, user: user, 0) }
    if directory & Entry.large != 0 {
      guard directory & (reserved | 0x1f_e000) == 0 else {
        throw pageFault(linear, kind, user: user, Code.present | Code.reserved)
      }
      try permit(directory, linear, kind, user: user)
      guard let marked = mark(UInt64.self, directoryAt, directory, dirty: kind == .write) else {
        return try walkPAE(linear, kind, user: user)
      }
      let base = directory & Self.physicalMask & ~0x1f_ffff
      return result(base | (linear & 0x1f_f000), rights: directory, user: user, leaf: marked, isLarge: true)
    }
    guard directory & reserved == 0 else {
      throw pageFault(linear, kind, user: user, Code.present | Code.reserved)
    }
    let pageAt = (directory & Self.physicalMask & ~0xfff) + (linear >> 12 & 0x1ff) * 8
    let page = try tableEntry(UInt64.self, pageAt)
    guard page & Entry.present != 0 else { throw pageFault(linear, kind, user: user, 0) }
    guard page & reserved == 0 else { throw pageFault(linear, kind, user: user, Code.present | Code.reserved) }
    // Permissions combine by AND, execute-disable by OR.
    let rights = (directory & page & ~Entry.noExecute) | ((directory | page) & Entry.noExecute)
    try permit(rights, linear, kind, user: user)
    guard mark(UInt64.self, directoryAt, directory, dirty: false) != nil,
      let marked = mark(UInt64.self, pageAt, page, dirty: kind == .write)
    else { return try walkPAE(linear, kind, user: user) }
    return result(page & Self.physicalMask & ~0xfff, rights: rights, user: user, leaf: marked)
  }

  private func permit(_ rights: UInt64, _ linear: UInt64, _ kind: AccessKind, user: Bool) throws(Fault) {
    let isAllowed =
      switch kind {
      case .read: !user || rights & Entry.user != 0
      case .write:
        user
          ? rights & (Entry.user | Entry.writable) == Entry.user | Entry.writable
          : rights & Entry.writable != 0 || core.pointee.state.cr0 & (1 << 16) == 0
      case .execute:
        (!user || rights & Entry.user != 0) && (rights & Entry.noExecute == 0 || !isNoExecuteOn)
      }
    guard isAllowed else { throw pageFault(linear, kind, user: user, Code.present) }
  }

  private var isNoExecuteOn: Bool {
    core.pointee.state.msr.efer & (1 << 11) != 0 && core.pointee.state.cr4 & 0x20 != 0
  }

  private func result(
    _ physical: UInt64, rights: UInt64, user: Bool, leaf: UInt64, isLarge: Bool = false
  ) -> Translation {
    let isWritable =
      rights & Entry.writable != 0 || (!user && core.pointee.state.cr0 & (1 << 16) == 0)
    return Translation(
      physical: physical, isWritable: isWritable, isExecutable: rights & Entry.noExecute == 0 || !isNoExecuteOn,
      isGlobal: leaf & Entry.global != 0 && core.pointee.state.cr4 & 0x80 != 0, isDirty: leaf & Entry.dirty != 0,
      isLarge: isLarge)
  }

  private func pageFault(_ linear: UInt64, _ kind: AccessKind, user: Bool, _ code: UInt32) -> Fault {
    var code = code
    if kind == .write { code |= Code.write }
    if user { code |= Code.user }
    if kind == .execute, isNoExecuteOn { code |= Code.fetch }
    core.pointee.state.cr2 = linear
    logTranslation(.walkFailed(address: linear, access: "\(kind)", status: code))
    return raise(Vector.page, code)
  }

  private func tableEntry<W: FixedWidthInteger & UnsignedInteger>(_: W.Type, _ address: UInt64) throws(Fault) -> W {
    let entry = owner.memory.read(address & physicalAddressMask, width: W.bitWidth / 8)
    try checkLoss()
    return W(truncatingIfNeeded: entry)
  }

  /// Sets the accessed and, if asked, the dirty bit where they are clear; gives the entry as it is then.
  ///
  /// - Returns: nil where another CPU has changed the entry meanwhile: the walk begins anew.
  private func mark<W: FixedWidthInteger & UnsignedInteger>(
    _: W.Type, _ address: UInt64, _ entry: UInt64, dirty: Bool
  ) -> UInt64? {
    let wanted = entry | Entry.accessed | (dirty ? Entry.dirty : 0)
    guard wanted != entry else { return wanted }
    let address = address & physicalAddressMask
    guard core.pointee.gate != nil, let (block, page) = owner.memory.page(at: address), !block.isReadOnly else {
      owner.memory.write(wanted, address, width: W.bitWidth / 8)
      return wanted
    }
    // Host code of others may change it now.
    let offset = page + Int(address & 0xfff)
    guard block.prepareStore(offset, count: W.bitWidth / 8) else { return wanted }
    let place = block.unguarded + offset
    let isDone =
      W.bitWidth == 32
      ? ProcessorGate.exchange(place, UInt32(truncatingIfNeeded: entry), UInt32(truncatingIfNeeded: wanted))
      : ProcessorGate.exchange(place, entry, wanted)
    guard isDone else { return nil }
    block.changed(offset: offset, count: W.bitWidth / 8)
    return wanted
  }

  /// What the A20 gate leaves of a physical address.
  var physicalAddressMask: UInt64 { core.pointee.state.a20 ? .max : ~(1 << 20) }

  // MARK: The TLB

  /// Translates for an access and remembers it; the entry's tags say what the fast path may do.
  func fillTLB(_ linear: UInt64, _ kind: AccessKind, user: Bool) throws(Fault) -> UnsafeMutablePointer<TLBEntry> {
    let translation = try translate(linear, kind, user: user)
    let page = linear & ~0xfff
    let entry = core.pointee.tlbs + (user ? TLBEntry.count : 0) + Int((linear >> 12) & UInt64(TLBEntry.count - 1))
    var filled = TLBEntry()
    filled.linear = page
    filled.isLarge = translation.isLarge
    let physical = translation.physical & physicalAddressMask
    filled.physical = physical | (translation.isGlobal ? 1 : 0)
    filled.isWritable = translation.isWritable && translation.isDirty
    if let (block, offset) = owner.memory.page(at: physical) {
      guard block.prepareLoad(offset, count: RAMBlock.pageSize) else { throw lost() }
      owner.code.watch(block)
      filled.addend = Int(bitPattern: block.unguarded + offset) &- Int(truncatingIfNeeded: page)
      if !hasDataBreakpoint(page), !hasWatchpoint(page) {
        filled.readTag = page
        if filled.isWritable, let word = block.codeBesideStores(offset) {
          filled.code = word
          if word.pointee == 0 { filled.writeTag = page }
        }
      }
      if translation.isExecutable { filled.executeTag = page }
    }
    entry.pointee = filled
    return entry
  }

  /// Whether a data breakpoint watches any byte of the page: its accesses all take the slow path.
  private func hasDataBreakpoint(_ page: UInt64) -> Bool {
    let state = core.pointee.state
    guard state.dr7 & 0xff != 0 else { return false }
    for n in 0..<4 where state.dr7 >> UInt64(n * 2) & 3 != 0 && state.dr7 >> UInt64(16 + n * 4) & 3 != 0 {
      // A watched field may begin in the page before.
      if state.breakpoint[n] & ~0xfff == page || (state.breakpoint[n] &+ 7) & ~0xfff == page { return true }
    }
    return false
  }

  /// Forgets translations, as a load of CR3 does (all but global ones) or a change of paging (all).
  func flushTLB(keepGlobal: Bool) {
    logTranslation(.flush(page: nil))
    let tlbs = core.pointee.tlbs
    for index in 0..<(2 * TLBEntry.count) where !keepGlobal || tlbs[index].physical & 1 == 0 {
      tlbs[index] = TLBEntry()
    }
    core.pointee.jumpVersion &+= 1
  }

  /// Forgets one page, as INVLPG does: all of a large page, under whichever of its parts it was remembered.
  func flushTLB(page linear: UInt64) {
    let page = linear & ~0xfff
    logTranslation(.flush(page: page))
    let large: UInt64 = core.pointee.state.cr4 & 0x20 != 0 ? ~0x1f_ffff : ~0x3f_ffff
    for index in 0..<(2 * TLBEntry.count) {
      let entry = core.pointee.tlbs + index
      let covers = entry.pointee.isLarge ? entry.pointee.linear & large == page & large : entry.pointee.linear == page
      if covers { entry.pointee = TLBEntry() }
    }
    core.pointee.jumpVersion &+= 1
  }

  /// Stores to the host page at `host` look for code from now on; nil: all stores take the slow path again, for
  /// somebody marked pages clean.
  func forgetWritable(host: UnsafeMutableRawPointer?) {
    for index in 0..<(2 * TLBEntry.count) {
      let entry = core.pointee.tlbs + index
      guard entry.pointee.code != nil else { continue }
      guard let host else {
        entry.pointee.writeTag = TLBEntry.invalid
        entry.pointee.code = nil
        continue
      }
      let start = Int(truncatingIfNeeded: entry.pointee.linear) &+ entry.pointee.addend
      if start == Int(bitPattern: host) { entry.pointee.writeTag = TLBEntry.invalid }
    }
  }
}
