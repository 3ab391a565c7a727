/// What a machine can log; the names that users of QEMU know where the meaning is the same.
public enum LogItem: String, CaseIterable, Sendable {
  case inAsm = "in_asm"
  case outAsm = "out_asm"
  case exec
  case cpu
  case fpu
  case int
  case mmu
  case irq
  case guestErrors = "guest_errors"
  case unimp
  case unmapped
  case reset

  /// One line for `-d help`.
  public var summary: String {
    switch self {
    case .inAsm: "guest code when it is decoded, disassembled"
    case .outAsm: "host code when it is made, with the guest instruction that it is of"
    case .exec: "each block of guest code as it is executed: its address, and how many instructions it has"
    case .cpu: "a CPU's registers before each block"
    case .fpu: "its floating-point and vector registers as well"
    case .int: "interrupts and exceptions as CPUs take them"
    case .mmu: "page walks that fail, forgotten translations, writes to registers that lead to page tables"
    case .irq: "each change of a wire between devices, and messages between interrupt controllers"
    case .guestErrors: "what devices' manuals forbid and the guest does all the same"
    case .unimp: "what the guest asks of a device that it has not"
    case .unmapped: "accesses that nothing answers"
    case .reset: "system resets and their reasons"
    }
  }
}
