import DeviceModel
import GuestMemory
import PCDevices

/// What a local APIC tells its CPU, written down.
final class RecordingCPU: CPUInterruptSink {
  var request = false
  var nmis = 0
  var smis = 0
  var inits = 0
  var startUps: [UInt8] = []
  var base: UInt64?
  var counter: () -> UInt64 = { 0 }

  func interruptRequest(_ level: Bool) { request = level }
  func nonMaskableInterrupt() { nmis += 1 }
  func systemManagementInterrupt() { smis += 1 }
  func initialize() { inits += 1 }
  func startUp(vector: UInt8) { startUps.append(vector) }
  var timeStampCounter: UInt64 { counter() }
  func apicBaseChanged(_ base: UInt64?) { self.base = base }
}

/// A pair of 8259 that always has the same vector.
final class FixedPIC: InterruptAcknowledger {
  func acknowledgeInterrupt() -> UInt8 { 0x30 }
}

/// Local APICs and IOAPICs on one bus, with a clock that stands still until it is told.
final class APICRig {
  var now: Int64 = 0
  let bus = APICBus()
  let pic = FixedPIC()
  var clock: VirtualClock!
  var cpus: [RecordingCPU] = []
  var locals: [LocalAPIC] = []
  var ioapic: IOAPIC!
  let memory = AddressSpace(name: "memory")

  /// `count` CPUs with IDs from 0 on; their APICs are on unless `enabled` is false.
  init(_ count: Int = 1, enabled: Bool = true, parameters: [String: String] = ["x2apic": "on", "tsc-deadline": "on"]) {
    clock = VirtualClock { [unowned self] in self.now }
    for id in 0..<count {
      let cpu = RecordingCPU()
      cpu.counter = { [unowned self] in UInt64(self.now) }
      let site = Site(name: "lapic\(id)", clock: clock, memory: memory)
      site.parameters = parameters.merging(["id": "\(id)", "bsp": id == 0 ? "on" : "off"]) { $1 }
      site.backends = ["apic-bus": bus, "cpu": cpu, "pic": pic]
      let local = LocalAPIC(site)
      cpus.append(cpu)
      locals.append(local)
      if enabled { local.busWrite(0x1ff, 0xf0, width: 4, region: 0) }
    }
    let site = Site(name: "ioapic", clock: clock, memory: memory)
    site.backends = ["apic-bus": bus]
    ioapic = IOAPIC(site)
  }

  func advance(_ nanoseconds: Int64) {
    now += nanoseconds
    clock.runDue()
  }

  /// Writes redirection entry `pin`.
  func route(_ pin: Int, _ entry: UInt64) {
    for half in 0..<2 {
      ioapic.busWrite(UInt64(0x10 + pin * 2 + half), 0, width: 4, region: 0)
      ioapic.busWrite((entry >> UInt64(half * 32)) & 0xffff_ffff, 0x10, width: 4, region: 0)
    }
  }

  func entry(_ pin: Int) -> UInt64 {
    (0..<2).reduce(0) { value, half in
      ioapic.busWrite(UInt64(0x10 + pin * 2 + half), 0, width: 4, region: 0)
      return value | ioapic.busRead(0x10, width: 4, region: 0) << UInt64(half * 32)
    }
  }
}

extension LocalAPIC {
  func get(_ register: UInt64) -> UInt64 { busRead(register, width: 4, region: 0) }
  func set(_ register: UInt64, _ value: UInt64) { busWrite(value, register, width: 4, region: 0) }

  /// Sends an interrupt command.
  func command(_ low: UInt64, to destination: UInt64 = 0) {
    set(0x310, destination << 24)
    set(0x300, low)
  }
}
