extension CPU {
  /// Chooses what executes an instruction.
  static func bind(_ i: Instruction) -> Handler {
    if i.operation == .tooLong {
      return { core, op in straight(core, op) { cpu, _ throws(Fault) in throw cpu.protection() } }
    }
    return bindMove(i) ?? bindArithmetic(i) ?? bindShift(i) ?? bindBits(i) ?? bindBranch(i) ?? bindString(i)
      ?? bindX87(i) ?? bindMMX(i)
      ?? { core, op in straight(core, op) { cpu, _ throws(Fault) in throw cpu.undefined() } }
  }
}
