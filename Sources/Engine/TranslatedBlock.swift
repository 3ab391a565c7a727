/// Host code for one block at one address.
public struct TranslatedBlock: BitwiseCopyable {
  /// The `Block` that was translated, whatever its instructions are; it lives as long as this.
  public let block: UnsafeMutableRawPointer
  /// The address of its first instruction, as the program counter has it.
  public let pc: UInt32
  /// Offset in the code memory of its first instruction.
  let entry: Int32
  /// Of code that goes on at `pc` without this translation, with nothing executed.
  let retreat: Int32
  /// Another of the same block at another address.
  let next: UnsafeMutablePointer<TranslatedBlock>?
}
