import GuestMemory

/// The page tables as they are, read without a trace: no accessed bits, no TLB entries, no faults, no device asked.
extension CPU {
  private enum Bit {
    static let present: UInt64 = 1
    static let writable: UInt64 = 2
    static let user: UInt64 = 4
    static let large: UInt64 = 0x80
    static let noExecute: UInt64 = 1 << 63
  }

  private var isPAE: Bool { core.pointee.state.cr4 & CR4.pae != 0 }
  private var tableMask: UInt64 { (1 << Self.physicalBits) - 0x1000 }

  /// The physical address that `linear` leads to; nil where it is not mapped. Privileges do not count.
  func lookUp(_ linear: UInt64) -> UInt64? {
    guard core.pointee.state.cr0 & CR0.paging != 0 else { return linear & physicalAddressMask }
    guard let page = page(linear) else { return nil }
    return (page.physical | linear & (page.size - 1)) & physicalAddressMask
  }

  /// The page that `linear` lies in; paging is on.
  private func page(_ linear: UInt64) -> PageTableEntry? {
    guard let directory = directoryEntry(linear), directory & Bit.present != 0 else { return nil }
    if let large = largePage(directory) { return large }
    return smallPage(directory, linear)
  }

  private func directoryEntry(_ linear: UInt64) -> UInt64? {
    guard isPAE else { return peek((core.pointee.state.cr3 & 0xffff_f000) + (linear >> 22 & 0x3ff) * 4, width: 4) }
    let top = core.pointee.state.pdpte[Int(linear >> 30 & 3)]
    guard top & Bit.present != 0 else { return nil }
    return peek((top & tableMask) + (linear >> 21 & 0x1ff) * 8, width: 8)
  }

  private func largePage(_ directory: UInt64) -> PageTableEntry? {
    guard directory & Bit.large != 0 else { return nil }
    if isPAE { return entry(directory & tableMask & ~0x1f_ffff, size: 1 << 21, rights: directory) }
    guard core.pointee.state.cr4 & CR4.pse != 0 else { return nil }
    return entry(directory & 0xffc0_0000 | (directory >> 13 & 0xff) << 32, size: 1 << 22, rights: directory)
  }

  private func smallPage(_ directory: UInt64, _ linear: UInt64) -> PageTableEntry? {
    let table = directory & (isPAE ? tableMask : 0xffff_f000)
    let at = isPAE ? table + (linear >> 12 & 0x1ff) * 8 : table + (linear >> 12 & 0x3ff) * 4
    guard let page = peek(at, width: isPAE ? 8 : 4), page & Bit.present != 0 else { return nil }
    let rights = (directory & page & ~Bit.noExecute) | ((directory | page) & Bit.noExecute)
    return entry(page & (isPAE ? tableMask : 0xffff_f000), size: 1 << 12, rights: rights)
  }

  private func entry(_ physical: UInt64, size: UInt64, rights: UInt64) -> PageTableEntry {
    let isNoExecuteOn = isPAE && core.pointee.state.msr.efer & (1 << 11) != 0
    return PageTableEntry(
      physical: physical, size: size, isUser: rights & Bit.user != 0, isWritable: rights & Bit.writable != 0,
      isExecutable: !isNoExecuteOn || rights & Bit.noExecute == 0)
  }

  /// A word of RAM or ROM; nil where there is none.
  private func peek(_ physical: UInt64, width: Int) -> UInt64? {
    let address = physical & physicalAddressMask
    guard owner.memory.page(at: address) != nil else { return nil }
    return owner.memory.read(address, width: width)
  }

  /// Eight bytes at a linear address, as a descriptor has; nil where any is not mapped.
  func peekDescriptor(_ linear: UInt64) -> UInt64? {
    var value: UInt64 = 0
    for index in 0..<8 as Range<UInt64> {
      guard let physical = lookUp((linear &+ index) & core.pointee.linearMask), let byte = peek(physical, width: 1)
      else { return nil }
      value |= byte << (index * 8)
    }
    return value
  }

  /// Calls `body` with every page that is mapped, by ascending addresses, until it says to stop.
  func forEachPage(_ body: (_ linear: UInt64, PageTableEntry) -> Bool) {
    let directorySpan: UInt64 = isPAE ? 1 << 21 : 1 << 22
    for linear in stride(from: 0 as UInt64, to: 1 << 32, by: Int(directorySpan)) {
      guard let directory = directoryEntry(linear), directory & Bit.present != 0 else { continue }
      if let large = largePage(directory) {
        guard body(linear, large) else { return }
        continue
      }
      for page in stride(from: linear, to: linear + directorySpan, by: 0x1000) {
        guard let small = smallPage(directory, page) else { continue }
        guard body(page, small) else { return }
      }
    }
  }
}
