import Emit

/// The arithmetic flags: the host's own as long as nothing else needs them, and eax.
extension BlockTranslator {
  /// Makes sure that eax has the flags; those that are the host's stay, where AF need not be cleared.
  mutating func saveFlags() {
    switch place {
    case .saved, .both: break
    case .remade:
      remake()
      saveFlags()
    case .host:
      a.plain(.loadFlags)
      a.set(.overflow, .register(.rax))
      place = .both
    case .hostButAdjust:
      a.plain(.loadFlags)
      a.set(.overflow, .register(.rax))
      a.arithmetic(.and, .rax, ~0x1000)
      place = .saved
    }
  }

  /// The host's flags will be others: saves the guest's where something after instruction `index` asks for them.
  mutating func giveUpFlags(_ index: Int) {
    if !isLive(index) {
      place = .saved
    } else if isKept {
      place = .remade
    } else {
      saveFlags()
      place = .saved
    }
  }

  /// The host's flags = those in eax, which stay.
  mutating func restoreFlags() {
    // 1 - -127 overflows, 0 - -127 does not.
    a.arithmetic(.cmp, .register(.rax), -127, width: .byte)
    a.plain(.storeFlags)
  }

  /// Makes sure that the host's flags are the guest's.
  mutating func loadFlags() {
    switch place {
    case .host, .both: break
    case .remade: remake()
    case .hostButAdjust:
      saveFlags()
      loadFlags()
    case .saved:
      restoreFlags()
      place = .both
    }
  }

  /// Makes sure that the host's carry is the guest's; `place` is not changed.
  mutating func loadCarry() {
    if place == .remade { remake() } else if place == .saved { a.bit(.test, .register(.rax), 8) }
  }

  /// What the host's flags say of a condition code, after something that makes them say it.
  mutating func condition(_ code: UInt8) -> HostCondition {
    let direct = HostCondition(rawValue: code & 15).unsafelyUnwrapped
    if place == .remade { remake() }
    guard place == .saved else { return direct }
    let isNegated = code & 1 != 0
    switch code >> 1 {
    case 0: a.test(.register(.rax), 1, width: .byte)
    case 1: a.testHigh(0x01)
    case 2: a.testHigh(0x40)
    case 3: a.testHigh(0x41)
    case 4: a.testHigh(0x80)
    case 5: a.testHigh(0x04)
    default:
      loadFlags()
      return direct
    }
    return isNegated ? .equal : .notEqual
  }

  /// CLC, STC and CMC.
  mutating func carry(_ op: Op) {
    let operation = op.pointee.operation
    if place == .remade { remake() }
    if place == .saved {
      switch operation {
      case .clc: a.arithmeticHigh(.and, 0xfe)
      case .stc: a.arithmeticHigh(.or, 0x01)
      default: a.arithmeticHigh(.xor, 0x01)
      }
      return
    }
    if place == .hostButAdjust { loadFlags() }
    a.plain(operation == .clc ? .clearCarry : operation == .stc ? .setCarry : .complementCarry)
    place = .host
  }

  /// CLD and STD.
  mutating func direction(_ op: Op, _ index: Int) {
    giveUpFlags(index)
    let flags = HostOperand.memory(Layout.core, Layout.rflags)
    let bit = Int32(CPU.Flag.direction)
    if op.pointee.operation == .cld { a.arithmetic(.and, flags, ~bit) } else { a.arithmetic(.or, flags, bit) }
  }

  /// Flags of a product, whose CF and OF are the host's now: the others are those of `result`, where they are asked for.
  mutating func productFlags(_ result: HostRegister, _ index: Int, width: HostWidth) {
    place = .saved
    guard isLive(index) else { return }
    // The place of OF; CF, which is clear behind the test, is the same, and has its place in AH.
    a.set(.overflow, .register(.rax))
    a.test(.register(result), result, width: width)
    a.plain(.loadFlags)
    a.arithmetic(.or, byte: 4, 0)
  }
}
