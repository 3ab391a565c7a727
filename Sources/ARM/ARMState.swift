public import SavedState

/// The architectural state of one CPU (DDI 0100 A2, B2 to B4).
public struct ARMState: DeviceState {
  /// What the CPU does.
  public enum Activity: UInt8, Wire, BitwiseCopyable, Sendable {
    case running
    /// Wait for interrupt (CP15 c7, c0, 4): until FIQ or IRQ is high, masked or not.
    case waiting
  }

  /// r0 to r14 of the present mode.
  public var r = InlineArray<15, UInt32>(repeating: 0)
  /// What r15 reads as in the running instruction.
  public var readPC: UInt32 = 0
  /// The address of the next instruction.
  public var pc: UInt32 = 0
  public var cpsr: UInt32 = 0xd3
  /// User and system, FIQ, IRQ, supervisor, abort, undefined, as `Mode.bank`. The present mode's r13 and r14 count
  /// in `r`.
  public var banks = InlineArray<6, RegisterBank>(repeating: RegisterBank())
  /// r8 to r12 of all modes but FIQ while in FIQ, and of FIQ while not.
  public var otherHigh = InlineArray<5, UInt32>(repeating: 0)
  public var cp15 = CP15State()
  public var vfp = VFPState()
  public var activity = Activity.running
  /// The levels of the two interrupt inputs.
  public var irq = false
  public var fiq = false
  /// Instructions and exceptions since power on.
  public var retired: UInt64 = 0
  /// Counted from 0.
  public var index: UInt8 = 0
  /// The main ID register of the model.
  public var mainID: UInt32 = 0

  public init() {}

  public static let table = StateTable<ARMState>("arm-cpu") {
    saved(\.r)
    derived(\.readPC)
    saved(\.pc)
    saved(\.cpsr)
    nested(\.banks)
    saved(\.otherHigh)
    nested(\.cp15)
    nested(\.vfp)
    saved(\.activity)
    saved(\.irq)
    saved(\.fiq)
    saved(\.retired)
    fixed(\.index)
    fixed(\.mainID)
  } validate: { state in
    guard Mode(rawValue: UInt8(truncatingIfNeeded: state.cpsr & Flag.mode)) != nil else {
      return "cpsr: there is no mode 0x\(String(state.cpsr & Flag.mode, radix: 16))"
    }
    guard state.pc & (state.cpsr & Flag.t != 0 ? 1 : 3) == 0 else { return "pc: lies inside an instruction" }
    return state.cpsr & ~Flag.all == 0 ? nil : "cpsr: has bits that do not exist"
  }
}
