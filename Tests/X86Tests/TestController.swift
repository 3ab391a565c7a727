import X86

/// An interrupt controller that hands out the vectors it was given.
final class TestController: X86InterruptController {
  var vectors: [UInt8] = []
  var base: UInt64 = 0xfee0_0900
  var deadline: UInt64 = 0
  var taskPriority: UInt8 = 0
  var timeStampChanges = 0

  func timeStampChanged() { timeStampChanges += 1 }

  /// Called after a vector was handed out.
  var onAcknowledge: () -> Void = {}

  func acknowledge() -> UInt8? {
    defer { onAcknowledge() }
    return vectors.isEmpty ? nil : vectors.removeFirst()
  }

  func readMSR(_ number: UInt32) -> UInt64? {
    switch number {
    case 0x1b: base
    case 0x6e0: deadline
    default: nil
    }
  }

  func writeMSR(_ number: UInt32, _ value: UInt64) -> Bool {
    switch number {
    case 0x1b: base = value
    case 0x6e0: deadline = value
    default: return false
    }
    return true
  }
}
