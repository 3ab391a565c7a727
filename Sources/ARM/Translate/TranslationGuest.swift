import Engine

/// What a translation wants to know beside its first block.
struct TranslationGuest {
  /// The block at an address in the same page as another one.
  let block:
    (
      _ address: UInt32, _ near: UnsafeMutablePointer<Block<Instruction>>, _ pc: UInt32
    ) -> UnsafeMutablePointer<Block<Instruction>>?
  /// A word of code that is read as data, and what is invalidated when it is written; nil where it may be another one
  /// at each time.
  let constant:
    (
      _ address: UInt32, _ near: UnsafeMutablePointer<Block<Instruction>>, _ pc: UInt32
    ) -> (value: UInt32, watch: UnsafeMutablePointer<Block<Instruction>>)?
  /// Takes an instruction that the interpreter may have to execute; its number.
  let addSite: (TranslationSite) -> UInt32
}
