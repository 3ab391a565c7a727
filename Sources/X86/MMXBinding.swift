import Engine

// Which handler executes an MMX instruction, or the same on XMM registers.
extension CPU {
  /// The handler of an MMX instruction or its SSE form, or nothing for others.
  static func bindMMX(_ i: Instruction) -> Handler? {
    bindPackedMove(i) ?? bindPackedLogic(i) ?? bindPackedArithmetic(i) ?? bindPackedShuffle(i)
  }
}
