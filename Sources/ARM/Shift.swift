/// How the second operand is made (DDI 0100 A5.1), and the offset of a load or store (A5.2).
public enum Shift: UInt8, BitwiseCopyable, Sendable, CaseIterable {
  /// `Instruction.immediate`; with an `amount` other than 0 it was rotated, and the shifter's carry is its bit 31.
  case immediate
  /// Register `rm` as it is: LSL #0.
  case none
  /// Register `rm` shifted by `amount`: 1 to 31, for `lsr` and `asr` to 32.
  case lsl, lsr, asr, ror
  /// Register `rm` rotated right by one through the carry.
  case rrx
  /// Register `rm` shifted by the low byte of register `rs`.
  case lslRegister, lsrRegister, asrRegister, rorRegister
}
