import Emit
import Engine

/// Writes host code for a block and those that direct branches lead to from there: a unit.
///
/// All that a fault or the run loop may look at is in its place wherever the code can be left: registers at the thunks
/// that all leave by, condition flags in the core before any instruction that can, or where it is seen to leave.
struct BlockTranslator {
  typealias Layout = TranslationLayout

  var a: Assembler
  let thunks: TranslationThunks
  let guest: TranslationGuest
  /// The virtual address of the block that is written.
  var pc: UInt32
  /// That block, and which part of the unit it is.
  var block: UnsafeMutablePointer<Block<Instruction>>
  var part = 0
  /// The translation's number.
  let number: Int
  let isThumb: Bool
  /// The number of the first link that is made here; 1 and up.
  private let firstLink: Int32
  private let isLogged: Bool
  /// Where each instruction's code begins, for a log.
  private(set) var starts: [CodeStart] = []
  /// Jumps in the page, in the order of their numbers.
  var links: [HostFixup] = []
  var stubs: [TranslationStub] = []
  /// The blocks.
  var parts: [UnitPart] = []
  /// The code that they become.
  var versions: [UnitVersion] = []
  /// Jumps to code that is written later.
  var pendingJumps: [(fixup: HostFixup, version: Int)] = []
  /// How many instructions the code will be of.
  var planned = 0
  /// How many it may be of.
  let limit: Int
  /// Words of the page that have become constants, as blocks that are invalidated with them.
  var constants: [UnsafeMutablePointer<Block<Instruction>>] = []

  var host = HostFlags.none
  /// Where the guest's flags are.
  var sources = FlagSources()
  /// The same before the present instruction: for where it leaves the code.
  var sourcesBefore = FlagSources()
  /// Whether the present instruction may not be executed.
  var isConditional = false
  /// Zeros that the present instruction may come to.
  var zeros: [TranslationStub.Zero] = []
  /// Whether whoever is in the unit has seen that the coprocessor is as its code wants it.
  private var isChecked = false
  /// Which recent page each register's accesses try, and the next one that is nobody's.
  var pages = InlineArray<16, UInt8>(repeating: 0)
  var nextPage: Int
  /// Where the code that is seldom run begins, and how many instructions come before it.
  private(set) var hotEnd = (position: 0, instructions: 0)

  /// No unit has more blocks.
  static var longestUnit: Int { 32 }
  /// No instruction needs more room.
  static var roomForInstruction: Int { 512 }
  /// What the least translation needs.
  static var leastRoom: Int { CPU.longestBlock * roomForInstruction }

  init(
    _ assembler: Assembler, _ thunks: TranslationThunks, _ block: UnsafeMutablePointer<Block<Instruction>>, pc: UInt32,
    number: Int, firstLink: Int32, guest: TranslationGuest, limit: Int = 48, isLogged: Bool = false
  ) {
    a = assembler
    self.thunks = thunks
    self.block = block
    self.pc = pc
    self.number = number
    self.firstLink = firstLink
    self.guest = guest
    self.limit = limit
    self.isLogged = isLogged
    isThumb = block.pointee.mode & 1 != 0
    nextPage = number &* 5 &+ 16
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
  func isLive(_ index: Int, _ flag: FlagUse) -> Bool { !parts[part].live[index].isDisjoint(with: flag) }

  // MARK: The whole unit

  /// Writes the unit's code.
  ///
  /// - Returns: where the code is that goes to what has taken its place.
  mutating func translate() -> Int {
    parts.append(UnitPart(block, pc: pc))
    if parts[0].isFloating {
      checkStatus()
      isChecked = true
    }
    _ = addVersion(of: 0, FlagSources())
    var spent: HostFixup?
    var written = 0
    var next: Int? = 0
    while true {
      if let number = next {
        next = writeVersion(number, &spent)
      } else {
        while written < versions.count, versions[written].entry != nil { written += 1 }
        guard written < versions.count else { break }
        next = written
      }
    }
    hotEnd = (a.position, a.count)
    if isLogged { starts.append(CodeStart(instruction: nil, position: a.position)) }
    for jump in pendingJumps {
      guard let entry = versions[jump.version].entry else { preconditionFailure("a jump to code that was not written") }
      a.patch(jump.fixup, entry)
    }
    // Stubs may need others.
    var index = 0
    while index < stubs.count {
      write(stubs[index])
      index += 1
    }
    let first = parts[0]
    if let spent {
      a.bind(spent)
      a.arithmetic(.add, Layout.budgetRegister, first.block.pointee.count, width: .double)
      leave(at: first.pc, link: 0)
    }
    let retreat = a.position
    a.bind(lookForJump(to: first.pc))
    leave(at: first.pc, link: 0)
    return retreat
  }

  /// Plans code of a part for flags that are in `sources`.
  mutating func addVersion(of part: Int, _ sources: FlagSources) -> Int {
    versions.append(UnitVersion(part: part, sources: sources))
    planned += Int(parts[part].block.pointee.count)
    return versions.count - 1
  }

  /// Writes one version of a part.
  ///
  /// - Returns: the version that must follow, where this one does not end in a jump.
  private mutating func writeVersion(_ number: Int, _ first: inout HostFixup?) -> Int? {
    part = versions[number].part
    block = parts[part].block
    pc = parts[part].pc
    sources = versions[number].sources
    host = .none
    versions[number].entry = a.position
    if parts[part].isFloating, !isChecked { checkStatus() }
    // Accesses by the registers as they are here have pages of their own.
    for register in 0..<16 { pages[register] = UInt8(truncatingIfNeeded: (self.number &* 5 &+ register) & 63) }
    a.arithmetic(.sub, Layout.budgetRegister, Int32(count), width: .double)
    let spent = a.jump(if: .sign)
    if number == 0 {
      first = spent
    } else {
      stubs.append(.spent(spent, part: part, sources))
    }
    var index = 0
    while index < count {
      let op = op(index)
      noteStart(index)
      if op.pointee.condition < 14, op.pointee.translationWay != .call {
        if op.pointee.operation == .b { return branch(op) }
        index = conditional(from: index)
      } else {
        switch instruction(index) {
        case .next: index += 1
        case .over: return nil
        case .follows(let version): return version
        }
      }
    }
    return goOn(at: pc &+ UInt32(block.pointee.length), isLast: true)
  }

  private mutating func noteStart(_ index: Int) {
    if isLogged { starts.append(CodeStart(instruction: (part, index), position: a.position)) }
  }

  /// What comes behind an instruction.
  enum Continuation {
    case next
    /// The code ended in a jump.
    case over
    /// This version's code has to come next.
    case follows(Int)
  }

  /// Instructions from `index` on that share its condition, behind one test of it.
  ///
  /// - Returns: the index after them.
  private mutating func conditional(from index: Int) -> Int {
    let condition = op(index).pointee.condition
    var end = index + 1
    while end < count, op(end - 1).pointee.madeFlags.isEmpty {
      let following = op(end).pointee
      guard following.condition == condition, following.operation != .b, following.translationWay != .call else {
        break
      }
      end += 1
    }
    // Both ways must leave flags in the same places.
    for index in index..<end {
      prepare(index)
      let made = op(index).pointee.madeFlags
      if !made.isEmpty { materialize(made.intersection(parts[part].live[index])) }
    }
    if end == index + 1, moveIf(condition, op(index)) {
      forgetDead(index)
      return end
    }
    let skips = jump(unless: condition)
    let flags = host
    let before = sources
    isConditional = true
    for member in index..<end {
      if member > index { noteStart(member) }
      _ = instruction(member)
    }
    isConditional = false
    sources = before
    for index in index..<end {
      forgetDead(index)
      sources.set(op(index).pointee.madeFlags, .core)
    }
    let isUnchanged = host == flags && skips.isHost
    for skip in skips.fixups { a.bind(skip) }
    host = isUnchanged ? flags : .none
    return end
  }

  /// One instruction whose condition holds.
  private mutating func instruction(_ index: Int) -> Continuation {
    let op = op(index)
    let way = op.pointee.translationWay
    if way == .call || way == .jump && op.pointee.operation != .b && op.pointee.operation != .bl {
      materialize(sources.pending)
    } else if !isConditional {
      prepare(index)
    }
    sourcesBefore = sources
    if !isConditional { forgetDead(index) }
    defer { forgetPages(op.pointee) }
    let flags = host
    switch way {
    case .call:
      host = .none
      call(index)
      // The coprocessor may be another now.
      guard op.pointee.operation == .fmxr else { return .next }
      let rest = Int32(count - 1 - index)
      if rest > 0 { a.arithmetic(.add, Layout.budgetRegister, rest, width: .double) }
      leave(to: nextAddress(op))
      return .over
    case .floating:
      host = .none
      process(op, index)
      return .next
    case .plain:
      if op.pointee.isData {
        data(op, index, flags)
      } else if op.pointee.operation == .linkPrefix {
        set(CPU.lr, pc &+ op.pointee.immediate)
      } else if op.pointee.isFloating {
        moveFloating(op, index)
      } else if op.pointee.operation != .pld {
        host = .none
        multiply(op, index)
      }
      return .next
    case .memory:
      host = .none
      switch op.pointee.operation {
      case .ldm: loadMultiple(op, index)
      case .stm: storeMultiple(op, index)
      case .swp, .swpb: swap(op, index)
      case .flds, .fldd, .fsts, .fstd: transferFloating(op, index)
      case .fldms, .fldmd, .fstms, .fstmd: transferFloatingMultiple(op, index)
      default: transfer(op, index)
      }
      return .next
    case .jump:
      host = op.pointee.operation == .b ? host : .none
      switch op.pointee.operation {
      case .b:
        if let version = goOn(at: pc &+ op.pointee.immediate, isLast: true) { return .follows(version) }
      case .bl:
        materialize(sources.pending)
        set(CPU.lr, nextAddress(op))
        leave(to: pc &+ op.pointee.immediate)
      case .bx, .bxj, .blxRegister: exchangingBranch(op)
      case .linkBranch: linkBranch(op, index)
      case .blx, .linkExchange: exchangingCall(op, index)
      case .ldr: transfer(op, index)
      case .ldm: loadMultiple(op, index)
      default: dataJump(op)
      }
      return .over
    }
  }

  /// Executes instruction `index` in the interpreter's way.
  private mutating func call(_ index: Int) {
    a.move(.rax, site(index))
    a.call(to: thunks.call)
  }

  /// The number by which the interpreter finds an instruction of the present part.
  func site(_ index: Int) -> UInt32 {
    guest.addSite(
      TranslationSite(
        block: block, pc: pc, index: UInt16(truncatingIfNeeded: index), unit: Int32(truncatingIfNeeded: number)))
  }

  // MARK: What is seldom run

  private mutating func write(_ stub: TranslationStub) {
    switch stub {
    case .call(let call): write(call)
    case .refill(let fixup, let page, let call):
      a.bind(fixup)
      if page.address != .rcx { a.move(.rcx, page.address) }
      a.move(.rax, UInt32(page.number * MemoryLayout<RecentPage>.stride | (page.size - 1) << 16))
      a.call(to: thunks.refill(page))
      a.jump(if: .equal, to: page.hit)
      write(call)
    case .zero(let zero, let call): write(zero, call)
    case .unready(let fixup, let part, let sources):
      a.bind(fixup)
      save(sources.pending, sources)
      a.store(.memory(Layout.core, Layout.pc), Int32(bitPattern: parts[part].pc))
      a.move(.rax, UInt32(bitPattern: TranslatedExit.handlers))
      a.jump(to: thunks.leave)
    case .leave(let fixup, let target, let link):
      a.bind(fixup)
      leave(at: target, link: link)
    case .edge(let fixup, let target, let version, let sources):
      a.bind(fixup)
      save(sources.pending, sources)
      if let version {
        jump(to: version)
      } else {
        leave(to: target)
      }
    case .spent(let fixup, let part, let sources):
      a.bind(fixup)
      save(sources.pending, sources)
      a.arithmetic(.add, Layout.budgetRegister, parts[part].block.pointee.count, width: .double)
      leave(at: parts[part].pc, link: 0)
    case .leaveComputed(let fixup):
      a.bind(fixup)
      if isThumb { a.arithmetic(.and, .rax, ~1) }
      a.store(.memory(Layout.core, Layout.pc), .rax)
      a.arithmetic(.xor, .rax, .rax)
      a.jump(to: thunks.leave)
    }
  }

  mutating func write(_ call: TranslationStub.Call) {
    for fixup in call.fixups { a.bind(fixup) }
    save(call.sources.pending, call.sources)
    a.move(.rax, call.site)
    a.call(to: thunks.call)
    a.jump(to: call.back)
  }

  /// Goes to the run loop for `target`.
  private mutating func leave(at target: UInt32, link: Int32) {
    a.store(.memory(Layout.core, Layout.pc), Int32(bitPattern: target))
    if link == 0 { a.arithmetic(.xor, .rax, .rax) } else { a.move(.rax, UInt32(bitPattern: link)) }
    a.jump(to: thunks.leave)
  }

  /// A jump that can be linked: its number, once it is one.
  mutating func link(_ fixup: HostFixup) -> Int32 {
    links.append(fixup)
    return firstLink &+ Int32(links.count) &- 1
  }
}
