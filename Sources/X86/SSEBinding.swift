import Engine

// Which handler executes an SSE instruction.
extension CPU {
  /// The handler of an SSE instruction, or nothing for others.
  static func bindSSE(_ i: Instruction) -> Handler? {
    bindSSEMove(i) ?? bindSSEArithmetic(i) ?? bindSSEConversion(i) ?? bindSSELogic(i)
  }
}
