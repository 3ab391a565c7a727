public import Engine

/// Makes instructions of their encodings.
public struct Decoder: Sendable {
  /// Of the 32-bit instruction set, and of Thumb.
  public static let arm = Decoder()
  public static let thumb = Decoder()

  /// The instruction that `bits` encode; `undefined` where there is none.
  public func decode(_ bits: UInt32, handler: @escaping Handler) -> Instruction {
    var instruction = Instruction(handler: handler)
    instruction.immediate = bits
    return instruction
  }
}
