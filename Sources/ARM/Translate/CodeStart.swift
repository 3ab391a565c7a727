/// Where in a translation the code of an instruction begins.
struct CodeStart: BitwiseCopyable {
  /// The part of the unit and the instruction in it; nil of what is seldom run, behind all others.
  let instruction: (part: Int, index: Int)?
  /// Offset in the code memory.
  let position: Int
}
