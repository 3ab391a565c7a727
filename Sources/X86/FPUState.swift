public import SavedState

/// The x87 unit's registers (SDM 1 8.1), which MMX shares.
public struct FPUState: DeviceState {
  /// Significands of the physical registers R0 to R7; MMX register n is significand n.
  public var significand = InlineArray<8, UInt64>(repeating: 0)
  /// Sign (bit 15) and exponent of R0 to R7.
  public var exponent = InlineArray<8, UInt16>(repeating: 0)
  public var control: UInt16 = 0x40
  /// The status word with TOP in bits 11-13.
  public var status: UInt16 = 0
  /// Bit n is set when physical register Rn is empty. (FSTENV's two-bit tags follow from this and the values.)
  public var empty: UInt8 = 0
  public var opcode: UInt16 = 0
  public var instructionPointer: UInt64 = 0
  public var instructionSelector: UInt16 = 0
  public var dataPointer: UInt64 = 0
  public var dataSelector: UInt16 = 0
  public init() {}

  public static let table = StateTable<FPUState>("x86-fpu") {
    saved(\.significand)
    saved(\.exponent)
    saved(\.control)
    saved(\.status)
    saved(\.empty)
    saved(\.opcode, in: 0...0x7ff)
    saved(\.instructionPointer)
    saved(\.instructionSelector)
    saved(\.dataPointer)
    saved(\.dataSelector)
  }
}
