/// How decoding ended.
public enum DecodeStatus: Sendable {
  /// The instruction is complete, be it valid or `.invalid` or `.tooLong`.
  case ok
  /// More bytes are needed than are available.
  case truncated
}

/// The default operand and address size of code: CS.D, or 64-bit code.
public enum CodeSize: UInt8, Sendable { case bits16, bits32, bits64 }
