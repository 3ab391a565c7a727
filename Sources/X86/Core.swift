public import Engine

/// What the engine keeps at one fixed address: the architectural state first, then what follows from it and
/// what the host adds. Nothing here is retained, and nothing after `state` is saved.
public struct Core {
  public var state = X86State()

  // Lazy arithmetic flags: see CPU+Flags.swift.
  /// The last result, sign-extended to 64 bits: ZF, SF and PF follow from it.
  public var flagResult: UInt64 = 1
  /// Bit 31 CF, bit 30 the carry into the sign bit, bit 3 AF, bits 8-15 change PF, bit 0 inverts SF.
  public var flagCarries: UInt32 = 0

  /// The offset in CS of the running block's first instruction.
  public var blockRIP: UInt64 = 0
  /// The running block, and in it the instruction that executes.
  public var block: UnsafeMutablePointer<Block<Instruction>>?
  public var op: UnsafePointer<Instruction>?

  /// Instructions that may still be executed before the run loop must be asked; below zero ends a block chain.
  public var budget: Int = 0
  /// What `budget` was when `run` was called.
  public var slice: Int = 0
  /// One more than the last offset that CS allows.
  public var codeEnd: UInt64 = 0x10000
  /// Reasons to leave the fast path at the next block: see `Pending`.
  public var pending: UInt32 = 0
  public var fault = PendingFault()
  /// The instruction whose handler is for the moment a mark of its block's end, and that handler: see `stopBlock`.
  var mark: UnsafeMutablePointer<Instruction>?
  var marked: Handler = X86CPU.endOfBlock
  /// An interrupt that was acknowledged and then found no stack, in memory that is lost: it comes first.
  public var heldVector: UInt8?
  /// Elements that a repeated instruction had done before it found memory that is lost.
  var repeated = 0

  /// What a segment register means for an access: one entry for ES, CS, SS, DS, FS, GS.
  public var access = InlineArray<8, SegmentAccess>(repeating: SegmentAccess())
  /// Truncates linear addresses: 32 bits outside long mode.
  public var linearMask: UInt64 = 0xffff_ffff
  /// The TLB of the present privilege (user or supervisor).
  public var tlb: UnsafeMutablePointer<TLBEntry>
  public var tlbs: UnsafeMutablePointer<TLBEntry>
  /// 0 to 3.
  public var cpl: UInt8 = 0
  /// Level 3 with CR0.AM and RFLAGS.AC set: `tlb` is empty then, so that every access takes the slow path.
  public var checksAlignment = false
  /// Whether a debugger watches accesses.
  var hasWatchpoints = false
  /// Mode bits that decoded code depends on: bit 0 32-bit code, bit 1 32-bit stack, bit 2 64-bit code, bit 3
  /// protected mode (without VM), bit 4 VM86, bit 5 CPL 3.
  public var mode: UInt32 = 0
  /// Mask of the stack pointer: 0xffff, 0xffff_ffff or all.
  public var stackMask: UInt64 = 0xffff
  public var jumpCache: UnsafeMutablePointer<JumpCacheEntry<Instruction>>
  /// Changes whenever virtual addresses may mean something else.
  public var jumpVersion: UInt64 = 1

  // What translated code needs: see Translate.
  /// Segment registers, by their number, that let an access pass as if they were not there.
  var flatSegments: UInt8 = 0
  /// Set when what follows the present instruction is not to be executed unasked.
  var isStopped = false
  /// The arithmetic flags while translated code is left: see `TranslatedFlags`.
  var translatedFlags = TranslatedFlags()
  /// In the upper half what translated code adds to an address for its jump cache.
  var jumpTag: UInt64 = 0
  /// `jumpVersion` when translated code was entered.
  var enteredVersion: UInt64 = 0
  /// A block of one instruction, for those of translations that are executed in the interpreter's way.
  var single: UnsafeMutablePointer<Block<Instruction>>?
  /// The translations, by their number.
  var translations: UnsafeMutablePointer<TranslatedBlock>?
  /// How often an instruction was executed in the interpreter's way for a translation, by its operation.
  var fallbacks: UnsafeMutablePointer<UInt64>?
  /// Operations whose handlers ask for the arithmetic flags, or change them.
  var needsFlags: UnsafePointer<Bool>?
  /// Whether the host's XMM registers and MXCSR are the guest's, in translated code.
  var isSSELive = false
  /// Whether the host's x87 registers are the guest's.
  var isX87Live = false
  /// MXCSR of everything but translated code.
  var hostMXCSR: UInt32 = 0x1f80
  /// What moves between the host's x87 and the guest's state.
  var x87Image = HostX87Image()
  /// The host's stack pointer when translated code was entered, and how low it may become in it: what CALL expects of
  /// RET lies there.
  var hostStack: UInt = 0
  var hostStackEnd: UInt = 0
  /// Writes the host's x87 registers to `x87Image`.
  var saveX87: (@convention(c) (UnsafeMutableRawPointer) -> Void)?
  /// The lock that it has while it is not in host code, where CPUs execute on threads of their own; not retained.
  var gate: UnsafeMutableRawPointer?
  /// The object this belongs to, not retained.
  public var owner: UnsafeMutableRawPointer?

  /// Instructions of the running block from the present one on, which `budget` no longer holds.
  var present: Int {
    guard let block, let op else { return 0 }
    return Int(block.pointee.count) &- (op - UnsafePointer(block.pointee.instructions))
  }

  init(tlbs: UnsafeMutablePointer<TLBEntry>, jumpCache: UnsafeMutablePointer<JumpCacheEntry<Instruction>>) {
    self.tlbs = tlbs
    tlb = tlbs
    self.jumpCache = jumpCache
  }
}
