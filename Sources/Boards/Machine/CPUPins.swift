import PCDevices
import X86

/// What joins a CPU to its local APIC, both ways.
final class CPUPins: CPUInterruptSink, X86InterruptController {
  private unowned let cpu: X86CPU
  private unowned let apic: LocalAPIC
  private let window: LocalAPICWindow
  /// The APIC's name and the CPU's.
  let names: (String, String)
  /// Told of changes of the interrupt request and of requests at other pins, by the pin's name.
  var tap: ((String, Bool) -> Void)?

  init(cpu: X86CPU, apic: LocalAPIC, window: LocalAPICWindow, names: (String, String)) {
    self.names = names
    self.cpu = cpu
    self.apic = apic
    self.window = window
  }

  // MARK: From the APIC

  func interruptRequest(_ level: Bool) {
    if let tap, cpu.hasInterruptRequest != level { tap("intr", level) }
    cpu.setInterrupt(level)
  }

  func nonMaskableInterrupt() {
    tap?("nmi", true)
    cpu.requestNMI()
  }

  /// There is no system management mode on this board: firmware that would need it is not there either.
  func systemManagementInterrupt() {}

  func initialize() {
    tap?("init", true)
    cpu.requestINIT()
  }

  func startUp(vector: UInt8) { cpu.startup(vector: vector) }
  var timeStampCounter: UInt64 { cpu.timeStamp }
  func apicBaseChanged(_ base: UInt64?) { window.update() }

  // MARK: From the CPU

  func acknowledge() -> UInt8? { apic.acknowledge() }
  func readMSR(_ number: UInt32) -> UInt64? { apic.readMSR(number) }
  func writeMSR(_ number: UInt32, _ value: UInt64) -> Bool { apic.writeMSR(number, value) }

  func timeStampChanged() { apic.timeStampCounterWritten() }

  var taskPriority: UInt8 {
    get { apic.taskPriorityClass }
    set { apic.taskPriorityClass = newValue }
  }
}
