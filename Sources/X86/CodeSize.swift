/// The default operand and address size of code: CS.D, or 64-bit code.
public enum CodeSize: UInt8, Sendable { case bits16, bits32, bits64 }
