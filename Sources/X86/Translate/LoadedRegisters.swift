/// Which general registers hold, somewhere in a unit, what was loaded from memory or computed from that: an access at
/// such an address waits for it, and had better not wait for the TLB's addend, too.
///
/// Others are constants or are counted up and down, so that the host is ahead of them anyhow; and pages that are gone
/// through one after the other would be guessed wrong.
struct LoadedRegisters {
  /// A bit for each.
  private(set) var mask: UInt8 = 0

  /// Of the first `count` instructions from `first` on.
  init(_ first: UnsafePointer<Instruction>, count: Int) {
    var isStable = false
    while !isStable {
      let before = mask
      for index in 0..<count { follow(first[index]) }
      // The stack is where it was.
      mask &= ~0x10
      isStable = mask == before
    }
  }

  private mutating func follow(_ op: Instruction) {
    guard op.translationWay != .call else { return }
    if op.loadsRegister || op.sourceRegisters & mask != 0 { mask |= op.resultRegisters }
  }
}

extension Instruction {
  private func bit(_ place: UInt8) -> UInt8 { place == Self.noRegister ? 0 : 1 &<< (place >> 3 & 7) }

  /// General registers in the address of its memory operand, a bit each.
  var addressRegisters: UInt8 { bit(base) | bit(index) }

  /// Whether what it leaves in registers comes from memory.
  fileprivate var loadsRegister: Bool {
    switch operation {
    case .pop, .leave: true
    case .lea: false
    case .mul, .imul, .div, .idiv, .xchg, .xadd, .cmpxchg: memory != .none
    default: memory == .second
    }
  }

  fileprivate var sourceRegisters: UInt8 {
    switch operation {
    case .lea: addressRegisters
    case .mov: flags.contains(.immediate) ? 0 : bit(b)
    case .movzx, .movsx: bit(b)
    case .mul, .imul, .div, .idiv, .cwd, .cbw: bit(a) | 5
    default: flags.contains(.immediate) ? bit(a) : bit(a) | bit(b)
    }
  }

  fileprivate var resultRegisters: UInt8 {
    switch operation {
    case .xchg, .xadd: memory == .none ? bit(a) | bit(b) : bit(b)
    case .cmpxchg: memory == .none ? bit(a) | 1 : 1
    case .imul where memory == .second || size < 4: bit(a)
    case .call, .ret, .push, .loop: 0
    case .leave: 0x20
    default: changedRegisters
    }
  }

  /// Whether it can use an operand that r12 is part of.
  var mayGuess: Bool {
    guard !hasHighByte else { return false }
    switch operation {
    case .mov, .add, .or, .and, .sub, .xor, .adc, .sbb: return memory == .second
    case .movzx, .movsx, .cmp, .test, .cmov, .imul, .imul3, .mul, .div, .idiv, .jmp, .call, .push: return true
    default: return false
    }
  }
}
