import DeviceAudit
import DeviceModel
import GuestMemory
import Testing

@testable import PCDevices

/// What a guest asked of the machine.
final class RecordingControl: MachineControl {
  var asked: [String] = []
  func requestReset(_ reason: String) { asked.append("reset: \(reason)") }
  func requestPowerOff() { asked.append("power off") }
  func requestExit(status: Int32) { asked.append("exit \(status)") }
  func requestCrash(_ reason: String) { asked.append("crash: \(reason)") }
}

/// A character back end that keeps what it is given.
final class RecordingEnd: CharacterBackend {
  var written: [UInt8] = []
  func write(_ byte: UInt8) { written.append(byte) }
  var hasInput: Bool { false }
  func read() -> UInt8? { nil }
  var onInput: (() -> Void)?
  var onBreak: (() -> Void)?
}

@Suite struct `ACPI and debug devices` {
  let control = RecordingControl()
  let clock = VirtualClock()

  private func site(_ name: String) -> Site {
    let site = Site(name: name, clock: clock, memory: AddressSpace(name: "memory"))
    site.control = control
    return site
  }

  @Test func `the power button raises the event line until the event is read`() {
    let site = site("ged")
    var level = false
    site.line("irq").connect { level = $0 }
    let ged = ACPIEventDevice(site)
    ged.pressPowerButton()
    #expect(level)
    #expect(ged.busRead(0, width: 4, region: 0) == 1)
    #expect(!level)
    #expect(ged.busRead(0, width: 4, region: 0) == 0)
  }

  @Test func `sleep type 5 with the enable bit powers off, 0x42 resets, others do neither`() {
    let ged = ACPIEventDevice(site("ged"))
    ged.busWrite(0x14, 0x10, width: 1, region: 0)
    ged.busWrite(0x24, 0x10, width: 1, region: 0)
    ged.busWrite(0x41, 0x12, width: 1, region: 0)
    #expect(control.asked == [])
    ged.busWrite(0x34, 0x10, width: 1, region: 0)
    ged.busWrite(0x42, 0x12, width: 1, region: 0)
    #expect(control.asked == ["power off", "reset: ACPI reset register"])
  }

  @Test func `PM1 control powers off and always says ACPI mode`() {
    let pm = ACPIPowerManagement(site("pm"))
    #expect(pm.busRead(4, width: 2, region: 0) == 1)
    pm.busWrite(0x1400, 4, width: 2, region: 0)
    #expect(control.asked == [])
    pm.busWrite(0x3400, 4, width: 2, region: 0)
    #expect(control.asked == ["power off"])
    #expect(pm.busRead(4, width: 2, region: 0) == 0x1401)
  }

  @Test func `the PM timer counts 3.579545 MHz and interrupts when its top bit changes`() {
    var now: Int64 = 0
    let clock = VirtualClock { now }
    let site = Site(name: "pm", clock: clock, memory: AddressSpace(name: "memory"))
    var level = false
    site.line("sci").connect { level = $0 }
    let pm = ACPIPowerManagement(site)
    now = 1_000_000_000
    clock.runDue()
    #expect(pm.busRead(8, width: 4, region: 0) == 3_579_545)
    pm.busWrite(1, 2, width: 2, region: 0)
    now = 599_000_000_000
    clock.runDue()
    #expect(!level)
    now = 600_000_000_000
    clock.runDue()
    #expect(pm.busRead(8, width: 4, region: 0) >= 1 << 31)
    #expect(level)
    pm.busWrite(1, 0, width: 2, region: 0)
    #expect(!level)
    now = 1_300_000_000_000
    clock.runDue()
    #expect(level)
    #expect(pm.busRead(8, width: 4, region: 0) < 1 << 31)
  }

  @Test func `the debug exit ends the emulator with twice the value plus one`() {
    let exit = DebugExit(site("exit"))
    exit.busWrite(0x10, 0, width: 1, region: 0)
    #expect(control.asked == ["exit 33"])
  }

  @Test func `the debug console sends bytes and reads as 0xe9`() {
    let site = site("console")
    let end = RecordingEnd()
    site.backends = ["chardev": end]
    let console = DebugConsole(site)
    for byte in "hi".utf8 { console.busWrite(UInt64(byte), 0, width: 1, region: 0) }
    #expect(end.written == Array("hi".utf8))
    #expect(console.busRead(0, width: 1, region: 0) == 0xe9)
  }

  @Test(arguments: 1...4) func `moved at random moments they behave as their twins`(seed: UInt64) {
    #expect(auditMoves(of: ACPIEventDevice.self, seed: seed) == [])
    #expect(auditMoves(of: ACPIPowerManagement.self, seed: seed, pause: 1_000_000_000) == [])
    #expect(auditMoves(of: DebugExit.self, seed: seed) == [])
    #expect(auditMoves(of: DebugConsole.self, seed: seed) == [])
  }
}
