import ARM
import X86

/// What `-device loader` puts into memory, after the kernel or firmware if there is one.
struct LoaderBoot: BootSource {
  let placements: [Placement]
  /// Where a CPU is to begin, and which.
  let start: (cpu: Int, address: UInt64)?

  func place(in machine: Machine) throws(BoardError) {
    for placement in placements { try machine.deposit(placement) }
    guard let start else { return }
    switch machine.cpus[start.cpu] {
    case let cpu as ARMCPU: cpu.start(at: UInt32(truncatingIfNeeded: start.address))
    case let cpu as X86CPU:
      // As a kernel begins, but without a descriptor table: nothing is put where the user did not ask for it.
      var entry = EntryState(eip: UInt32(truncatingIfNeeded: start.address))
      entry.gdtBase = 0
      entry.gdtLimit = 0
      cpu.start(entry)
    default: break
    }
  }
}
