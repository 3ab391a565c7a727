/// The processor modes (DDI 0100 A2.2), by their number in CPSR.
public enum Mode: UInt8, Sendable, CaseIterable {
  case user = 0x10
  case fiq = 0x11
  case irq = 0x12
  case supervisor = 0x13
  case abort = 0x17
  case undefined = 0x1b
  case system = 0x1f

  /// Which of `ARMState.banks` is its own.
  var bank: Int {
    switch self {
    case .user, .system: 0
    case .fiq: 1
    case .irq: 2
    case .supervisor: 3
    case .abort: 4
    case .undefined: 5
    }
  }

  var hasSPSR: Bool { bank != 0 }
}
