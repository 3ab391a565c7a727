import GuestMemory
import PCDevices
import X86

/// Starts a kernel directly, as a boot loader would.
struct KernelBoot: BootSource {
  let plan: BootPlan

  func place(in machine: Machine) throws(BoardError) {
    for placement in plan.placements { try machine.deposit(placement) }
    for cpu in machine.x86 { setMemoryTypes(cpu) }
    if let mode = plan.videoMode { machine.first(VGA.self)?.start(mode) }
    guard let cpu = machine.x86.first else { return }
    cpu.start(plan.entry)
  }

  /// The memory types that firmware leaves in every CPU (SDM 3A 12.11): without them a kernel takes the ranges for
  /// switched off, and the page attribute table with them. RAM is write-back, the video window and what lies from
  /// 3 to 4 GiB uncached.
  private func setMemoryTypes(_ cpu: X86CPU) {
    guard cpu.cpuModel.features.contains(.mtrr) else { return }
    let writeBack: UInt64 = 0x0606_0606_0606_0606
    let videoWindow = 2
    var state = cpu.state
    for index in 0..<state.msr.mtrrFixed.count { state.msr.mtrrFixed[index] = index == videoWindow ? 0 : writeBack }
    state.msr.mtrrVariable[0] = 0xc000_0000
    state.msr.mtrrVariable[1] = (1 << UInt64(cpu.cpuModel.physicalBits)) - 0x4000_0000 | 0x800
    // Both kinds of ranges enabled, write-back elsewhere.
    state.msr.mtrrDefaultType = 0xc06
    cpu.state = state
    cpu.settle()
  }
}

extension X86CPU {
  /// Begins as `entry` says.
  func start(_ entry: EntryState) {
    var state = state
    let code = SegmentRegister(
      selector: entry.codeSelector, attributes: 0xc09b, base: 0, limit: 0xffff_ffff)
    let data = SegmentRegister(
      selector: entry.dataSelector, attributes: 0xc093, base: 0, limit: 0xffff_ffff)
    for index in [0, 2, 3, 4, 5] { state.segments[index] = data }
    state.segments[1] = code
    state.gdtr.base = UInt64(entry.gdtBase)
    state.gdtr.limit = entry.gdtLimit
    // An interrupt before the kernel has its own table ends in a triple fault, told from one that asks for a reset.
    state.idtr.base = 0
    state.idtr.limit = 0xffff
    // Protected mode, caches on, x87 present.
    state.cr0 = 0x11
    state.rflags = 2
    let registers = [entry.eax, entry.ecx, entry.edx, entry.ebx, entry.esp, entry.ebp, entry.esi, entry.edi]
    for (index, value) in registers.enumerated() { state.gpr[index] = UInt64(value) }
    state.rip = UInt64(entry.eip)
    self.state = state
    settle()
  }
}
