import Emit
import Engine

/// Where translated code finds what: guest registers in host registers or in the core, whose address is in rbx.
///
/// rax, rcx and rdx are free for each instruction; r8 to r12 of the guest stay in the core. The budget is in a register:
/// in memory, each round of a short loop would wait for the last one's store.
enum TranslationLayout {
  /// The core.
  static var core: HostRegister { .rbx }
  /// `Core.budget`, of 8 bytes.
  static var budgetRegister: HostRegister { .r13 }

  /// The host's register for the guest's at `place`, as in `Instruction`.
  @inline(__always)
  static func pinned(_ place: UInt8) -> HostRegister? {
    switch place {
    case 0: .rsi
    case 4: .rdi
    case 8: .rbp
    case 12: .r8
    case 16: .r9
    case 20: .r10
    case 24: .r11
    case 28: .r12
    case 52: .r14
    case 56: .r15
    default: nil
    }
  }

  /// Places of the guest's registers that are pinned.
  static let pinnedPlaces: [UInt8] = [0, 4, 8, 12, 16, 20, 24, 28, 52, 56]

  // MARK: Offsets in the core

  static let budget = offset(\.budget)
  static let pc = offset(\.state.pc)
  static let negative = offset(\.negative)
  static let zero = offset(\.zero)
  static let carry = offset(\.carry)
  static let overflow = offset(\.overflow)
  static let tlb = offset(\.tlb)
  static let userTLB = offset(\.userTLB)
  static let control = offset(\.state.cp15.control)
  static let status = offset(\.state.cpsr)
  static let mode = offset(\.mode)
  static let floating = offset(\.state.vfp.s)
  static let floatingStatus = offset(\.state.vfp.fpscr)
  static let floatingException = offset(\.state.vfp.fpexc)
  static let jumpTag = offset(\.jumpTag)
  static let recent = offset(\.recent)
  /// The inline jump cache lies behind the core, see `CoreStorage`.
  static let jumps = CoreStorage.translatedJumpsOffset

  private static func offset(_ path: PartialKeyPath<Core>) -> Int {
    guard let offset = MemoryLayout<Core>.offset(of: path) else {
      preconditionFailure("a field of the core that has no offset")
    }
    return offset
  }

  // MARK: The TLB

  static let readTag = entryOffset(\.readTag)
  static let writeTag = entryOffset(\.writeTag)
  static let addend = entryOffset(\.addend)
  static let page = entryOffset(\.page)
  static let code = entryOffset(\.code)
  /// An address is shifted right by this, and masked, to be the offset of its entry.
  static var entryShift: UInt8 { 7 }
  static var entryMask: UInt32 { UInt32(TLBEntry.count - 1) << 5 }

  private static func entryOffset(_ path: PartialKeyPath<TLBEntry>) -> Int {
    precondition(MemoryLayout<TLBEntry>.stride == 32, "TLB entries are not 32 bytes long")
    guard let offset = MemoryLayout<TLBEntry>.offset(of: path) else {
      preconditionFailure("a field of a TLB entry that has no offset")
    }
    return offset
  }

  static let recentReadTag = recentOffset(\.readTag)
  static let recentWriteTag = recentOffset(\.writeTag)
  static let recentAddend = recentOffset(\.addend)

  private static func recentOffset(_ path: PartialKeyPath<RecentPage>) -> Int {
    // Both tags are copied at once.
    precondition(
      MemoryLayout<RecentPage>.stride == 16 && MemoryLayout<RecentPage>.offset(of: \.readTag) == readTag
        && MemoryLayout<RecentPage>.offset(of: \.writeTag) == writeTag && readTag == 0 && writeTag == 4,
      "recent pages are not what TLB entries begin with")
    guard let offset = MemoryLayout<RecentPage>.offset(of: path) else {
      preconditionFailure("a field of a recent page that has no offset")
    }
    return offset
  }

  // MARK: The jump cache

  /// Where in the jump cache the target `tag` is: the address, with bit 0 set for Thumb state.
  static func jumpOffset(_ tag: UInt32) -> Int { Int(tag << 2 & jumpMask) }
  static var jumpMask: UInt32 { UInt32(TranslatedJump.count - 1) << 4 }
}
