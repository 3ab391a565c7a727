import GuestMemory
import X86

/// Starts a kernel directly, as a boot loader would.
struct KernelBoot: BootSource {
  let plan: BootPlan

  func place(in machine: Machine) {
    for placement in plan.placements {
      placement.bytes.withUnsafeBytes { machine.memory.copyIn(placement.address, from: $0) }
      let rest = placement.size - UInt64(placement.bytes.count)
      machine.memory.store(
        [UInt8](repeating: 0, count: Int(rest)), at: placement.address + UInt64(placement.bytes.count))
    }
    guard let cpu = machine.cpus.first else { return }
    var state = cpu.state
    let entry = plan.entry
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
    cpu.state = state
    cpu.settle()
  }
}
