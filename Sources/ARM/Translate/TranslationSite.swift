import Engine

/// Where in the guest's code an instruction is that translated code may execute in the interpreter's way.
struct TranslationSite: BitwiseCopyable {
  let block: UnsafeMutablePointer<Block<Instruction>>
  /// The address of the block.
  let pc: UInt32
  /// The instruction's index in it.
  let index: UInt16
  /// The number of the translation.
  let unit: Int32
}
