import ARMDevices
import DeviceAudit
import DeviceModel
import GuestMemory
import SavedState
import Testing

/// What holds for every chip of the module, whatever it does.
@Suite struct `the catalogue of ARM chips` {
  /// Saved rows that a system reset leaves alone: a battery keeps them, or somebody else drives them.
  private static let kept: [String: Set<String>] = [
    "integrator-cm": ["nonVolatileFlags"],
    "integrator-cp": ["isWriteProtected", "isCardIn", "isInsertionLatched"],
    "integrator-pic": ["levels"],
    "pl011": ["modemLines"],
    "pl031": ["offset"],
    "pl181": ["card/csdFlags"],
  ]

  private static let names = armDevices.map { $0.model.name }

  private func model(_ name: String) throws -> any Device.Type {
    try #require(armDevices.first { $0.model.name == name })
  }

  /// Back ends of all kinds, by the names that models use for them.
  private static func equip(_ site: Site) {
    site.backends = ["chardev": WireEnd(), "drive": MemoryDisk(size: 1 << 13), "net": CableEnd(), "audio": NullAudio()]
  }

  @Test(arguments: names) func `tables and registers describe it whole`(name: String) throws {
    func check<D: Device>(_: D.Type) -> [String] {
      let desk = Desk<D>(prepare: Self.equip)
      return audit(desk.device, kept: Self.kept[name] ?? [])
    }
    #expect(check(try model(name)) == [])
  }

  @Test(arguments: names, [1, 2, 3] as [UInt64]) func `moved at random moments it behaves as its twin`(
    name: String, seed: UInt64
  ) throws {
    func check<D: Device>(_: D.Type, pause: Int64) -> [String] {
      auditMoves(of: D.self, seed: seed, pause: pause, prepare: Self.equip)
    }
    let type = try model(name)
    #expect(check(type, pause: 2_000) == [])
    #expect(check(type, pause: 1_000_000) == [])
    #expect(check(type, pause: 100_000_000) == [])
  }

  @Test(arguments: names) func `a million random accesses leave it in a state that loads`(name: String) throws {
    func check<D: Device>(_: D.Type) -> [String] { auditStorm(of: D.self, prepare: Self.equip) }
    #expect(check(try model(name)) == [])
  }

  @Test(arguments: names) func `its schema is the one on record`(name: String) throws {
    func schema<D: Device>(of _: D.Type) -> String { D.State.table.schema }
    #expect(schema(of: try model(name)) == (try golden(name)))
  }
}
