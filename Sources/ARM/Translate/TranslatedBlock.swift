import Engine

/// Host code for one block at one address.
struct TranslatedBlock: BitwiseCopyable {
  /// What was translated; it lives as long as this.
  let block: UnsafeMutablePointer<Block<Instruction>>
  /// The virtual address of its first instruction.
  let pc: UInt32
  /// Offset in the code memory of its first instruction.
  let entry: Int32
  /// Of code that goes back to the run loop with nothing executed.
  var retreat: Int32 = 0
  /// Another of the same block at another address.
  let next: UnsafeMutablePointer<TranslatedBlock>?
}
