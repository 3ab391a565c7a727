public import Engine

/// One decoded guest instruction, ready to execute: 40 plain bytes in a block's array.
///
/// Registers are *places*: a general register is its byte offset in the register file (8 x its number; AH, CH,
/// DH and BH are 1, 9, 17 and 25), so that no handler asks which byte is meant. All other registers (segment,
/// control, debug, x87, MMX, XMM) are their number.
public struct Instruction: BitwiseCopyable, Sendable {
  /// Which operand, if any, is in memory.
  public enum Memory: UInt8, BitwiseCopyable, Sendable { case none, first, second }

  /// What executes it; bound when its block is made.
  public var handler: Handler
  /// The immediate operand, sign-extended as the manual says; for a relative branch the displacement from the
  /// end of the instruction; for a far pointer the offset, with the selector in `displacement`; ENTER's
  /// nesting level is in `condition`.
  public var immediate: UInt64 = 0
  /// The displacement of the memory operand, sign-extended to 32 bits.
  public var displacement: Int32 = 0
  /// What it does.
  public var operation: Operation = .invalid
  /// Bytes from the start of the block to the instruction.
  public var offset: UInt16 = 0
  /// Bytes, 1 to 15.
  public var length: UInt8 = 0
  /// Operand size in bytes: 1, 2, 4 or 8 for integers; the memory format's size for x87 (2, 4, 8, 10, 14, 28,
  /// 94, 108, 512); 8 for MMX, 16 for packed and 4 or 8 for scalar SSE. Of MOVZX and the like: of the source
  /// (the destination's is in `condition`).
  public var size: UInt8 = 0
  /// Address size in bytes: 2, 4 or 8.
  public var addressSize: UInt8 = 0
  /// Which operand lies in memory.
  public var memory: Memory = .none
  /// The segment register of the memory operand, overrides applied: 0 ES, 1 CS, 2 SS, 3 DS, 4 FS, 5 GS.
  public var segment: UInt8 = 3
  /// Places of base and index; `noRegister` where there is none.
  public var base: UInt8 = Self.noRegister
  /// The place of the index register among the registers, in bytes.
  public var index: UInt8 = Self.noRegister
  /// log2 of the index's scale.
  public var scale: UInt8 = 0
  /// The first operand's place, where that is a register.
  public var a: UInt8 = 0
  /// The second operand's place, where that is a register. With an immediate as second operand it is not used.
  public var b: UInt8 = 0
  /// The third operand's place (VEX), or the first of two memory-form registers where the manual has three.
  public var c: UInt8 = 0
  /// The condition code of Jcc, SETcc, CMOVcc; else as `immediate` and `size` say.
  public var condition: UInt8 = 0
  /// Prefixes and properties.
  public var flags: Flags = []

  /// What is true of an instruction beside its operands.
  public struct Flags: OptionSet, BitwiseCopyable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// It has a LOCK prefix.
    public static let lock = Flags(rawValue: 1)
    /// F3 before a string instruction (REP, REPE).
    public static let rep = Flags(rawValue: 2)
    /// F2 before a string instruction (REPNE).
    public static let repne = Flags(rawValue: 4)
    /// The last operand is `immediate` (also the 1 of a shift by one).
    public static let immediate = Flags(rawValue: 8)
    /// A shift or rotate count, or the last operand of BLENDV, that is implicit (CL, XMM0); CL is also in `b`.
    public static let implicit = Flags(rawValue: 16)
    /// The block ends here: control goes elsewhere, or what is decoded next depends on what this does.
    public static let endsBlock = Flags(rawValue: 32)
    /// It is VEX-encoded.
    public static let vex = Flags(rawValue: 64)
    /// 66 was there as operand-size prefix.
    public static let operandPrefix = Flags(rawValue: 128)
  }

  /// The place of a register that always reads 0: the base and index of an operand that has none.
  public static let noRegister: UInt8 = 128

  /// A blank instruction that `handler` executes.
  public init(handler: @escaping Handler) { self.handler = handler }
}
