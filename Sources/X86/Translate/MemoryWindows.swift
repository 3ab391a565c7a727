/// Which of a block's accesses are so near each other that one look into the TLB serves them all: what is pushed and
/// popped, locals, fields of one structure.
///
/// For that each register's value is followed through the block as far as it is another's plus a constant. A window is
/// the stretch between the lowest and the highest byte of some accesses whose addresses differ by constants. When
/// its first access finds it in one page, its place on the host stays in a register; there is one window at a time.
struct MemoryWindows {
  /// How an access finds its memory.
  enum Use: BitwiseCopyable {
    /// By itself.
    case alone
    /// As the first of a window of `size` bytes that begins `offset` bytes before it.
    case first(offset: Int, size: Int, writes: Bool)
    /// `offset` bytes behind the start of the window.
    case next(offset: Int)
  }

  /// An access at a register's former value plus a constant.
  private struct Access: BitwiseCopyable {
    var root: Int
    var offset: Int
    var size: Int
    var writes: Bool
  }

  /// One value plus another that is shifted.
  private struct Sum: BitwiseCopyable {
    var base: Int
    var index: Int
    var scale: UInt8
    var root: Int

    func isSame(as other: Sum) -> Bool { base == other.base && index == other.index && scale == other.scale }
  }

  /// No window is longer: each byte more makes it likelier that it is in two pages.
  private static var longest: Int { 128 }

  private(set) var uses = InlineArray<48, Use>(repeating: .alone)
  private var accesses = InlineArray<48, Access?>(repeating: nil)
  /// Instructions behind which no window holds.
  private var ends = InlineArray<48, Bool>(repeating: false)
  /// What each register holds: a value with a number, plus a constant.
  private var roots = InlineArray<8, Int>(repeating: 0)
  private var offsets = InlineArray<8, Int>(repeating: 0)
  private var values = 8
  /// Sums of two values that are addresses.
  private var sums = InlineArray<48, Sum>(repeating: Sum(base: 0, index: 0, scale: 0, root: 0))
  private var sumCount = 0

  /// Without any.
  init() {}

  /// Of the first `count` instructions from `first` on, some of which are `labels`.
  init(_ first: UnsafePointer<Instruction>, count: Int, labels: borrowing InlineArray<48, Bool>) {
    for number in 0..<8 { roots[number] = number }
    for index in 0..<count {
      if labels[index] {
        // Where others come from, nothing is known.
        if index > 0 { ends[index - 1] = true }
        for number in 0..<8 { forget(number) }
      }
      follow(index, first[index])
    }
    place(count)
  }

  // MARK: Values

  private mutating func forget(_ number: Int) {
    roots[number] = values
    offsets[number] = 0
    values += 1
  }

  private mutating func move(_ number: Int, by amount: Int) { offsets[number] += amount }

  /// Where `op` accesses memory, and what registers hold behind it.
  private mutating func follow(_ index: Int, _ op: Instruction) {
    guard op.translationWay != .call else {
      ends[index] = true
      for number in 0..<8 { forget(number) }
      return
    }
    let size = op.accessSize
    let isPush = op.operation == .push || op.operation == .call
    if op.memory != .none, isPush {
      // Two accesses, for which the window's register is needed.
      ends[index] = true
    } else if isPush {
      note(index, 4, -size, size, writes: true)
    } else if op.operation == .pop || op.operation == .ret {
      note(index, 4, 0, size, writes: false)
    } else if op.operation == .leave {
      note(index, 5, 0, size, writes: false)
    } else if op.memory != .none, op.addressSize == 4, op.segment == 2 || op.segment == 3, !op.findsBit,
      op.translationWay != .plain
    {
      if op.index != Instruction.noRegister {
        noteIndexed(index, op, size)
      } else if op.base != Instruction.noRegister {
        note(index, Int(op.base >> 3), Int(op.displacement), size, writes: op.writesMemory)
      }
    }
    change(op, size)
  }

  private mutating func note(_ index: Int, _ number: Int, _ displacement: Int, _ size: Int, writes: Bool) {
    accesses[index] = Access(root: roots[number], offset: offsets[number] + displacement, size: size, writes: writes)
  }

  /// Sums of two values count as one that has a number of its own.
  private mutating func noteIndexed(_ index: Int, _ op: Instruction, _ size: Int) {
    let second = Int(op.index >> 3)
    var sum = Sum(base: -1, index: roots[second], scale: op.scale, root: values)
    var offset = offsets[second] << Int(op.scale) + Int(op.displacement)
    if op.base != Instruction.noRegister {
      sum.base = roots[Int(op.base >> 3)]
      offset += offsets[Int(op.base >> 3)]
    }
    if let known = (0..<sumCount).first(where: { sums[$0].isSame(as: sum) }) {
      sum.root = sums[known].root
    } else {
      sums[sumCount] = sum
      sumCount += 1
      values += 1
    }
    accesses[index] = Access(root: sum.root, offset: offset, size: size, writes: op.writesMemory)
  }

  private mutating func change(_ op: Instruction, _ size: Int) {
    let a = Int(op.a >> 3) & 7
    switch op.operation {
    case _ where op.isFloating: if op.vectorForm?.isRegGeneral == true || op.isGeneralStore { forget(a) }
    case .lahf, .fnstsw: forget(0)
    case .sahf, .jcc, .jcxz: break
    case .cmp, .test, .bt, .nop, .prefetch, .pause, .lfence, .mfence, .sfence, .clc, .stc, .cmc, .cld, .std: break
    case .push, .call: move(4, by: -size)
    case .pop:
      move(4, by: size)
      forget(a)
    case .leave:
      roots[4] = roots[5]
      offsets[4] = offsets[5] + size
      forget(5)
    case .mov where op.memory == .first: break
    case .mov where op.memory == .none && size == 4 && !op.flags.contains(.immediate):
      let b = Int(op.b >> 3) & 7
      roots[a] = roots[b]
      offsets[a] = offsets[b]
    case .add where op.isConstantStep: move(a, by: Int(Int32(truncatingIfNeeded: op.immediate)))
    case .sub where op.isConstantStep: move(a, by: -Int(Int32(truncatingIfNeeded: op.immediate)))
    case .inc where op.memory == .none && size == 4: move(a, by: 1)
    case .dec where op.memory == .none && size == 4: move(a, by: -1)
    case .lea
    where size == 4 && op.addressSize == 4 && op.index == Instruction.noRegister
      && op.base != Instruction.noRegister:
      let base = Int(op.base >> 3)
      let offset = offsets[base] + Int(op.displacement)
      roots[a] = roots[base]
      offsets[a] = offset
    case .add, .or, .and, .sub, .xor, .adc, .sbb, .inc, .dec, .neg, .not, .set, .shl, .shr, .sar, .bts, .btr, .btc:
      if op.memory != .first { forget(a) }
    case .mov, .movzx, .movsx, .cmov, .lea, .imul3, .bsf, .bsr, .bswap, .rol, .ror, .rcl, .rcr, .shld, .shrd: forget(a)
    default:
      // Whatever it changes.
      forget(a)
      forget(Int(op.b >> 3) & 7)
      for number in 0..<3 { forget(number) }
    }
    // What has gone far is no neighbour of anything, and sums stay small.
    for number in 0..<8 where abs(offsets[number]) > 1 << 32 { forget(number) }
  }

  // MARK: Windows

  private mutating func place(_ count: Int) {
    var root = -1
    var low = 0
    var high = 0
    var left = 0
    for index in 0..<count {
      if let access = accesses[index] {
        if access.root == root, access.offset >= low, access.offset + access.size <= high, left > 0 {
          uses[index] = .next(offset: access.offset - low)
          left -= 1
        } else if left == 0 {
          var found = (low: access.offset, high: access.offset + access.size, writes: access.writes)
          left = gather(index, access.root, count, &found)
          if left > 0 {
            root = access.root
            low = found.low
            high = found.high
            uses[index] = .first(offset: access.offset - low, size: high - low, writes: found.writes)
          }
        }
      }
      if ends[index] { left = 0 }
    }
  }

  /// How many accesses behind `index` a window that begins with it serves, and where it lies.
  private func gather(
    _ index: Int, _ root: Int, _ count: Int, _ window: inout (low: Int, high: Int, writes: Bool)
  ) -> Int {
    var found = 0
    var next = index
    while next + 1 < count, !ends[next] {
      next += 1
      guard let access = accesses[next], access.root == root else { continue }
      let low = min(window.low, access.offset)
      let high = max(window.high, access.offset + access.size)
      guard high - low <= Self.longest else { continue }
      window = (low, high, window.writes || access.writes)
      found += 1
    }
    return found
  }
}

extension Instruction {
  /// Whether its memory operand is written.
  var writesMemory: Bool {
    guard memory == .first else { return operation == .xchg }
    if isHostX87 { return storesX87 }
    switch operation {
    case .cmp, .test, .bt, .mul, .imul, .div, .idiv, .jmp, .call, .push: return false
    default: return true
    }
  }

  /// Whether it has floating-point or vector registers alone, but for what it loads or stores.
  fileprivate var isFloating: Bool { operation != .fnstsw && (isHostX87 || vectorForm != nil) }

  /// MOVD to a general register.
  fileprivate var isGeneralStore: Bool { operation == .movd && c == 1 && memory == .none }

  /// A register of 4 bytes plus or minus an immediate.
  fileprivate var isConstantStep: Bool { memory == .none && size == 4 && flags.contains(.immediate) }

  /// Whether a register says how far from the operand its bit is.
  var findsBit: Bool {
    switch operation {
    case .bt, .bts, .btr, .btc: memory != .none && !flags.contains(.immediate)
    default: false
    }
  }
}
