public import Engine

/// One decoded guest instruction, ready to execute: 32 plain bytes in a block's array.
///
/// General registers are *places*: byte offsets in the register file, four times their number. Registers of
/// coprocessors are their number.
public struct Instruction: BitwiseCopyable, Sendable {
  /// What executes it; bound when its block is made. Conditions, and instructions that read r15, come first here
  /// and go on in `body`.
  public var handler: Handler
  /// What executes it once its condition holds and r15 reads as it shall.
  public var body: Handler
  /// By operation: the second operand; the offset of a load or store, with its sign; the displacement of a branch
  /// from the PC as read; the register list of LDM and STM, bit n for Rn; the number of SWI and BKPT; for MCR and
  /// MRC opcode 1 in bits 12-15, CRn in 8-11, opcode 2 in 4-7, CRm in 0-3 (MCRR and MRRC: opcode in 12-15, CRm);
  /// for CDP, LDC and STC, and where the operation is `undefined`, the encoding.
  public var immediate: UInt32 = 0
  /// What it does.
  public var operation: Operation = .undefined
  /// When: 0 EQ to 13 LE, 14 always.
  public var condition: UInt8 = 14
  /// Bytes from the start of the block to the instruction.
  public var offset: UInt16 = 0
  /// The destination, or the register that is stored; of long multiplies RdHi; Rt of MCR and MRC.
  public var rd: UInt8 = 0
  /// The first operand, the base of an address; of long multiplies RdLo; the addend of MLA and SMLA; Rt2 of MCRR.
  public var rn: UInt8 = 0
  /// The second operand, or the one that is shifted.
  public var rm: UInt8 = 0
  /// The shift's amount, or the second factor.
  public var rs: UInt8 = 0
  /// How the second operand, or the offset of a load or store, is made.
  public var shift: Shift = .immediate
  /// Of a shift by a constant; of an immediate operand its rotation; the byte mask of MSR (bits 0 c, 1 x, 2 s, 3 f);
  /// the coprocessor's number.
  public var amount: UInt8 = 0
  /// Properties.
  public var flags: Flags = []

  /// What is true of an instruction beside its operands.
  public struct Flags: OptionSet, BitwiseCopyable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// It sets the condition flags (S).
    public static let updates = Flags(rawValue: 1 << 0)
    /// It is two bytes long.
    public static let narrow = Flags(rawValue: 1 << 1)
    /// It reads r15: `Core.readPC` must be set first.
    public static let readsPC = Flags(rawValue: 1 << 2)
    /// r15 reads with bits 0 and 1 clear (Thumb's loads and additions from it).
    public static let alignedPC = Flags(rawValue: 1 << 3)
    /// The block ends after it.
    public static let endsBlock = Flags(rawValue: 1 << 4)
    /// The offset is applied before the access (P); LDM and STM: increment or decrement before.
    public static let preIndexed = Flags(rawValue: 1 << 5)
    /// The base is written back (W, and post-indexed forms).
    public static let writeback = Flags(rawValue: 1 << 6)
    /// The register offset is subtracted; LDM and STM: downwards (U clear).
    public static let subtract = Flags(rawValue: 1 << 7)
    /// LDRT and the like: with a user's permissions. LDM and STM: ^, the user bank or the return from an exception.
    public static let user = Flags(rawValue: 1 << 8)
    /// SPSR instead of CPSR.
    public static let spsr = Flags(rawValue: 1 << 9)
    /// The upper half of `rm`; of `rs`.
    public static let topM = Flags(rawValue: 1 << 10)
    public static let topS = Flags(rawValue: 1 << 11)
    /// Long form of LDC and STC (N).
    public static let long = Flags(rawValue: 1 << 12)
    /// From the space of unconditional instructions: CDP2, LDC2, MCR2 and the like.
    public static let second = Flags(rawValue: 1 << 13)
  }

  /// Bytes, 2 or 4.
  @inline(__always)
  public var length: Int { flags.contains(.narrow) ? 2 : 4 }

  /// An instruction that both `handler` and `body` execute.
  public init(handler: @escaping Handler) {
    self.handler = handler
    body = handler
  }
}
