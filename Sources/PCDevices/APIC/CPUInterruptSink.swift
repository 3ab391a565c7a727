public import DeviceModel

/// A CPU as its local APIC sees it. Calls come on the machine's thread, also from within an instruction of
/// the same CPU: the CPU acts on them when that has ended.
public protocol CPUInterruptSink: AnyObject, HostSide {
  /// The level of INTR: while it is high and interrupts are enabled the CPU calls `LocalAPIC.acknowledge()`.
  func interruptRequest(_ level: Bool)
  /// An NMI, once.
  func nonMaskableInterrupt()
  /// An SMI, once.
  func systemManagementInterrupt()
  /// INIT: the CPU goes to its state after INIT and, unless it is the bootstrap processor, waits for a start-up.
  func initialize()
  /// A start-up IPI: a CPU that waits for one starts in real mode at `vector` << 12.
  func startUp(vector: UInt8)
  /// What RDTSC gives now, for the TSC-deadline timer.
  var timeStampCounter: UInt64 { get }
  /// The page of the registers moved, or was switched on or off (nil), by a write to IA32_APIC_BASE.
  func apicBaseChanged(_ base: UInt64?)
}
