/// Where condition flags are to be had from.
///
/// Most flags are never asked for but by what leaves the code in their midst. So they are made again from what the
/// instruction worked on, as long as that is still there, and only where they are wanted.
struct FlagSource: Equatable, BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    /// In the core.
    case core
    /// Nowhere: nothing asks for them.
    case dead
    /// The operands of an instruction are what they were.
    case operands
    /// The first operand of an addition or subtraction has become its result, and can be had back from that.
    case undone
    /// N and Z of an instruction's result, which is still there.
    case result
    /// FPSCR, as a comparison left it.
    case floating
  }

  var kind = Kind.core
  /// The part of the unit that has the instruction.
  var part: UInt8 = 0
  /// The instruction's index in its block.
  var index: UInt8 = 0

  static var core: FlagSource { FlagSource() }
  static var dead: FlagSource { FlagSource(kind: .dead) }

  /// Whether they have to be made again.
  var isPending: Bool { kind.rawValue > Kind.dead.rawValue }
}
