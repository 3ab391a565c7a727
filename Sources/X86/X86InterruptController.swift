public import DeviceModel

/// What a CPU asks of its local APIC, or of the 8259 pair where there is none.
public protocol X86InterruptController: AnyObject, HostSide {
  /// The CPU takes the interrupt that the request line announced: its vector, or nil when the request was
  /// withdrawn in between.
  func acknowledge() -> UInt8?
  /// RDMSR of a register that is the controller's: IA32_APIC_BASE, IA32_TSC_DEADLINE, the x2APIC range
  /// 800H to 8FFH. Nil raises #GP.
  func readMSR(_ number: UInt32) -> UInt64?
  /// WRMSR of such a register; false raises #GP.
  func writeMSR(_ number: UInt32, _ value: UInt64) -> Bool
  /// The time stamp counter was written: what depends on it has to be worked out anew.
  func timeStampChanged()
  /// Bits 4-7 of the task priority register: CR8.
  var taskPriority: UInt8 { get set }
}
