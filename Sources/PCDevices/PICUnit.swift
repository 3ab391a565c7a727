import Bits
public import SavedState

/// One 8259A programmable interrupt controller (Intel 231468): its registers and its priority resolver,
/// without the wiring.
public struct PICUnit: DeviceState {
  /// Which command word the initialisation sequence waits for.
  public enum Phase: UInt8, Wire, Sendable {
    /// No ICW1 has been seen since power on.
    case uninitialised
    case icw2
    case icw3
    case icw4
    case ready
  }

  /// Levels of IR0-IR7.
  public var lines: UInt8 = 0
  /// Interrupt request register.
  public var irr: UInt8 = 0
  /// In-service register.
  public var isr: UInt8 = 0
  /// Interrupt mask register (OCW1).
  public var imr: UInt8 = 0
  /// Lines that the chip set makes level-triggered, whatever ICW1 says.
  public var elcr: UInt8 = 0
  public var icw1: UInt8 = 0
  public var icw2: UInt8 = 0
  public var icw3: UInt8 = 0
  public var icw4: UInt8 = 0
  public var phase = Phase.uninitialised
  /// The level of lowest priority; the one after it has the highest.
  public var lowest: UInt8 = 7
  /// Reads at A0 = 0 give the ISR, else the IRR.
  public var readsISR = false
  /// The next read is an acknowledge (poll command).
  public var polled = false
  public var specialMask = false
  public var rotatesOnAutoEOI = false

  public init() {}

  public static let table = StateTable<PICUnit>("8259a", validate: contradiction) {
    saved(\.lines)
    saved(\.irr)
    saved(\.isr)
    saved(\.imr)
    saved(\.elcr)
    saved(\.icw1)
    saved(\.icw2)
    saved(\.icw3)
    saved(\.icw4)
    saved(\.phase)
    saved(\.lowest, in: 0...7)
    saved(\.readsISR)
    saved(\.polled)
    saved(\.specialMask)
    saved(\.rotatesOnAutoEOI)
  }

  private static func contradiction(_ unit: PICUnit) -> String? {
    if unit.irr & ~unit.lines != 0 { return "irr has requests of lines that are low" }
    return (unit.lines ^ unit.irr) & unit.levelTriggered != 0 ? "irr differs from level-triggered lines" : nil
  }

  /// Lines that request as long as they are high (ICW1 LTIM, or the edge/level register).
  public var levelTriggered: UInt8 { icw1.bit(3) ? 0xff : elcr }
  var isSingle: Bool { icw1.bit(1) }
  var endsAutomatically: Bool { icw4.bit(1) }
  var isSpecialFullyNested: Bool { icw4.bit(4) }
  /// Master or slave as ICW4 says in buffered mode; nil when the SP/EN pin decides.
  var bufferedRole: Bool? { icw4.bit(3) ? icw4.bit(2) : nil }

  /// The level that the INT output asks for, or -1 when INT is low. `nests` are levels that a slave shares:
  /// in special fully nested mode their being in service does not hold off themselves.
  func request(nests: UInt8) -> Int {
    let wanted = irr & ~imr
    guard wanted != 0, phase == .ready else { return -1 }
    let served = specialMask ? isr & ~imr : isr
    let level = highest(wanted)
    guard served != 0 else { return level }
    let inService = highest(served)
    let distance = rank(level) - rank(inService)
    if distance < 0 { return level }
    return distance == 0 && isSpecialFullyNested && nests.bit(level) ? level : -1
  }

  /// The level of highest priority in `set`, which is not empty.
  private func highest(_ set: UInt8) -> Int {
    let first = (lowest &+ 1) & 7
    let turned = set &>> first | set &<< ((8 &- first) & 7)
    return (turned.trailingZeroBitCount + Int(first)) & 7
  }

  /// 0 for the highest priority, 7 for the lowest.
  private func rank(_ level: Int) -> Int { (level - Int(lowest) - 1) & 7 }

  /// IR input `level` is now `high`; whether anything changed.
  mutating func drive(_ level: Int, _ high: Bool) -> Bool {
    let bit: UInt8 = 1 &<< UInt8(truncatingIfNeeded: level)
    guard (lines & bit != 0) != high else { return false }
    if high {
      lines |= bit
      // In edge mode this is the edge, in level mode the request itself.
      irr |= bit
    } else {
      lines &= ~bit
      irr &= ~bit
    }
    return true
  }

  mutating func setELCR(_ value: UInt8) {
    elcr = value
    irr |= lines & levelTriggered
  }

  /// The first INTA pulse, or the read after a poll command: `level` goes into service.
  mutating func begin(_ level: Int) {
    let bit: UInt8 = 1 &<< UInt8(truncatingIfNeeded: level)
    isr |= bit
    irr &= ~bit | levelTriggered
  }

  /// The end of the last INTA pulse.
  mutating func finish(_ level: Int) {
    guard endsAutomatically else { return }
    isr &= ~(1 &<< UInt8(truncatingIfNeeded: level))
    if rotatesOnAutoEOI { lowest = UInt8(truncatingIfNeeded: level) }
  }

  /// What the chip puts on the bus for `level`: the vector in 8086 mode, else the low byte of the call
  /// address, which is what two INTA pulses of an 8086 make of it.
  func vector(_ level: Int) -> UInt8 {
    let n = UInt8(truncatingIfNeeded: level)
    if icw4.bit(0) { return icw2 & 0xf8 | n }
    return icw1.bit(2) ? icw1 & 0xe0 | n &<< 2 : icw1 & 0xc0 | n &<< 3
  }

  /// A read that no poll command precedes.
  func read(_ a0: Bool) -> UInt8 { a0 ? imr : readsISR ? isr : irr }

  mutating func write(_ value: UInt8, _ a0: Bool) {
    switch (a0, phase) {
    case (false, _) where value.bit(4): initialise(value)
    case (false, _) where value.bit(3): operate3(value)
    case (false, _): operate2(value)
    case (true, .icw2):
      icw2 = value
      phase = isSingle ? afterICW3 : .icw3
    case (true, .icw3):
      icw3 = value
      phase = afterICW3
    case (true, .icw4):
      icw4 = value
      phase = .ready
    case (true, _): imr = value
    }
  }

  private var afterICW3: Phase { icw1.bit(0) ? .icw4 : .ready }

  /// ICW1: also resets the edge sense circuit, the mask, the priorities and the read selection.
  private mutating func initialise(_ value: UInt8) {
    icw1 = value
    icw3 = isSingle ? 0 : icw3
    icw4 = 0
    imr = 0
    isr = 0
    irr = lines & levelTriggered
    lowest = 7
    specialMask = false
    rotatesOnAutoEOI = false
    readsISR = false
    polled = false
    phase = .icw2
  }

  /// OCW2: ends of interrupt and rotation.
  private mutating func operate2(_ value: UInt8) {
    let level = value & 7
    switch value &>> 5 {
    case 0b000: rotatesOnAutoEOI = false
    case 0b100: rotatesOnAutoEOI = true
    case 0b001, 0b101:
      // A level that special mask mode hides is not ended by a non-specific EOI.
      let served = specialMask ? isr & ~imr : isr
      guard served != 0 else { return }
      let ended = highest(served)
      isr &= ~(1 &<< UInt8(truncatingIfNeeded: ended))
      if value.bit(7) { lowest = UInt8(truncatingIfNeeded: ended) }
    case 0b011: isr &= ~(1 &<< level)
    case 0b111:
      isr &= ~(1 &<< level)
      lowest = level
    case 0b110: lowest = level
    default: break
    }
  }

  /// OCW3: special mask, poll and read selection.
  private mutating func operate3(_ value: UInt8) {
    if value.bit(6) { specialMask = value.bit(5) }
    if value.bit(2) {
      polled = true
    } else if value.bit(1) {
      readsISR = value.bit(0)
    }
  }
}
