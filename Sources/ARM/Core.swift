public import Engine

/// What the engine keeps at one fixed address: the architectural state first, then what follows from it and
/// what the host adds. Nothing here is retained, and nothing after `state` is saved.
public struct Core {
  public var state = ARMState()

  // The condition flags, taken apart; `CPU.cpsr` puts them together.
  /// Bit 31 is N.
  public var negative: UInt32 = 0
  /// Z is set when it is 0.
  public var zero: UInt32 = 1
  /// C: 0 or 1.
  public var carry: UInt32 = 0
  /// V: 0 or 1.
  public var overflow: UInt32 = 0

  /// The address of the running block's first instruction.
  public var blockPC: UInt32 = 0
  /// Mode bits that decoded code depends on: bit 0 Thumb.
  public var mode: UInt32 = 0
  /// The running block, and in it the instruction that executes.
  public var block: UnsafeMutablePointer<Block<Instruction>>?
  public var op: UnsafePointer<Instruction>?

  /// Instructions that may still be executed before the run loop must be asked; below zero ends a block chain.
  public var budget: Int = 0
  /// Below what `budget` handlers leave it to the run loop to go on.
  public var floor: Int = 0
  /// What `budget` was when `run` was called.
  public var slice: Int = 0
  /// Reasons to leave the fast path at the next block: see `Pending`.
  public var pending: UInt32 = 0
  public var fault = PendingFault()
  /// The instruction whose handler is for the moment a mark of its block's end, and that handler: see `stopBlock`.
  var mark: UnsafeMutablePointer<Instruction>?
  var marked: Handler = CPU.endOfBlock

  /// The TLB of the present privilege and domain access, or the empty one when accesses need checks.
  public var tlb: UnsafeMutablePointer<TLBEntry>
  /// That of a user's permissions with the same domain access, for LDRT and the like.
  public var userTLB: UnsafeMutablePointer<TLBEntry>
  /// The TLBs: for each of `TLBBanks.count` values of the domain access register one of privileged and one of user
  /// permissions, and last one that stays empty.
  public let tlbs: UnsafeMutablePointer<TLBEntry>
  public var banks = TLBBanks()
  /// Whether the present mode has privileges.
  public var isPrivileged = true
  /// Whether a debugger watches accesses.
  var hasWatchpoints = false

  public let jumpCache: UnsafeMutablePointer<JumpCacheEntry<Instruction>>
  /// Changes whenever virtual addresses may mean something else.
  public var jumpVersion: UInt64 = 1
  /// `jumpVersion` with what the present privilege and domain access add to it.
  public var jumpKey: UInt64 = 0
  /// The low half of `jumpKey`, in the upper half: what translated code adds to an address.
  var jumpTag: UInt64 = 0

  /// Copies of TLB entries, for translated code.
  var recent = InlineArray<64, RecentPage>(repeating: RecentPage())
  /// Instructions of translations that the interpreter may have to execute, by their number.
  var sites: UnsafeMutablePointer<TranslationSite>?

  /// Set when what follows the present instruction is not to be executed unasked.
  var isStopped = false
  /// A block of one instruction, for those of translations that are executed in the interpreter's way.
  var single: UnsafeMutablePointer<Block<Instruction>>?
  /// The translations, by their number.
  var translations: UnsafeMutablePointer<TranslatedBlock>?
  /// How often an instruction was executed in the interpreter's way for a translation, by its operation.
  var fallbacks: UnsafeMutablePointer<UInt64>?
  /// The object this belongs to, not retained.
  public var owner: UnsafeMutableRawPointer?

  /// Instructions of the running block from the present one on, which `budget` no longer holds.
  var present: Int {
    guard let block, let op else { return 0 }
    return Int(block.pointee.count) &- (op - UnsafePointer(block.pointee.instructions))
  }

  init(
    tlbs: UnsafeMutablePointer<TLBEntry>, jumpCache: UnsafeMutablePointer<JumpCacheEntry<Instruction>>
  ) {
    self.tlbs = tlbs
    tlb = tlbs
    userTLB = tlbs
    self.jumpCache = jumpCache
  }
}
