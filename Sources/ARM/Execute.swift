import Engine

extension CPU {
  /// What executes an instruction whose condition holds, once r15 reads as it shall. The instruction's fields may be
  /// changed to what its handler wants to know.
  static func body(_ i: inout Instruction) -> Handler {
    if let handler = bodyDataProcessing(i) { return handler }
    if let handler = bodyLoadStore(&i) { return handler }
    if let handler = bodyMultiple(&i) { return handler }
    if let handler = bodyBranch(&i) { return handler }
    if let handler = bodyMultiply(i) { return handler }
    if let handler = bodySaturated(i) { return handler }
    if let handler = bodyStatus(i) { return handler }
    if let handler = bodySwap(i) { return handler }
    if let handler = coprocessor(i) { return handler }
    if let handler = vfp(i) { return handler }
    return { core, op in straight(core, op) { cpu, _ throws(Fault) in throw cpu.undefined() } }
  }
}
