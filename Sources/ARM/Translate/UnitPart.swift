import Engine

/// One block of a translation.
struct UnitPart {
  let block: UnsafeMutablePointer<Block<Instruction>>
  /// Its virtual address.
  let pc: UInt32
  /// For each instruction the flags that something after it may ask for.
  private(set) var live = InlineArray<48, FlagUse>(repeating: [])

  /// Whether it needs the coprocessor.
  private(set) var isFloating = false

  init(_ block: UnsafeMutablePointer<Block<Instruction>>, pc: UInt32) {
    self.block = block
    self.pc = pc
    var flags = FlagUse.all
    for index in stride(from: Int(block.pointee.count) - 1, through: 0, by: -1) {
      let op = block.pointee.instructions[index]
      live[index] = flags
      if op.isFloating { isFloating = true }
      if op.translationWay == .call || op.mayLeave {
        flags = .all
        continue
      }
      if op.condition == 14 { flags.subtract(op.surelyMadeFlags) }
      flags.formUnion(op.readFlags)
    }
  }
}
