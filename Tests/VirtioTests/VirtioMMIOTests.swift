import DeviceAudit
import DeviceModel
import SavedState
import Testing

@testable import Virtio

struct VirtioMMIOTests {
  private let desk = Desk<VirtioMMIO>()

  @Test func `tables and registers describe it whole`() {
    #expect(audit(desk.device) == [])
  }

  @Test func `its schema is the one on record`() throws {
    #expect(VirtioMMIO.State.table.schema == (try golden("virtio-mmio")))
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func `moved at random moments it behaves as its twin`(seed: UInt64) {
    #expect(auditMoves(of: VirtioMMIO.self, seed: seed, pause: 1_000_000) == [])
  }

  @Test func `a million random accesses leave it in a state that loads`() {
    #expect(auditStorm(of: VirtioMMIO.self) == [])
  }

  @Test func `a driver finds a transport of version 2 with no device behind it`() {
    #expect(desk.readWord(0x0) == 0x7472_6976)
    #expect(desk.readWord(0x4) == 2)
    #expect(desk.readWord(0x8) == 0)
    #expect(desk.readWord(0xc) == 0x5952_5246)
    #expect((0..<4).map { desk.read($0) } == Array("virt".utf8))
  }

  @Test func `all other registers read as zero, whatever is written`() {
    for offset in stride(from: 0x10 as UInt64, to: 0x200, by: 4) {
      desk.writeWord(.max, offset)
      #expect(desk.readWord(offset) == 0)
    }
    #expect(desk.readWord(0x8) == 0)
    #expect(!desk.level("irq"))
  }

  @Test func `a state with a device behind it does not fit a transport without one`() throws {
    var other = VirtioMMIO.State()
    other.deviceID = 2
    let tree = VirtioMMIO.State.table.save(other, as: "virtio0")
    #expect(throws: LoadError.self) {
      try VirtioMMIO.State.table.load(tree, over: VirtioMMIO.State(), below: StatePath())
    }
  }
}
