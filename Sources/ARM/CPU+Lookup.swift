import GuestMemory

/// The translation tables as they are, read without a trace: no TLB entries, no fault status, no device asked
/// (DDI 0100 B4.7).
extension CPU {
  /// A stretch of modified virtual addresses that one descriptor maps.
  struct Mapping {
    var physical: UInt32
    /// Bytes, a power of two.
    var size: UInt32
    var domain: UInt32
    /// Access permissions, one of four for pages whose quarters differ.
    var access: UInt32
    /// The least that has the same permissions around.
    var unit: UInt32
  }

  /// The physical address that `address` leads to; nil where it is not mapped. Domains and permissions do not count.
  func lookUp(_ address: UInt32) -> UInt32? {
    let address = modified(address)
    guard core.pointee.state.cp15.control & Control.mmu != 0 else { return address }
    guard let mapping = mapping(address) else { return nil }
    return mapping.physical | address & (mapping.size - 1)
  }

  private func mapping(_ address: UInt32) -> Mapping? {
    let table = core.pointee.state.cp15.translationTable & ~0x3fff
    guard let first = peek(table | (address >> 20) << 2) else { return nil }
    return mapping(address, first)
  }

  private func mapping(_ address: UInt32, _ first: UInt32) -> Mapping? {
    let domain = first >> 5 & 15
    let isFine = first & 3 == 3
    switch first & 3 {
    case 0: return nil
    case 2:
      return Mapping(
        physical: first & 0xfff0_0000, size: 1 << 20, domain: domain, access: first >> 10 & 3, unit: 1 << 20)
    default: break
    }
    let at = isFine ? first & ~0xfff | (address >> 10 & 0x3ff) << 2 : first & ~0x3ff | (address >> 12 & 0xff) << 2
    guard let second = peek(at) else { return nil }
    switch second & 3 {
    case 1:
      let access = second >> (4 + (address >> 14 & 3) * 2) & 3
      let unit: UInt32 = isFine ? 1 << 10 : 1 << 12
      return Mapping(physical: second & 0xffff_0000, size: 1 << 16, domain: domain, access: access, unit: unit)
    case 2:
      let access = second >> (4 + (address >> 10 & 3) * 2) & 3
      let isUniform = !isFine && second >> 4 & 0xff == access &* 0x55
      return Mapping(
        physical: second & 0xffff_f000, size: 1 << 12, domain: domain, access: access,
        unit: isUniform ? 1 << 12 : 1 << 10)
    case 3 where isFine:
      return Mapping(
        physical: second & 0xffff_fc00, size: 1 << 10, domain: domain, access: second >> 4 & 3, unit: 1 << 10)
    default: return nil
    }
  }

  /// A word of RAM or ROM; nil where there is none.
  private func peek(_ physical: UInt32) -> UInt32? {
    guard owner.memory.page(at: UInt64(physical)) != nil else { return nil }
    return UInt32(truncatingIfNeeded: owner.memory.read(UInt64(physical), width: 4))
  }

  /// Calls `body` with every stretch that is mapped, by ascending modified virtual addresses, until it says to stop.
  func forEachMapping(_ body: (_ address: UInt32, _ size: UInt32, _ physical: UInt32, Mapping) -> Bool) {
    let table = core.pointee.state.cp15.translationTable & ~0x3fff
    for section in 0..<4096 as Range<UInt32> {
      guard let first = peek(table | section << 2), first & 3 != 0 else { continue }
      // What one descriptor, or a quarter of it, is for.
      let least: UInt32 = first & 3 == 3 ? 1 << 10 : 1 << 12
      var offset: UInt32 = 0
      while offset < 1 << 20 {
        let address = section << 20 | offset
        guard let mapping = mapping(address, first) else {
          offset += least
          continue
        }
        let physical = mapping.physical | address & (mapping.size - 1)
        guard body(address, mapping.unit, physical, mapping) else { return }
        offset += mapping.unit
      }
    }
  }

  /// What may be done: `p` for privileged modes, then `u` for users; `no access` and `all` by the domain.
  func rights(_ mapping: Mapping) -> String {
    let domain = core.pointee.state.cp15.domainAccess >> (mapping.domain * 2) & 3
    let what: String
    switch domain {
    case 3: what = "p:rw u:rw (manager)"
    case 1:
      let privileged = permissions(mapping.access, core.pointee.state.cp15.control, privileged: true)
      let user = permissions(mapping.access, core.pointee.state.cp15.control, privileged: false)
      func text(_ rights: (reads: Bool, writes: Bool)) -> String {
        (rights.reads ? "r" : "-") + (rights.writes ? "w" : "-")
      }
      what = "p:\(text(privileged)) u:\(text(user))"
    default: what = "p:-- u:-- (no access)"
    }
    return what + " domain \(mapping.domain)"
  }
}
