import DeviceAudit
import DeviceModel
import SavedState
import Testing
import VirtioSample

@testable import Virtio

/// The memory balloon (Virtual I/O Device 1.2, 5.5).
struct VirtioBalloonTests {
  private static let parameters = ["free-page-reporting": "on", "guest-stats-polling-interval": "2"]
  private let driver: VirtioDriver<VirtioBalloon>

  init() throws {
    driver = try VirtioDriver<VirtioBalloon>(parameters: Self.parameters)
    driver.start()
  }

  private static func pages(_ numbers: [UInt32]) -> [UInt8] {
    numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32($0 * 8)) } }
  }

  @Test func `tables and registers describe it whole`() { #expect(audit(Desk<VirtioBalloon>().device) == []) }

  @Test func `its schema is the one on record`() throws {
    #expect(VirtioBalloon.State.table.schema == (try golden("virtio-balloon-device")))
  }

  @Test func `a million random accesses leave it in a state that loads`() {
    #expect(auditStorm(of: VirtioBalloon.self, accesses: 100_000) == [])
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `moved at random moments under a hostile driver it does as its twin`(seed: UInt64) throws {
    #expect(
      try auditQueues(
        of: VirtioBalloon.self, seed: seed, parameters: Self.parameters, request: HostileRequests.balloon
      ) { device, random in device.ask(for: Int64(random.next() % (1 << 24))) } == [])
  }

  @Test func `it says how much it wants, and hears how much it gets`() {
    _ = driver.takeInterrupt()
    driver.device.ask(for: 5 << 20)
    #expect(driver.takeInterrupt() == 2)
    #expect(driver.read(0x100) == 5 << 8 && driver.read(0xfc) == 1)
    driver.write(3 << 8, 0x104)
    #expect(driver.device.givenBytes == 3 << 20)
    #expect(driver.read(0x104) == 3 << 8)
  }

  @Test func `given pages are the host's, and zero`() {
    let page = 0xa00 as UInt32
    for index in 0..<4 as Range<UInt64> { driver.memory.write(0x55, (UInt64(page) + index) * 4096 + 8, width: 8) }
    let backed = { driver.ram.backed(from: Int(page) * 4096).lowerBound }
    #expect(backed() == Int(page) * 4096)
    driver.add(Self.pages([page, page + 1, page + 3]))
    driver.kick()
    #expect(driver.used().count == 1)
    #expect(backed() == (Int(page) + 2) * 4096)
    #expect(driver.memory.read((UInt64(page) + 3) * 4096 + 8, width: 8) == 0)
    #expect(driver.memory.read((UInt64(page) + 2) * 4096 + 8, width: 8) == 0x55)
    driver.add(Self.pages([page]), to: 1)
    driver.kick(1)
    #expect(driver.used(1).count == 1)
  }

  @Test(arguments: [4096, .max] as [UInt32]) func `a page that is no RAM breaks the driver`(page: UInt32) {
    driver.add(Self.pages([page]))
    driver.kick()
    #expect(driver.isBroken)
  }

  @Test func `reported pages are given back as far as they are whole`() {
    for index in 0..<4 as Range<UInt64> { driver.memory.write(0x77, 0xb0_0000 + index * 4096, width: 8) }
    driver.add([.init(0xb0_0800, 0x2800, writable: true)], to: 3)
    driver.kick(3)
    #expect(driver.used(3).count == 1)
    #expect((0..<4 as Range<UInt64>).map { driver.memory.read(0xb0_0000 + $0 * 4096, width: 8) } == [0x77, 0, 0, 0x77])
  }

  @Test func `statistics are asked for again and again, also after a move`() throws {
    func entry(_ tag: UInt8, _ value: UInt8) -> [UInt8] { [tag, 0, value, 0, 0, 0, 0, 0, 0, 0] }
    driver.add(entry(4, 9) + entry(5, 20) + entry(99, 1), to: 2)
    driver.kick(2)
    #expect(driver.used(2) == [])
    #expect(driver.device.statistics.map(\.name) == ["stat-free-memory", "stat-total-memory"])
    #expect(driver.device.statistics.map(\.value) == [9, 20])
    driver.desk.wait(1_000_000_000)
    var random = SplitMix64(seed: 1)
    try driver.move(&random)
    #expect(driver.used(2) == [])
    driver.desk.wait(1_000_000_000)
    #expect(driver.used(2).count == 1)
    driver.add(entry(4, 7), to: 2)
    driver.kick(2)
    #expect(driver.device.statistics.map(\.value) == [7, 20])
  }
}
