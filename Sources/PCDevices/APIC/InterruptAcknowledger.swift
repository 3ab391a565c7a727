public import DeviceModel

/// The 8259 pair as seen from INTA: asked for its vector when the CPU takes an external interrupt.
public protocol InterruptAcknowledger: AnyObject, HostSide {
  /// One interrupt acknowledge sequence; gives the vector, the spurious one when nothing is pending.
  func acknowledgeInterrupt() -> UInt8
}
