import DeviceAudit
import DeviceModel
import GuestMemory
import SavedState
import Testing

@testable import PCDevices

/// What holds for all legacy chips alike.
@Suite struct `the legacy chips` {
  private func fresh<D: Device>(_: D.Type) -> D {
    let site = Site(name: D.model.name, clock: VirtualClock(), memory: AddressSpace(name: "none"))
    site.backends = ["chardev": WireEnd()]
    return D(site)
  }

  @Test func `tables and registers describe them whole`() {
    // Lines are what their drivers hold them at, also over a reset.
    #expect(audit(fresh(I8259.self), kept: ["master/lines", "slave/lines", "irq2"]) == [])
    #expect(audit(fresh(I8254.self), kept: ["gate2"]) == [])
    #expect(
      audit(fresh(MC146818.self), kept: ["ram", "offset", "phase", "weekdayShift", "hasFallenBack", "seen"]) == [])
    #expect(audit(fresh(UART16550.self), kept: ["modemLines"]) == [])
    #expect(audit(fresh(I8042.self)) == [])
    #expect(audit(fresh(SystemPorts.self), kept: ["out2"]) == [])
  }

  @Test(arguments: 1...3) func `moved at random moments they behave as their twins`(seed: UInt64) {
    #expect(auditMoves(of: I8259.self, seed: seed) == [])
    #expect(auditMoves(of: I8254.self, seed: seed, pause: 100_000) == [])
    #expect(auditMoves(of: I8254.self, seed: seed, pause: 2000) == [])
    #expect(auditMoves(of: MC146818.self, seed: seed, pause: 50_000_000) == [])
    #expect(auditMoves(of: UART16550.self, seed: seed) == [])
    #expect(auditMoves(of: UART16550.self, seed: seed) { $0.parameters["pacing"] = "on" } == [])
    #expect(auditMoves(of: I8042.self, seed: seed) == [])
    #expect(auditMoves(of: SystemPorts.self, seed: seed) == [])
  }

  private func storm<D: Device>(_: D.Type) -> Int {
    let desk = Desk<D>()
    var random = SplitMix64(seed: 7)
    let regions = D.model.regions
    var sum: UInt64 = 0
    for step in 0..<1_000_000 {
      let word = random.next()
      let region = Int(word >> 48) % regions.count
      let offset = (word >> 8) % regions[region].size
      if word & 1 == 0 {
        sum &+= desk.device.busRead(offset, width: 1, region: region)
      } else {
        desk.device.busWrite(word >> 32 & 0xff, offset, width: 1, region: region)
      }
      if step % 64 == 0, !D.model.inputs.isEmpty {
        desk.device.input(Int(word >> 40 & 0xff) % D.model.inputs.count, word & 2 == 0)
      }
      if step % 256 == 0 { desk.jump(to: desk.now + Int64(word >> 44)) }
      if step % 256 == 0 { desk.clock.runDue() }
    }
    #expect(sum > 0)
    return D.State.table.save(desk.device.state).state.attributes.count
  }

  @Test func `a million random accesses leave each of them in a state that loads`() {
    for model in pcDevices where Self.names.contains(model.model.name) { #expect(storm(model) > 0) }
  }

  private static let names = ["i8259", "i8254", "mc146818", "uart16550", "i8042", "pc-ports"]

  @Test func `schemas are those on record`() throws {
    for model in pcDevices where Self.names.contains(model.model.name) {
      let (name, schema) = schema(of: model)
      #expect(schema == (try golden(name)))
    }
  }

  private func schema<D: Device>(of _: D.Type) -> (String, String) { (D.model.name, D.State.table.schema) }
}
