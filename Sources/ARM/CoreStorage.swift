import DeviceModel
import Engine
import Glibc

/// The memory that holds one core, its TLBs and its jump caches: one mapping, at one address for as long as the CPU
/// lives.
struct CoreStorage: HostSide {
  let core: UnsafeMutablePointer<Core>

  private static var coreSize: Int { (MemoryLayout<Core>.stride + 4095) & ~4095 }
  private static var translatedJumpsSize: Int { TranslatedJump.count * MemoryLayout<TranslatedJump>.stride }

  /// Where the jump cache of translated code is, from the core on. It has contents once there is a translator.
  static var translatedJumpsOffset: Int { coreSize }

  init() {
    let entries = (2 * TLBBanks.count + 1) * TLBEntry.count
    let tlbSize = entries * MemoryLayout<TLBEntry>.stride
    let jumpSize = JumpCacheEntry<Instruction>.count * MemoryLayout<JumpCacheEntry<Instruction>>.stride
    let coreSize = Self.coreSize + Self.translatedJumpsSize
    let base = UnsafeMutableRawPointer.allocate(byteCount: coreSize + tlbSize + jumpSize, alignment: 4096)
    let tlbs = (base + coreSize).bindMemory(to: TLBEntry.self, capacity: entries)
    tlbs.initialize(repeating: TLBEntry(), count: entries)
    let jumps = (base + coreSize + tlbSize).bindMemory(
      to: JumpCacheEntry<Instruction>.self, capacity: JumpCacheEntry<Instruction>.count)
    jumps.initialize(repeating: JumpCacheEntry(), count: JumpCacheEntry<Instruction>.count)
    core = base.bindMemory(to: Core.self, capacity: 1)
    core.initialize(to: Core(tlbs: tlbs, jumpCache: jumps))
    // A place is an offset from the core: r0 must come first, and r15 as read after r14.
    precondition(
      MemoryLayout<Core>.offset(of: \.state.r) == 0 && MemoryLayout<Core>.offset(of: \.state.readPC) == 60,
      "the registers are not where places say")
  }

  func deallocate() { UnsafeMutableRawPointer(core).deallocate() }
}
