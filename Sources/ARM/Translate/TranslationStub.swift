import Emit

/// Code that is seldom run, written behind the rest of its unit.
enum TranslationStub {
  /// A call of the interpreter for one instruction.
  struct Call {
    /// Jumps to it.
    var fixups: [HostFixup]
    /// The instruction.
    let site: UInt32
    /// Where the flags are.
    let sources: FlagSources
    /// Where execution goes on.
    let back: Int
  }

  /// What is missing of a recent page.
  struct Page {
    /// The register that has the address.
    let address: HostRegister
    let number: Int
    /// Bits that must be clear in the address.
    let bits: UInt32
    let writes: Bool
    /// How many bytes are accessed; they do not cross the page's end.
    let size: Int
    /// Where execution goes on when the TLB has the page; rdx is what to add to the address.
    let hit: Int
  }

  /// A product or quotient in xmm0 that is zero or out of range.
  struct Zero {
    let fixup: HostFixup
    /// Operands of which one must be zero.
    let first: HostOperand
    let second: HostOperand?
    let isDouble: Bool
    /// Where execution goes on when it is right.
    let hit: Int
  }

  /// Executes an instruction in the interpreter's way.
  case call(Call)
  /// The same unless the result is a zero that comes from one.
  case zero(Zero, Call)
  /// Goes to the interpreter for a part: VFP is not as its code wants it.
  case unready(HostFixup, part: Int, FlagSources)
  /// Looks for a page in the TLB, and where it is not there executes the instruction in the interpreter's way.
  case refill(HostFixup, Page, Call)
  /// Goes to the run loop for `target`, by the jump of number `link` if that is not 0.
  case leave(HostFixup, target: UInt32, link: Int32)
  /// Makes all flags, and goes on at `version`, or outside.
  case edge(HostFixup, target: UInt32, version: Int?, FlagSources)
  /// Goes to the run loop for a part: there is no budget for it.
  case spent(HostFixup, part: Int, FlagSources)
  /// Goes to the run loop for the address in eax.
  case leaveComputed(HostFixup)
}
