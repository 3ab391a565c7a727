import Engine

extension CPU {
  /// What executes an instruction whose condition holds.
  static func body(_ i: Instruction) -> Handler {
    if let handler = coprocessor(i) { return handler }
    return { core, op in straight(core, op) { cpu, _ throws(Fault) in throw cpu.undefined() } }
  }
}
