/// How decoding ended.
public enum DecodeStatus: Sendable {
  /// The instruction is complete, be it valid or `.invalid` or `.tooLong`.
  case ok
  /// More bytes are needed than are available.
  case truncated
}
