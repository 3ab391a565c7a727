@testable import ARM

/// Translation tables in a test machine's RAM: the first level at 0x4000, the others from 0x8000 on.
///
/// The first section, with vectors, programs and the tables themselves, is mapped to itself in domain 0.
final class TranslationTables {
  static let base: UInt32 = 0x4000
  /// Domain 0 is not checked.
  static let manager: UInt32 = 3

  private let machine: TestMachine
  private var free: UInt32 = 0x8000

  init(_ machine: TestMachine) {
    self.machine = machine
    machine.load([UInt32](repeating: 0, count: 4096), at: Self.base)
    map(.section, 0, to: 0, domain: 0)
  }

  /// Turns the MMU on with these tables.
  func enable(domainAccess: UInt32 = TranslationTables.manager, control: UInt32 = 0) {
    machine.change {
      $0.cp15.control = Control.fixed | Control.mmu | control
      $0.cp15.translationTable = Self.base
      $0.cp15.domainAccess = domainAccess
    }
  }

  /// Maps the whole page of `kind` that `address` lies in.
  func map(_ kind: PageKind, _ address: UInt32, to physical: UInt32, access: UInt32 = 3, domain: UInt32 = 0) {
    let page = address & ~(kind.size - 1)
    let target = physical & ~(kind.size - 1)
    switch kind {
    case .section: setFirst(page, target | access << 10 | domain << 5 | 0x12)
    case .largeCoarse, .largeFine:
      let descriptor = target | access * 0x550 | 1
      let step: UInt32 = kind == .largeFine ? 1 << 10 : 1 << 12
      for offset in stride(from: 0, to: kind.size, by: Int(step)) {
        setSecond(page + offset, descriptor, isFine: kind == .largeFine, domain)
      }
    case .smallCoarse: setSecond(page, target | access * 0x550 | 2, isFine: false, domain)
    case .smallFine:
      for offset in stride(from: 0, to: kind.size, by: 1 << 10) {
        setSecond(page + offset, target | access * 0x550 | 2, isFine: true, domain)
      }
    case .tiny: setSecond(page, target | access << 4 | 3, isFine: true, domain)
    }
  }

  /// A first-level descriptor.
  func setFirst(_ address: UInt32, _ descriptor: UInt32) {
    machine.load([descriptor], at: Self.base + (address >> 20) << 2)
  }

  /// A second-level descriptor; its table is made when there is none.
  func setSecond(_ address: UInt32, _ descriptor: UInt32, isFine: Bool, _ domain: UInt32 = 0) {
    var first = machine.word(Self.base + (address >> 20) << 2)
    if first & 3 == 0 || first & 3 == 2 {
      let size: UInt32 = isFine ? 4096 : 1024
      free = (free + size - 1) & ~(size - 1)
      machine.load([UInt32](repeating: 0, count: Int(size / 4)), at: free)
      first = free | domain << 5 | 0x10 | (isFine ? 3 : 1)
      free += size
      setFirst(address, first)
    }
    let place = isFine ? first & ~0xfff | (address >> 10 & 0x3ff) << 2 : first & ~0x3ff | (address >> 12 & 0xff) << 2
    machine.load([descriptor], at: place)
  }
}
