public import SavedState

/// The registers that a mode has of its own (DDI 0100 A2.3); user mode has no SPSR, its row stays 0.
public struct RegisterBank: DeviceState, BitwiseCopyable {
  /// r13 and r14.
  public var sp: UInt32 = 0
  public var lr: UInt32 = 0
  public var spsr: UInt32 = 0

  public init() {}

  public static let table = StateTable<RegisterBank>("arm-bank") {
    saved(\.sp)
    saved(\.lr)
    saved(\.spsr)
  }
}
