import PCDevices

/// The 8259 pair behind a local APIC's LINT0.
final class PICAcknowledge: InterruptAcknowledger {
  private unowned let pic: I8259

  init(_ pic: I8259) { self.pic = pic }

  func acknowledgeInterrupt() -> UInt8 { pic.acknowledge() }
}
