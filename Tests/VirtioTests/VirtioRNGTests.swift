import DeviceAudit
import DeviceModel
import SavedState
import Testing
import VirtioSample

@testable import Virtio

struct VirtioRNGTests {
  private final class Ones: EntropySource {
    func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 1, count: count) }
  }

  @Test func `tables and registers describe it whole`() {
    #expect(audit(Desk<VirtioRNG>(backends: ["rng": Ones()]).device) == [])
  }

  @Test func `its schema is the one on record`() throws {
    #expect(VirtioRNG.State.table.schema == (try golden("virtio-rng-device")))
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func `moved at random moments it behaves as its twin`(seed: UInt64) {
    #expect(auditMoves(of: VirtioRNG.self, seed: seed, pause: 1_000_000) == [])
  }

  @Test func `a million random accesses leave it in a state that loads`() {
    #expect(auditStorm(of: VirtioRNG.self) == [])
  }

  @Test func `what the host gives is what the guest gets`() throws {
    let driver = try VirtioDriver<VirtioRNG>(backends: ["rng": Ones()])
    driver.start()
    #expect(driver.ask([], writable: 100) == [UInt8](repeating: 1, count: 100))
  }

  @Test func `without the host the bytes follow from the state, and go on after a move as they would have`() throws {
    let resident = try VirtioDriver<VirtioRNG>()
    let moved = try VirtioDriver<VirtioRNG>()
    for driver in [resident, moved] { driver.start() }
    let first = resident.ask([], writable: 64)
    #expect(first == moved.ask([], writable: 64))
    #expect(Set(first).count > 32)
    let table = VirtioRNG.State.table
    moved.device.state = try table.load(table.save(moved.device.state), over: moved.device.state)
    moved.device.settle()
    let second = resident.ask([], writable: 64)
    #expect(second == moved.ask([], writable: 64))
    #expect(second != first)
  }

  @Test func `one request gets 64 KiB at most`() throws {
    let driver = try VirtioDriver<VirtioRNG>()
    driver.start()
    driver.add([], writable: 1 << 20)
    driver.kick()
    #expect(driver.used().map(\.written) == [65536])
  }
}
