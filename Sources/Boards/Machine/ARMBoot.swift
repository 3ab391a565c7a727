import ARM
import GuestMemory

/// Starts a kernel on an ARM board directly, as the boot monitor would.
struct ARMBoot: BootSource {
  let plan: ARMBootPlan

  func place(in machine: Machine) throws(BoardError) {
    machine.leaveBootMap()
    for placement in plan.placements { try machine.deposit(placement) }
    guard let cpu = machine.arm.first else { return }
    cpu.start(at: plan.entry, registers: plan.registers)
  }
}

extension ARMCPU {
  /// Begins at `entry` (bit 0 set: in Thumb state) in supervisor mode with interrupts masked, MMU and caches off.
  func start(at entry: UInt32, registers: [UInt32] = []) {
    let thumb: UInt32 = 0x20
    var state = state
    for (index, value) in registers.enumerated() { state.r[index] = value }
    let isThumb = entry & 1 != 0
    state.cpsr = 0xd3 | (isThumb ? thumb : 0)
    state.pc = entry & ~(isThumb ? 1 : 3)
    self.state = state
    settle()
  }
}
