import Engine

extension CPU {
  /// Chooses what executes an instruction.
  static func bind(_ i: Instruction) -> Handler {
    if i.operation == .tooLong {
      return { core, op in straight(core, op) { cpu, _ throws(Fault) in throw cpu.protection() } }
    }
    if let handler = bindMove(i) { return handler }
    if let handler = bindArithmetic(i) { return handler }
    if let handler = bindShift(i) { return handler }
    if let handler = bindBits(i) { return handler }
    if let handler = bindBranch(i) { return handler }
    if let handler = bindString(i) { return handler }
    if let handler = bindX87(i) { return handler }
    if let handler = bindMMX(i) { return handler }
    if let handler = bindSSE(i) { return handler }
    if let handler = bindFar(i) { return handler }
    if let handler = bindPortIO(i) { return handler }
    if let handler = bindSystem(i) { return handler }
    return { core, op in straight(core, op) { cpu, _ throws(Fault) in throw cpu.undefined() } }
  }
}
