import DeviceModel
import Engine
import Glibc

/// The memory that holds one core, its TLB and its jump caches: one mapping, at one address for as long as
/// the CPU lives.
struct CoreStorage: HostSide {
  let core: UnsafeMutablePointer<Core>

  private static var translatedJumpsSize: Int { TranslatedJump.count * MemoryLayout<TranslatedJump>.stride }

  /// Where the TLBs are, from the core on: supervisor, user, and one that stays empty.
  static let tlbsOffset = (MemoryLayout<Core>.stride + 4095) & ~4095
  private static var tlbSize: Int { 3 * TLBEntry.count * MemoryLayout<TLBEntry>.stride }
  /// Where the jump cache of translated code is, from the core on. It has contents once there is a translator.
  static let translatedJumpsOffset = tlbsOffset + tlbSize

  /// How many addends translated code guesses for accesses of the supervisor's, and of programs.
  static var guessCount: Int { 2048 }
  /// Where those are, from the core on: 8 bytes each.
  static let guessesOffset = translatedJumpsOffset + translatedJumpsSize
  private static var guessesSize: Int { 2 * guessCount * 8 }

  init() {
    let jumpSize = JumpCacheEntry<Instruction>.count * MemoryLayout<JumpCacheEntry<Instruction>>.stride
    let coreSize = Self.tlbsOffset
    let tlbSize = Self.tlbSize + Self.translatedJumpsSize + Self.guessesSize
    let base = UnsafeMutableRawPointer.allocate(byteCount: coreSize + tlbSize + jumpSize, alignment: 4096)
    let tlbs = (base + coreSize).bindMemory(to: TLBEntry.self, capacity: 3 * TLBEntry.count)
    tlbs.initialize(repeating: TLBEntry(), count: 3 * TLBEntry.count)
    let jumps = (base + coreSize + tlbSize).bindMemory(
      to: JumpCacheEntry<Instruction>.self, capacity: JumpCacheEntry<Instruction>.count)
    jumps.initialize(repeating: JumpCacheEntry<Instruction>(), count: JumpCacheEntry<Instruction>.count)
    (base + Self.guessesOffset).initializeMemory(as: UInt64.self, repeating: 0, count: 2 * Self.guessCount)
    core = base.bindMemory(to: Core.self, capacity: 1)
    core.initialize(to: Core(tlbs: tlbs, jumpCache: jumps))
  }

  func deallocate() { UnsafeMutableRawPointer(core).deallocate() }
}
