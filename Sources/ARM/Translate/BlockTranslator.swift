import Emit
import Engine

/// Writes host code for one block.
///
/// All that a fault or the run loop may look at is in its place wherever the code can be left: registers at the thunks
/// that all leave by, condition flags in the core before any instruction that can.
struct BlockTranslator {
  typealias Layout = TranslationLayout

  /// The condition flags as the host has them in its own, as long as they are those of the guest.
  enum HostFlags {
    case none
    /// After an addition: all four.
    case sum
    /// After a subtraction: all four, C inverted.
    case difference
    /// N and Z only.
    case logical
  }

  /// Code that is seldom run, written behind the block's.
  enum Stub {
    /// Executes instruction `index` in the interpreter's way, then goes on at `back`.
    case call(HostFixup, index: Int, back: Int)
    /// Goes to the run loop for `target`, by the jump of number `link` if that is not 0.
    case leave(HostFixup, target: UInt32, link: Int32)
    /// Goes to the run loop for the address in eax.
    case leaveComputed(HostFixup)
    /// Goes to the run loop for the address in eax, which is one of the other state.
    case exchange(HostFixup)
  }

  var a: Assembler
  let thunks: TranslationThunks
  let block: UnsafeMutablePointer<Block<Instruction>>
  /// The virtual address of the block.
  let pc: UInt32
  /// The translation's number.
  let number: Int
  let isThumb: Bool
  /// The number of the first link that is made here; 1 and up.
  private let firstLink: Int32
  /// Jumps in the page, in the order of their numbers.
  var links: [HostFixup] = []
  var stubs: [Stub] = []
  /// For each instruction the flags that something after it may ask for.
  private var live = InlineArray<48, FlagUse>(repeating: [])
  var host = HostFlags.none
  /// Where the code that is seldom run begins, and how many instructions come before it.
  private(set) var hotEnd = (position: 0, instructions: 0)

  /// No block's code is longer.
  static var longestCode: Int { CPU.longestBlock * 320 + 1024 }

  init(
    _ assembler: Assembler, _ thunks: TranslationThunks, _ block: UnsafeMutablePointer<Block<Instruction>>, pc: UInt32,
    number: Int, firstLink: Int32
  ) {
    a = assembler
    self.thunks = thunks
    self.block = block
    self.pc = pc
    self.number = number
    self.firstLink = firstLink
    isThumb = block.pointee.mode & 1 != 0
  }

  var count: Int { Int(block.pointee.count) }
  func op(_ index: Int) -> Op { UnsafePointer(block.pointee.instructions + index) }
  func address(_ op: Op) -> UInt32 { pc &+ UInt32(op.pointee.offset) }
  func nextAddress(_ op: Op) -> UInt32 { address(op) &+ UInt32(truncatingIfNeeded: op.pointee.length) }

  /// What r15 reads as, as `CPU.programCounter`.
  func programCounter(_ op: Op) -> UInt32 {
    let value = address(op) &+ (op.pointee.flags.contains(.narrow) ? 4 : 8)
    return op.pointee.flags.contains(.alignedPC) ? value & ~3 : value
  }

  /// Flags that something after instruction `index` may ask for.
  func isLive(_ index: Int, _ flag: FlagUse) -> Bool { !live[index].isDisjoint(with: flag) }

  /// Whether the host's flags after instruction `index` are of use to the next one.
  func asksForHostFlags(after index: Int) -> Bool { index + 1 < count && op(index + 1).pointee.condition < 14 }

  // MARK: The whole block

  /// Writes the block's code.
  ///
  /// - Returns: where the code is that gives up the block before anything is executed.
  mutating func translate() -> Int {
    findLiveFlags()
    a.arithmetic(.sub, Layout.budgetRegister, Int32(count), width: .double)
    let spent = a.jump(if: .sign)
    var index = 0
    var isOpen = true
    while index < count {
      let op = op(index)
      if op.pointee.condition < 14, op.pointee.translationWay != .call {
        if op.pointee.operation == .b {
          branch(op)
          isOpen = false
          index += 1
        } else {
          (index, isOpen) = conditional(from: index)
        }
      } else {
        isOpen = instruction(index)
        index += 1
      }
    }
    if isOpen { goOn(at: pc &+ UInt32(block.pointee.length)) }
    return finish(spent)
  }

  private mutating func findLiveFlags() {
    var flags = FlagUse.all
    for index in stride(from: count - 1, through: 0, by: -1) {
      let op = block.pointee.instructions[index]
      live[index] = flags
      let way = op.translationWay
      if way == .call || op.mayLeave {
        flags = .all
        continue
      }
      if op.condition == 14 { flags.subtract(op.surelyMadeFlags) }
      flags.formUnion(op.readFlags)
    }
  }

  /// Instructions from `index` on that share its condition, behind one test of it.
  ///
  /// - Returns: the index after them, and whether execution can go on there.
  private mutating func conditional(from index: Int) -> (Int, Bool) {
    let condition = op(index).pointee.condition
    let flags = host
    let skips = jump(unless: condition)
    var next = index
    while true {
      let current = op(next)
      _ = instruction(next)
      next += 1
      guard next < count, current.pointee.madeFlags.isEmpty else { break }
      let following = op(next)
      guard following.pointee.condition == condition, following.pointee.operation != .b,
        following.pointee.translationWay != .call
      else { break }
    }
    let isUnchanged = host == flags && skips.isHost
    for skip in skips.fixups { a.bind(skip) }
    host = isUnchanged ? flags : .none
    return (next, true)
  }

  /// One instruction whose condition holds.
  ///
  /// - Returns: whether execution can go on behind it.
  private mutating func instruction(_ index: Int) -> Bool {
    let op = op(index)
    let flags = host
    switch op.pointee.translationWay {
    case .call:
      host = .none
      call(index)
      return true
    case .plain:
      if op.pointee.isData {
        data(op, index, flags)
      } else if op.pointee.operation == .linkPrefix {
        set(CPU.lr, pc &+ op.pointee.immediate)
      } else if op.pointee.operation == .pld {
        host = flags
      } else {
        host = .none
        multiply(op, index)
      }
      return true
    case .memory:
      host = .none
      switch op.pointee.operation {
      case .ldm: loadMultiple(op, index)
      case .stm: storeMultiple(op, index)
      default: transfer(op, index)
      }
      return true
    case .jump:
      host = .none
      switch op.pointee.operation {
      case .b: goOn(at: pc &+ op.pointee.immediate)
      case .bl:
        set(CPU.lr, nextAddress(op))
        goOn(at: pc &+ op.pointee.immediate)
      case .bx, .bxj, .blxRegister: exchangingBranch(op)
      case .linkBranch: linkBranch(op, index)
      case .ldr: transfer(op, index)
      case .ldm: loadMultiple(op, index)
      default: dataJump(op)
      }
      return false
    }
  }

  /// Executes instruction `index` in the interpreter's way.
  private mutating func call(_ index: Int) {
    a.move(.rax, site(index))
    a.call(to: thunks.call)
  }

  func site(_ index: Int) -> UInt32 { UInt32(number << 6 | index) }

  // MARK: What is seldom run

  /// The stubs, and where the block is given up.
  private mutating func finish(_ spent: HostFixup) -> Int {
    hotEnd = (a.position, a.count)
    for stub in stubs {
      switch stub {
      case .call(let fixup, let index, let back):
        a.bind(fixup)
        call(index)
        a.jump(to: back)
      case .leave(let fixup, let target, let link):
        a.bind(fixup)
        a.store(.memory(Layout.core, Layout.pc), Int32(bitPattern: target))
        a.move(.rax, UInt32(bitPattern: link))
        a.jump(to: thunks.leave)
      case .leaveComputed(let fixup):
        a.bind(fixup)
        if isThumb { a.arithmetic(.and, .rax, ~1) }
        a.store(.memory(Layout.core, Layout.pc), .rax)
        a.arithmetic(.xor, .rax, .rax)
        a.jump(to: thunks.leave)
      case .exchange(let fixup):
        a.bind(fixup)
        a.store(.memory(Layout.core, Layout.pc), .rax)
        a.move(.rax, UInt32(bitPattern: TranslatedExit.exchange))
        a.jump(to: thunks.leave)
      }
    }
    a.bind(spent)
    a.arithmetic(.add, Layout.budgetRegister, Int32(count), width: .double)
    let retreat = a.position
    a.store(.memory(Layout.core, Layout.pc), Int32(bitPattern: pc))
    a.arithmetic(.xor, .rax, .rax)
    a.jump(to: thunks.leave)
    return retreat
  }

  /// A jump that can be linked: its number, once it is one.
  mutating func link(_ fixup: HostFixup) -> Int32 {
    links.append(fixup)
    return firstLink &+ Int32(links.count) &- 1
  }
}
