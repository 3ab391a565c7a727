import Emit
import Engine

/// Where translated code finds what.
///
/// The guest's registers are in the host's of the same number, but for EAX in r8 and ESP in r9. The core is at r14, the
/// budget in r13, and in eax the flags as `TranslatedFlags` has them, while they are not the host's own. r10 to r12 are
/// free for each instruction; r15 is where a block's window is on the host, see `MemoryWindows`.
enum TranslationLayout {
  /// The core.
  static var core: HostRegister { .r14 }
  /// `Core.budget`, of 8 bytes: in memory, each round of a short loop would wait for the last one's store.
  static var budgetRegister: HostRegister { .r13 }
  /// The start of a window, 0 when it has none.
  static var window: HostRegister { .r15 }

  /// The host's register for the guest's of number `number`, 0 to 7.
  @inline(__always)
  static func register(_ number: UInt8) -> HostRegister {
    switch number {
    case 0: .r8
    case 4: .r9
    default: HostRegister(number)
    }
  }

  // MARK: Offsets in the core

  static let budget = offset(\.budget)
  static let pending = offset(\.pending)
  static let rip = offset(\.state.rip)
  static let rflags = offset(\.state.rflags)
  static let flags = offset(\.translatedFlags)
  static let jumpTag = offset(\.jumpTag)
  static let tlb = offset(\.tlb)
  /// The inline jump cache and the TLBs lie behind the core, see `CoreStorage`.
  static let jumps = CoreStorage.translatedJumpsOffset
  static let tlbs = CoreStorage.tlbsOffset

  static let hostStack = offset(\.hostStack)
  static let hostStackEnd = offset(\.hostStackEnd)
  /// Bytes of what CALLs expect of RETs; the oldest are forgotten first.
  static var returnStackSize: Int { 32 << 10 }

  static let isSSELive = offset(\.isSSELive)
  static let isX87Live = offset(\.isX87Live)
  static let xmm = offset(\.state.sse.xmm)
  static let mxcsr = offset(\.state.sse.mxcsr)
  static let hostMXCSR = offset(\.hostMXCSR)
  static let cr0 = offset(\.state.cr0)
  static let cr4 = offset(\.state.cr4)
  static let x87Image = offset(\.x87Image)
  static let x87Control = offset(\.state.fpu.control)
  static let x87Instruction = offset(\.state.fpu.instructionPointer)
  static let x87InstructionSelector = offset(\.state.fpu.instructionSelector)
  static let x87Data = offset(\.state.fpu.dataPointer)
  static let x87DataSelector = offset(\.state.fpu.dataSelector)
  static let x87Opcode = offset(\.state.fpu.opcode)

  /// The selector in segment register `number`.
  static func selector(_ number: UInt8) -> Int {
    guard let selector = MemoryLayout<SegmentRegister>.offset(of: \.selector) else {
      preconditionFailure("a selector that has no offset")
    }
    return segments + Int(number) * MemoryLayout<SegmentRegister>.stride + selector
  }

  private static let segments = offset(\.state.segments)

  /// What segment register `number` means for an access.
  static func access(_ number: UInt8) -> Int {
    offset(\.access) + Int(number) * MemoryLayout<SegmentAccess>.stride
  }

  private static func offset(_ path: PartialKeyPath<Core>) -> Int {
    guard let offset = MemoryLayout<Core>.offset(of: path) else {
      preconditionFailure("a field of the core that has no offset")
    }
    return offset
  }

  // MARK: Offsets in a segment's entry

  static let base = accessOffset(\.base)
  static let readEnd = accessOffset(\.readEnd)
  static let writeEnd = accessOffset(\.writeEnd)

  private static func accessOffset(_ path: PartialKeyPath<SegmentAccess>) -> Int {
    guard let offset = MemoryLayout<SegmentAccess>.offset(of: path) else {
      preconditionFailure("a field of a segment's entry that has no offset")
    }
    return offset
  }

  // MARK: The TLB

  static let readTag = entryOffset(\.readTag)
  static let writeTag = entryOffset(\.writeTag)
  static let executeTag = entryOffset(\.executeTag)
  static let addend = entryOffset(\.addend)
  static let linear = entryOffset(\.linear)
  static let code = entryOffset(\.code)
  /// An address is shifted right by this, and masked, to be the offset of its entry.
  static var entryShift: UInt8 { 6 }
  static var entryMask: UInt32 { UInt32(TLBEntry.count - 1) << 6 }
  /// Bytes of one TLB.
  static var tlbSize: Int { TLBEntry.count * MemoryLayout<TLBEntry>.stride }

  /// Where the addend is that access number `site` of programs, or of the supervisor, guesses.
  static func guess(_ site: Int, isUser: Bool) -> Int {
    CoreStorage.guessesOffset + (site & (CoreStorage.guessCount - 1) + (isUser ? CoreStorage.guessCount : 0)) * 8
  }

  private static func entryOffset(_ path: PartialKeyPath<TLBEntry>) -> Int {
    precondition(MemoryLayout<TLBEntry>.stride == 64, "TLB entries are not 64 bytes long")
    guard let offset = MemoryLayout<TLBEntry>.offset(of: path) else {
      preconditionFailure("a field of a TLB entry that has no offset")
    }
    return offset
  }

  // MARK: The jump cache

  /// Of the jump cache's entry for `target` an eighth of its offset, as code computes it.
  static func jumpIndex(_ target: UInt32) -> UInt32 { ((target ^ target >> 9) << 2) & jumpMask }
  /// Where that entry is, from the core on.
  static func jumpEntry(_ target: UInt32) -> Int { jumps + Int(jumpIndex(target)) * 8 }
  static var jumpMask: UInt32 { UInt32(TranslatedJump.count - 1) << 2 }
  static var jumpCode: Int { 8 }
  static var jumpHost: Int { 16 }
}
