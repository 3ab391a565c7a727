import GuestMemory

/// The translations that are remembered. Virtual addresses are those that instructions use: changing the process
/// identifier of FCSE forgets them.
extension CPU {
  private static var bankSize: Int { 2 * TLBEntry.count }

  /// The remembered or fresh translation of `address`.
  ///
  /// - Throws: an abort when there is none, or it does not permit the access.
  func translationEntry(
    _ address: UInt32, _ kind: AccessKind, privileged: Bool
  ) throws(Fault) -> UnsafeMutablePointer<TLBEntry> {
    let number =
      core.pointee.banks.current * Self.bankSize + (privileged ? 0 : TLBEntry.count)
      + Int(address >> 12 & UInt32(TLBEntry.count - 1))
    let entry = core.pointee.tlbs + number
    let page = address & ~0xfff
    if entry.pointee.page == page, !entry.pointee.isDivided {
      switch kind {
      case .read: if entry.pointee.readTag == page || entry.pointee.addend == 0 { return entry }
      case .write: if entry.pointee.isWritable { return entry }
      // Reading permits fetching (B4.3.1), and a watched page is in memory.
      case .execute: return entry
      }
    }
    let found = try translate(address, kind, privileged: privileged)
    try remember(found, page, at: entry, number)
    return entry
  }

  private func remember(
    _ found: Translation, _ page: UInt32, at entry: UnsafeMutablePointer<TLBEntry>, _ number: Int
  ) throws(Fault) {
    var new = TLBEntry()
    new.page = page
    new.physical = found.physical
    new.domain = found.domain
    new.isDivided = found.isDivided
    new.isSection = found.isSection
    new.isWritable = found.isWritable
    // A divided page is asked about at every access, by way of the bus.
    if !found.isDivided, let (block, offset) = owner.memory.page(at: UInt64(found.physical)) {
      guard block.prepareLoad(offset, count: RAMBlock.pageSize) else { throw lost() }
      owner.code.watch(block)
      new.addend = Int(bitPattern: block.unguarded + offset) &- Int(page)
      // Writing permits reading (B4.3.1).
      if !hasWatchpoint(page) { new.readTag = page }
    }
    entry.pointee = new
    forgetRecentPages()
    if found.isWide {
      let section = Int(page >> 20)
      core.pointee.banks.wide[section >> 5] |= 1 << UInt32(section & 31)
    }
    let fills = core.pointee.banks.fills
    if fills < TLBBanks.logged { core.pointee.banks.filled[fills] = UInt16(truncatingIfNeeded: number) }
    core.pointee.banks.fills = min(fills + 1, TLBBanks.logged + 1)
  }

  /// Forgets every translation.
  func flushTLB() {
    logTranslation(.flush(page: nil))
    let fills = core.pointee.banks.fills
    if fills <= TLBBanks.logged {
      for index in 0..<fills { core.pointee.tlbs[Int(core.pointee.banks.filled[index])] = TLBEntry() }
    } else {
      core.pointee.tlbs.update(repeating: TLBEntry(), count: TLBBanks.count * Self.bankSize)
    }
    core.pointee.banks.fills = 0
    core.pointee.banks.wide = InlineArray(repeating: 0)
    forgetRecentPages()
    changeAddressSpace()
  }

  /// Forgets the translation of one modified virtual address, with all of the section or page that it lies in.
  func flushTLB(address: UInt32) {
    guard core.pointee.state.cp15.processID == 0 else { return flushTLB() }
    logTranslation(.flush(page: UInt64(address & ~0xfff)))
    let section = Int(address >> 20)
    let isWide = core.pointee.banks.wide[section >> 5] >> UInt32(section & 31) & 1 != 0
    let pages = isWide ? 256 : 1
    let first = isWide ? address & 0xfff0_0000 : address & ~0xfff
    for bank in 0..<(2 * TLBBanks.count) {
      for page in 0..<pages {
        let at = first &+ UInt32(page) << 12
        let entry = core.pointee.tlbs + bank * TLBEntry.count + Int(at >> 12 & UInt32(TLBEntry.count - 1))
        if entry.pointee.page == at { entry.pointee = TLBEntry() }
      }
    }
    forgetRecentPages()
    changeAddressSpace()
  }

  /// Stores to the host page at `host` look for code from now on; nil: all stores take the slow path again, for
  /// somebody marked pages clean.
  func forgetWritable(host: UnsafeMutableRawPointer?) {
    forgetRecentPages()
    let fills = core.pointee.banks.fills
    let all = fills > TLBBanks.logged
    for index in 0..<(all ? TLBBanks.count * Self.bankSize : fills) {
      let entry = core.pointee.tlbs + (all ? index : Int(core.pointee.banks.filled[index]))
      guard entry.pointee.code != nil else { continue }
      guard let host else {
        entry.pointee.writeTag = TLBEntry.invalid
        entry.pointee.code = nil
        continue
      }
      let start = Int(entry.pointee.page) &+ entry.pointee.addend
      if start == Int(bitPattern: host) { entry.pointee.writeTag = TLBEntry.invalid }
    }
  }

  /// Translated code looks into the TLB again.
  func forgetRecentPages() {
    guard core.pointee.sites != nil else { return }
    withUnsafeMutablePointer(to: &core.pointee.recent) { pages in
      let first = UnsafeMutableRawPointer(pages).assumingMemoryBound(to: RecentPage.self)
      first.update(repeating: RecentPage(), count: RecentPage.count)
    }
  }

  /// No block that was remembered for a virtual address may be entered unasked.
  func changeAddressSpace() {
    nextJumpVersion()
    refreshMode()
  }

  private func nextJumpVersion() {
    core.pointee.jumpVersion &+= 1
    // Tags have not all of its bits.
    if core.pointee.jumpVersion & 0x0fff_ffff == 0 { owner.translator?.forgetJumps() }
  }

  /// Takes the domain access register's value: its bank of translations, or a fresh one.
  func setDomainAccess(_ value: UInt32) {
    core.pointee.state.cp15.domainAccess = value
    var bank = core.pointee.banks.current
    var tried = 0
    while core.pointee.banks.domainAccess[bank] != value {
      tried += 1
      bank = tried == TLBBanks.count ? newBank(value) : (bank + 1) % TLBBanks.count
    }
    core.pointee.banks.current = bank
    refreshMode()
  }

  /// An empty bank for a value of the domain access register: the one that was made longest ago.
  @inline(never)
  private func newBank(_ value: UInt32) -> Int {
    let new = core.pointee.banks.next
    core.pointee.banks.next = (new + 1) % TLBBanks.count
    core.pointee.banks.domainAccess[new] = value
    (core.pointee.tlbs + new * Self.bankSize).update(repeating: TLBEntry(), count: Self.bankSize)
    forgetRecentPages()
    nextJumpVersion()
    return new
  }

  /// Recomputes what follows from the mode and the control register: which TLB serves, and which remembered jumps.
  func refreshMode() {
    let cpsr = core.pointee.state.cpsr
    let privileged = cpsr & Flag.mode != UInt32(Mode.user.rawValue)
    core.pointee.isPrivileged = privileged
    core.pointee.mode = cpsr & Flag.t != 0 ? 1 : 0
    let bank = core.pointee.tlbs + core.pointee.banks.current * Self.bankSize
    let user = bank + TLBEntry.count
    let empty = core.pointee.tlbs + TLBBanks.count * Self.bankSize
    let isChecked = core.pointee.state.cp15.control & Control.bigEndian != 0
    let tlb = isChecked ? empty : privileged ? bank : user
    if core.pointee.tlb != tlb {
      core.pointee.tlb = tlb
      forgetRecentPages()
    }
    core.pointee.userTLB = isChecked ? empty : user
    core.pointee.jumpKey =
      core.pointee.jumpVersion << 4 | UInt64(core.pointee.banks.current) << 1 | (privileged ? 1 : 0)
    core.pointee.jumpTag = core.pointee.jumpKey << 32
  }
}
