import GuestMemory

/// What an access is for.
enum AccessKind { case read, write, execute }

/// Where a page leads and what may be done there.
struct Translation {
  /// Of the first byte of the 4 KiB page; of a page of 1 KiB, of where that would be.
  var physical: UInt32
  var domain: UInt8 = 0
  var isWritable = true
  /// The page's quarters differ.
  var isDivided = false
  /// The page is part of a section or a large page.
  var isWide = false
  /// It is part of a section, or the MMU is off.
  var isSection = false
}

/// The memory management unit (DDI 0100 B4).
///
/// Chosen where the manual says UNPREDICTABLE: domain access 2, and S and R both set, permit nothing; a tiny page in
/// a coarse table is no page; descriptors that are not repeated count for the addresses that lead to them; FCSE
/// modifies addresses also while the MMU is off.
extension CPU {
  /// Fault status (B4.6.1 table B4-1), for sections; pages have 2 more.
  enum FaultStatus {
    static let alignment: UInt32 = 0x1
    static let debugEvent: UInt32 = 0x2
    static let translation: UInt32 = 0x5
    static let external: UInt32 = 0x8
    static let domain: UInt32 = 0x9
    static let externalFirstLevel: UInt32 = 0xc
    static let externalSecondLevel: UInt32 = 0xe
    static let permission: UInt32 = 0xd
    static let page: UInt32 = 2
  }

  /// The modified virtual address: small addresses lie in the present process's slot (B8.2).
  func modified(_ address: UInt32) -> UInt32 {
    address < 0x0200_0000 ? address | core.pointee.state.cp15.processID : address
  }

  /// Walks the translation tables for `address`.
  ///
  /// - Throws: an abort.
  func translate(_ address: UInt32, _ kind: AccessKind, privileged: Bool) throws(Fault) -> Translation {
    let address = modified(address)
    let cp15 = core.pointee.state.cp15
    guard cp15.control & Control.mmu != 0 else {
      var flat = Translation(physical: address & ~0xfff)
      flat.isSection = true
      return flat
    }
    let firstAt = cp15.translationTable & ~0x3fff | (address >> 20) << 2
    guard let first = tableEntry(firstAt) else {
      throw abort(FaultStatus.externalFirstLevel, 0, address, kind)
    }
    let domain = first >> 5 & 15
    let access: UInt32
    var found: Translation
    let page: UInt32
    switch first & 3 {
    case 2:
      found = Translation(physical: first & 0xfff0_0000 | address & 0xf_f000)
      found.isWide = true
      found.isSection = true
      access = first >> 10 & 3
      page = 0
    case 1, 3:
      let isFine = first & 3 == 3
      let secondAt =
        isFine ? first & ~0xfff | (address >> 10 & 0x3ff) << 2 : first & ~0x3ff | (address >> 12 & 0xff) << 2
      guard let second = tableEntry(secondAt) else {
        throw abort(FaultStatus.externalSecondLevel, domain, address, kind)
      }
      page = FaultStatus.page
      switch second & 3 {
      case 1:
        found = Translation(physical: second & 0xffff_0000 | address & 0xf000)
        found.isWide = true
        access = second >> (4 + (address >> 14 & 3) * 2) & 3
      case 2:
        found = Translation(physical: second & 0xffff_f000)
        access = second >> (4 + (address >> 10 & 3) * 2) & 3
        let all = second >> 4 & 0xff
        found.isDivided = all != (all & 3) &* 0x55
      case 3 where isFine:
        found = Translation(physical: (second & 0xffff_fc00) &- (address & 0xc00))
        found.isDivided = true
        access = second >> 4 & 3
      default: throw abort(FaultStatus.translation + FaultStatus.page, domain, address, kind)
      }
      if isFine, !found.isDivided { found.isDivided = !isRepeated(second, around: secondAt) }
    default: throw abort(FaultStatus.translation, 0, address, kind)
    }
    found.domain = UInt8(truncatingIfNeeded: domain)
    switch cp15.domainAccess >> (domain * 2) & 3 {
    case 3: return found
    case 1: break
    default: throw abort(FaultStatus.domain + page, domain, address, kind)
    }
    let (reads, writes) = permissions(access, cp15.control, privileged: privileged)
    found.isWritable = writes
    guard kind == .write ? writes : reads else { throw abort(FaultStatus.permission + page, domain, address, kind) }
    return found
  }

  /// Table B4-2.
  func permissions(_ access: UInt32, _ control: UInt32, privileged: Bool) -> (reads: Bool, writes: Bool) {
    switch access {
    case 3: return (true, true)
    case 2: return (true, privileged)
    case 1: return (privileged, privileged)
    default:
      let system = control & Control.system != 0
      let rom = control & Control.rom != 0
      return (system != rom && (privileged || rom), false)
    }
  }

  /// Whether a fine table's four descriptors of one 4 KiB page are the same, as they shall be: where they are not,
  /// each counts for its own quarter.
  private func isRepeated(_ descriptor: UInt32, around place: UInt32) -> Bool {
    (0..<4).allSatisfy { tableEntry(place & ~0xf | $0 << 2) == descriptor }
  }

  /// A descriptor; nil where the bus answers with an error.
  private func tableEntry(_ physical: UInt32) -> UInt32? {
    guard answers(UInt64(physical), width: 4) else { return nil }
    return UInt32(truncatingIfNeeded: owner.memory.read(UInt64(physical), width: 4))
  }

  // MARK: Aborts

  private func abort(_ status: UInt32, _ domain: UInt32, _ address: UInt32, _ kind: AccessKind) -> Fault {
    logTranslation(.walkFailed(address: UInt64(address), access: "\(kind)", status: domain << 4 | status))
    return raise(kind == .execute ? .prefetchAbort : .dataAbort, status: domain << 4 | status, address: address)
  }

  /// The status of an alignment fault may be 1 or 3, and its domain is invalid: 1 and 0 here.
  func alignmentFault(_ address: UInt32) -> Fault {
    raise(.dataAbort, status: FaultStatus.alignment, address: modified(address))
  }

  /// Nothing answers on the bus (B4.6.3). With the MMU off the status is a section's.
  ///
  /// Buffered stores abort like all others: there is no write buffer.
  func externalAbort(_ address: UInt32, _ entry: UnsafeMutablePointer<TLBEntry>, _ kind: AccessKind) -> Fault {
    let page = entry.pointee.isSection ? 0 : FaultStatus.page
    return abort(FaultStatus.external + page, UInt32(entry.pointee.domain), modified(address), kind)
  }
}
