import DeviceAudit
import DeviceModel
import GuestMemory
import SavedState
import Testing

@testable import PCDevices

@Suite struct `Devices of interrupts, firmware and screen` {
  static let models: [any Device.Type] = [
    LocalAPIC.self, IOAPIC.self, FwCfg.self, ACPIEventDevice.self, ACPIPowerManagement.self, DebugExit.self,
    DebugConsole.self, VGAText.self,
  ]

  private static func build<D: Device>(_ type: D.Type) -> D {
    let site = Site(name: D.model.name, clock: VirtualClock(), memory: AddressSpace(name: "memory"))
    site.backends = ["chardev": RecordingEnd()]
    return D(site)
  }

  @Test(arguments: 0..<8) func `passes the audit`(index: Int) {
    let type = Self.models[index]
    // Levels of inputs belong to whoever drives them.
    #expect(audit(Self.build(type), kept: ["pins", "button"]) == [])
  }

  @Test(arguments: 0..<8) func `has the schema on record`(index: Int) throws {
    func schema<D: Device>(_: D.Type) -> String { D.State.table.schema }
    let type = Self.models[index]
    #expect(schema(type) == (try golden(type.model.name)))
  }

  @Test(arguments: 0..<8) func `takes a million random accesses`(index: Int) {
    func run<D: Device>(_ type: D.Type) {
      let device = Self.build(type)
      var random = SplitMix64(seed: UInt64(index) + 7)
      let regions = D.model.regions
      for _ in 0..<1_000_000 {
        let region = Int(random.next() % UInt64(regions.count))
        let width = [1, 2, 4, 8][Int(random.next() & 3)]
        let offset = random.next() % regions[region].size
        if random.next() & 1 == 0 {
          _ = device.busRead(offset, width: width, region: region)
        } else {
          device.busWrite(random.next(), offset, width: width, region: region)
        }
      }
      #expect(throws: Never.self) { try D.State.table.load(D.State.table.save(device.state), over: device.state) }
    }
    run(Self.models[index])
  }
}
