import Emit
import Engine

/// Writes host code for one block of 32-bit code with flat segments.
///
/// All that a fault or the run loop may look at is in its place wherever the code can be left: registers at the thunks
/// that all leave by, flags in eax before any instruction that can.
struct BlockTranslator {
  typealias Layout = TranslationLayout

  /// Where the guest's arithmetic flags are.
  enum FlagPlace {
    /// In eax only.
    case saved
    /// They are the host's own, and those in eax are old.
    case host
    /// Nowhere, but what made them can be done again.
    case remade
    /// The same as `host`, but AF is to be clear whatever the host's is: processors differ after shifts.
    case hostButAdjust
    /// In both.
    case both

    var isHost: Bool { self != .saved && self != .remade }
  }

  /// What was not written yet before an instruction.
  struct Before: BitwiseCopyable {
    var record: X87Record?
    /// What made the flags that are not in eax.
    var maker: Int?
  }

  /// A look into the TLB for a store: the jump that is taken where the page is not there, how many bytes are stored, and
  /// where the code goes on that has found it.
  struct Beside: BitwiseCopyable {
    let site: Int
    let size: Int
    let back: Int
    /// The address, where it is known and in no register.
    var constant: UInt32?
  }

  /// Code that is seldom run, written behind the block's.
  enum Stub {
    /// Executes instruction `index` in the interpreter's way, then goes on at `back`, where the flags are at `place`.
    case call(HostFixup, index: Int, back: Int, place: FlagPlace, before: Before)
    /// Executes instruction `index` without the window, then goes on at `back`.
    case alone(HostFixup, index: Int, back: Int, place: FlagPlace, before: Before)
    /// Makes host registers the guest's, then goes on at `back`; where that cannot be, has the run loop interpret
    /// from instruction `index` on.
    case start(HostFixup, index: Int, back: Int, isX87: Bool, before: Before)
    /// Leaves the unit for `target` with so many instructions not executed.
    case exit(HostFixup, target: UInt32, left: Int, place: FlagPlace, maker: Int?)
    /// Goes on at the label of instruction `index`, so many instructions on.
    case skip(HostFixup, index: Int, left: Int)
    /// Goes to the run loop for the label of instruction `index`, which is paid for.
    case spent(HostFixup, index: Int, maker: Int?)
    /// Goes to the run loop for `target`, by the jump of number `link`.
    case leave(HostFixup, target: UInt32, link: Int32)
    /// Goes on at `target`, which the jump cache has not got.
    case miss(HostFixup, target: UInt32)
    /// The same for a CALL, of `target` or the address in r10d, whose code goes on at `back` when it has returned.
    case missCall(HostFixup, target: UInt32?, back: Int)
    /// Goes on at the address in r10d, where a RET was expected to find another.
    case stray(HostFixup)
    /// Forgets what CALLs expect of RETs, then goes on at `back`.
    case deep(HostFixup, back: Int)
    /// Takes the addend of the TLB entry that r11 says, and guesses it from now on; then goes on at `back`.
    case guess(HostFixup, Int, back: Int)
  }

  var a: Assembler
  let thunks: TranslationThunks
  let block: UnsafeMutablePointer<Block<Instruction>>
  /// The address of the block.
  let pc: UInt32
  /// The translation's number.
  let number: Int
  /// Whether it is for privilege level 3.
  let isUser: Bool
  /// The number of the first link that is made here; 1 and up.
  let firstLink: Int32
  private let isLogged: Bool
  /// Whether other CPUs execute meanwhile.
  let isParallel: Bool
  /// Jumps in the page, in the order of their numbers.
  var links: [HostFixup] = []
  var stubs: [Stub] = []
  /// Slow ways of the present instruction, until it is known where they come back.
  var slow: [HostFixup] = []
  /// The same where only the window is missing.
  var withoutWindow: [HostFixup] = []
  /// Of those the ones where a page that is written was not found.
  var besides: [Beside] = []
  /// For each instruction the flags that something after it may ask for.
  var live = InlineArray<48, FlagUse>(repeating: [])
  /// The same before it.
  var liveAt = InlineArray<48, FlagUse>(repeating: [])
  /// The labels that branches lead to, -1 where that is none.
  var targets = InlineArray<48, Int>(repeating: -1)
  var isLabel = InlineArray<48, Bool>(repeating: false)
  /// Where the labels' code is.
  private(set) var labels = InlineArray<48, Int>(repeating: 0)
  /// What is known before each instruction.
  var knownAt = InlineArray<48, FloatingUse>(repeating: [])
  private var windows = MemoryWindows()
  /// General registers whose values come from memory, a bit each.
  private(set) var loaded: UInt8 = 0
  /// How many accesses have guessed their addends.
  var guesses = 0
  /// Whether accesses are made without the window.
  var isAlone = false
  var place = FlagPlace.saved
  /// Where each instruction's code begins, for a log.
  private(set) var starts: [Int] = []
  /// The instruction whose flags are the guest's and can be made again.
  var maker: Int?
  /// Host registers that are known to be the guest's.
  var known: FloatingUse = []
  /// What was not written before the present instruction.
  private(set) var before = Before()
  /// What the x87's pointers are to show, where that is not written yet.
  var record: X87Record?
  /// Where the code that is seldom run begins, and how many instructions come before it.
  var hotEnd = (position: 0, instructions: 0)

  /// No block's code is longer.
  static var longestCode: Int { CPU.longestBlock * 640 + 2048 }

  init(
    _ assembler: Assembler, _ thunks: TranslationThunks, _ block: UnsafeMutablePointer<Block<Instruction>>, pc: UInt32,
    number: Int, firstLink: Int32, isLogged: Bool = false, isParallel: Bool = false
  ) {
    a = assembler
    self.thunks = thunks
    self.block = block
    self.pc = pc
    self.number = number
    self.firstLink = firstLink
    self.isLogged = isLogged
    self.isParallel = isParallel
    isUser = block.pointee.mode & CPU.Mode.user != 0
  }

  var count: Int { Int(block.pointee.count) }
  func op(_ index: Int) -> Op { UnsafePointer(block.pointee.instructions + index) }
  func nextAddress(_ op: Op) -> UInt32 {
    pc &+ UInt32(op.pointee.offset) &+ UInt32(truncatingIfNeeded: op.pointee.length)
  }

  /// How the present instruction's access finds its memory.
  func use(_ index: Int) -> MemoryWindows.Use { isAlone ? .alone : windows.uses[index] }

  /// Flags that something after instruction `index` may ask for.
  func isLive(_ index: Int, _ flag: FlagUse = .all) -> Bool { !live[index].isDisjoint(with: flag) }

  // MARK: The whole block

  /// Writes the block's code.
  ///
  /// - Returns: where the code is that goes on at the block's address without it.
  mutating func translate() -> Int {
    analyze()
    windows = MemoryWindows(block.pointee.instructions, count: count, labels: isLabel)
    loaded = LoadedRegisters(block.pointee.instructions, count: count).mask
    a.arithmetic(.sub, Layout.budgetRegister, Int32(count), width: .double)
    var spent = [a.jump(if: .sign)]
    if isParallel { spent.append(jumpIfPending()) }
    var isOpen = true
    for index in 0..<count {
      if isLogged { starts.append(a.position) }
      if isLabel[index] {
        if index > 0 {
          writeRecord()
          if !liveAt[index].isEmpty { saveFlags() }
        }
        place = .saved
        maker = nil
        labels[index] = a.position
      }
      known = knownAt[index]
      isOpen = instruction(index)
      let back = a.position
      for fixup in slow { stubs.append(.call(fixup, index: index, back: back, place: place, before: before)) }
      for fixup in withoutWindow {
        stubs.append(.alone(fixup, index: index, back: back, place: place, before: before))
      }
      slow.removeAll(keepingCapacity: true)
      withoutWindow.removeAll(keepingCapacity: true)
    }
    if isLogged { starts.append(a.position) }
    if isOpen {
      writeRecord()
      goOn(at: pc &+ UInt32(block.pointee.length))
    }
    return finish(spent)
  }

  /// One instruction.
  ///
  /// - Returns: whether execution can go on behind it.
  mutating func instruction(_ index: Int) -> Bool {
    let op = op(index)
    let leaves = op.pointee.mayLeave || checksFloating(op)
    let way = op.pointee.translationWay
    if way == .call || leaves && !isKept { saveFlags() }
    let isMaker = way != .jump && op.pointee.isMaker
    // What made the flags cannot be done again when its registers are others, or the flags.
    var dropsMaker = false
    if let old = maker, op.pointee.changedRegisters & self.op(old).pointee.makerRegisters != 0 {
      if isLive(index) || !op.pointee.readFlags.isEmpty {
        if place == .remade || leaves { saveFlags() }
        maker = nil
      } else {
        dropsMaker = true
      }
    }
    before = Before(record: record, maker: isKept ? maker : nil)
    if op.pointee.madeFlags == .all, op.pointee.readFlags.isEmpty {
      maker = nil
      if place == .remade { place = .saved }
    }
    defer {
      if way != .jump, op.pointee.changesFlags {
        maker = isMaker && place == .host ? index : nil
        if place == .remade { place = .saved }
      } else if dropsMaker {
        maker = nil
        if place == .remade { place = .saved }
      }
    }
    switch way {
    case .call:
      writeRecord()
      call(index)
      follow(op)
      place = .saved
      return true
    case .jump:
      writeRecord()
      before.record = nil
      return jump(op, index)
    case .plain, .memory:
      ordinary(op, index)
      return true
    }
  }

  /// What is known of host registers behind `op`.
  mutating func follow(_ op: Op) {
    if op.pointee.translationWay == .call {
      if op.pointee.touchesX87 { known.remove(.x87) }
      if op.pointee.touchesSSEControl { known.remove(.sse) }
    } else if op.pointee.needsX87 {
      known.insert(.x87)
    } else if op.pointee.vectorForm != nil {
      known.insert(.sse)
    }
  }

  /// Writes what the x87's pointers are to show, if that is not done.
  private mutating func writeRecord() {
    write(record)
    record = nil
  }

  private mutating func ordinary(_ op: Op, _ index: Int) {
    if op.pointee.isHostX87 { return x87(op, index) }
    if let form = op.pointee.vectorForm { return vector(op, index, form) }
    switch op.pointee.operation {
    case .mov: move(op, index)
    case .movzx, .movsx: extend(op, index)
    case .lea: loadAddress(op)
    case .xchg: exchange(op, index)
    case .xadd: exchangeAdd(op, index)
    case .cmpxchg: compareExchange(op, index)
    case .cmov: moveConditional(op, index)
    case .set: setByte(op, index)
    case .cbw, .cwd: convert(op, index)
    case .bswap: a.swapBytes(register(op.pointee.a))
    case .mfence: if isParallel { a.fence() }
    case .push: push(op, index)
    case .pop: pop(op, index)
    case .leave: leave(op, index)
    case .add, .or, .and, .sub, .xor, .cmp, .test, .adc, .sbb: arithmetic(op, index)
    case .inc, .dec: step(op, index)
    case .neg, .not: unary(op, index)
    case .mul, .imul: multiply(op, index)
    case .imul3: multiplyTruncated(op, index)
    case .div, .idiv: divide(op, index)
    case .shl, .shr, .sar: shift(op, index)
    case .rol, .ror, .rcl, .rcr: rotate(op, index)
    case .shld, .shrd: shiftDouble(op, index)
    case .bt, .bts, .btr, .btc: bit(op, index)
    case .bsf, .bsr: scan(op, index)
    case .clc, .stc, .cmc: carry(op)
    case .cld, .std: direction(op, index)
    case .lahf, .sahf: highFlags(op)
    default: break
    }
  }

  /// Executes instruction `index` in the interpreter's way.
  mutating func call(_ index: Int) {
    a.move(.r10, UInt32(truncatingIfNeeded: number &<< 6 | index))
    a.call(to: thunks.call)
  }
}
