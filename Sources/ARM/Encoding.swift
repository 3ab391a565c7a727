/// One row of the encoding table: what some bits mean. Decoder, disassembler and fuzzer read nothing else.
///
/// A pattern has a character for each bit, the topmost first: 32 of them in the ARM table, 16 in Thumb's. 0 and 1
/// have to be so, `.` may be either; a letter is a bit of a field, whose bits are put together in their order:
///
/// | Letter | Field |
/// |---|---|
/// | `c` | the condition; 15 is not one |
/// | `d` `n` `m` `s` | a general register, for `Instruction.rd`, `rn`, `rm`, `rs` |
/// | `D` `N` `M` | a double-precision register, for `rd`, `rn`, `rm` |
/// | `X` `Y` `Z` | a single-precision register, for `rd`, `rn`, `rm`: its number's low bit stands apart |
/// | `i` | an immediate, times `scale`; negative where there is a `U` and it is 0 |
/// | `r` | half of what `i` is rotated right by |
/// | `b` | a displacement with a sign, times `scale` |
/// | `h` | 2 is added to the displacement |
/// | `k` | a number that is `immediate` whatever `U` is |
/// | `t` `a` | the type of a shift of `rm`, and its amount |
/// | `S` | the flags are set |
/// | `P` `U` `W` | before (1) or after, up (1) or down, writeback |
/// | `u` | `^` of LDM and STM |
/// | `l` `E` | a register list; LR of PUSH, PC of POP |
/// | `R` `f` | SPSR rather than CPSR, and the bytes that MSR writes |
/// | `x` `y` | the top halves of `rm`, of `rs` |
/// | `p` `j` `e` `g` `q` `v` | coprocessor, opcode 1, CRn, CRm, opcode 2, CRd |
/// | `L` | LDC and STC: the long form |
/// | `z` `o` | should be zero, should be one: both are ignored |
///
/// A format is the disassembly in which `{letter}` stands for that field; `DisassemblyPrinter` knows the names that
/// stand for more.
///
/// What the architecture leaves UNPREDICTABLE is chosen here:
/// - Bits that should be zero or one are ignored, except where the row has 0 or 1 for them.
/// - r15 as an operand listed in `forbids` makes the instruction undefined: every one of multiplies, saturated
///   arithmetic, CLZ, MRS, MSR, SWP, MCRR and MRRC; the destination of loads narrower or wider than a word; the base
///   of LDM and STM; the operand of BLX and BXJ. Anywhere else r15 reads as the instruction's address and 8 (Thumb:
///   4), in shifts by a register too.
/// - LDRD and STRD of r14 are undefined, as those of odd registers have to be.
/// - Post-indexed halfword, signed and doubleword transfers ignore W.
/// - A base that is also loaded keeps what was loaded; one that is r15 is not written back.
/// - LDM and STM of no register are undefined. Their `^` forms for the user bank write back the base of the present
///   mode.
/// - Registers that should differ may be the same: operands are read before results are written, RdHi last.
/// - Conditional BKPT is undefined. TST, TEQ, CMP and CMN ignore Rd.
/// - Thumb's ADD, CMP and MOV of high registers take two low ones; BX ignores its low bits.
struct Encoding: Sendable {
  let pattern: String
  let operation: Operation
  /// Empty where the row says that there is no instruction.
  let format: String
  /// Flags that every instruction of the row has.
  let flags: Instruction.Flags
  /// What the bits of `i` and `b` are multiplied by.
  let scale: UInt32
  /// `Instruction.shift` where the pattern has no `t`.
  let shift: Shift?
  /// Registers that the pattern has no field for.
  let implied: [Implied]
  /// Letters of register fields that must not be 15.
  let forbids: String
  /// Whether `Instruction.immediate` is the encoding.
  let keepsEncoding: Bool

  /// A register that follows from another, or from the row.
  enum Implied { case rnIsRd, rmIsRd, rsIsRd, rnIsSP, rnIsPC, rdIsSP }

  static func row(
    _ pattern: String, _ operation: Operation, _ format: String = "", is flags: Instruction.Flags = [],
    scale: UInt32 = 1, shift: Shift? = nil, implied: [Implied] = [], forbids: String = "", keepsEncoding: Bool = false
  ) -> Encoding {
    Encoding(
      pattern: pattern, operation: operation, format: format, flags: flags, scale: scale, shift: shift,
      implied: implied, forbids: forbids, keepsEncoding: keepsEncoding)
  }

  /// The tables. Of the rows that fit, the first holds.
  static let arm: [[Encoding]] = [
    dataProcessing, moves, multiplies, loadsAndStores, extraLoadsAndStores, multipleLoadsAndStores, branches,
    statusRegisters, exceptions, vfpProcessing, vfpTransfers, vfpLoadsAndStores, coprocessors,
  ]
  static let thumb: [[Encoding]] = [thumbDataProcessing, thumbLoadsAndStores, thumbBranches]
}
