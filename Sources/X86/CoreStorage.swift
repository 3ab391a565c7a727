import DeviceModel
import Engine
import Glibc

/// The memory that holds one core, its TLB and its jump cache: one mapping, at one address for as long as
/// the CPU lives.
struct CoreStorage: HostSide {
  let core: UnsafeMutablePointer<Core>
  private let size: Int

  init() {
    // Supervisor, user, and one that stays empty.
    let tlbSize = 3 * TLBEntry.count * MemoryLayout<TLBEntry>.stride
    let jumpSize = JumpCacheEntry<Instruction>.count * MemoryLayout<JumpCacheEntry<Instruction>>.stride
    let coreSize = (MemoryLayout<Core>.stride + 4095) & ~4095
    size = coreSize + tlbSize + jumpSize
    let base = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4096)
    let tlbs = (base + coreSize).bindMemory(to: TLBEntry.self, capacity: 3 * TLBEntry.count)
    tlbs.initialize(repeating: TLBEntry(), count: 3 * TLBEntry.count)
    let jumps = (base + coreSize + tlbSize).bindMemory(
      to: JumpCacheEntry<Instruction>.self, capacity: JumpCacheEntry<Instruction>.count)
    jumps.initialize(repeating: JumpCacheEntry<Instruction>(), count: JumpCacheEntry<Instruction>.count)
    core = base.bindMemory(to: Core.self, capacity: 1)
    core.initialize(to: Core(tlbs: tlbs, jumpCache: jumps))
  }

  func deallocate() { UnsafeMutableRawPointer(core).deallocate() }
}
