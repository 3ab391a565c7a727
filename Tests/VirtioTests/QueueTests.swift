import DeviceAudit
import DeviceModel
import Testing
import VirtioSample

@testable import Virtio

/// Queues of both forms, tried with the entropy device (Virtual I/O Device 1.2, 2.7 and 2.8).
struct QueueTests {
  private static let packed: UInt64 = 1 << 34
  private static let eventIndex: UInt64 = 1 << 29
  /// Everything but event indices, split and packed.
  private static let plain: [UInt64] = [1 << 32 | 1 << 28, 1 << 32 | 1 << 28 | packed]

  private func driver() throws -> VirtioDriver<VirtioRNG> { try VirtioDriver(parameters: ["packed": "on"]) }

  @Test(arguments: plain) func `chains come back in order, each with what was written`(features: UInt64) throws {
    let driver = try driver()
    driver.start(features)
    for round in 1...100 {
      let count = 1 + round % 4
      var wanted: [DriverRing.Used] = []
      for index in 0..<count {
        let buffers = (0...round % 2).map { DriverRing.Buffer(driver.room(32), 8 * (index + 1) + $0, writable: true) }
        let bytes = buffers.reduce(0) { $0 + $1.count }
        driver.add(buffers)
        wanted.append(.init(0, bytes))
      }
      driver.kick()
      #expect(driver.used().map(\.written) == wanted.map(\.written), "round \(round)")
      #expect(driver.takeInterrupt() == 1)
    }
    #expect(!driver.isBroken)
  }

  @Test(arguments: plain) func `descriptors in a table of their own are one to the ring`(features: UInt64) throws {
    let driver = try driver()
    driver.start(features)
    for _ in 0..<20 {
      let buffers = (0..<30).map { _ in DriverRing.Buffer(driver.room(16), 3, writable: true) }
      driver.add(buffers, table: driver.room(16 * 30))
      driver.kick()
      #expect(driver.used().map(\.written) == [90])
    }
  }

  @Test(arguments: plain) func `bytes land where the buffers are, and nowhere else`(features: UInt64) throws {
    let driver = try driver()
    driver.start(features)
    let first = driver.room(64)
    let second = driver.room(64)
    driver.add([.init(first + 8, 16, writable: true), .init(second + 3, 5, writable: true)])
    driver.kick()
    let bytes = driver.memory.bytes(first, count: 128)
    let touched = bytes.indices.filter { bytes[$0] != 0 }
    #expect(touched.allSatisfy { (8..<24).contains($0) || (67..<72).contains($0) })
    #expect(touched.count > 15)
  }

  @Test(arguments: plain) func `a driver that wants no interrupt gets none`(features: UInt64) throws {
    let driver = try driver()
    driver.start(features)
    driver.rings[0].want(interrupts: false)
    driver.add([], writable: 4)
    driver.kick()
    #expect(driver.used().count == 1 && driver.read(0x60) == 0)
    driver.rings[0].want(interrupts: true)
    driver.add([], writable: 4)
    driver.kick()
    #expect(driver.read(0x60) == 1)
  }

  @Test(arguments: plain) func `with event indices it is told after the chain that it names, once`(
    features: UInt64
  ) throws {
    let driver = try driver()
    driver.start(features | Self.eventIndex)
    for round in 0..<50 {
      driver.rings[0].wantInterrupt(after: 2)
      for index in 0..<4 {
        driver.add([], writable: 4)
        driver.kick()
        #expect(driver.takeInterrupt() == (index == 2 ? 1 : 0), "round \(round), chain \(index)")
      }
      #expect(driver.used().count == 4)
    }
  }

  @Test func `a device with event indices wants to hear of the next chain`() throws {
    let driver = try driver()
    driver.start(1 << 32 | Self.eventIndex)
    let event = driver.rings[0].device + 4 + 8 * UInt64(driver.rings[0].size)
    for count in 1...3 {
      driver.add([], writable: 4)
      driver.kick()
      #expect(driver.memory.read(event, width: 2) == UInt64(count))
    }
  }

  @Test func `indices of a split queue go around`() throws {
    let driver = try driver()
    driver.start(1 << 32)
    driver.device.state.queues[0].next = 0xfffe
    driver.device.state.queues[0].used = 0xfffe
    let ring = driver.rings[0]
    driver.memory.write(0x30_0000, ring.descriptors, width: 8)
    driver.memory.write(16 | 2 << 32, ring.descriptors + 8, width: 8)
    driver.memory.write(1, ring.driver + 2, width: 2)
    driver.kick()
    #expect(!driver.isBroken)
    #expect(driver.memory.read(ring.device + 2, width: 2) == 1)
  }

  // MARK: What a driver must not do

  private struct Crime: CustomTestStringConvertible, Sendable {
    let name: String
    var features: UInt64 = 1 << 32 | 1 << 28
    let commit: @Sendable (VirtioDriver<VirtioRNG>) -> Void
    var testDescription: String { name }
  }

  /// Descriptor 0 of the queue with these members.
  private static func descriptor(
    _ name: String, _ address: UInt64, _ count: UInt32, flags: UInt16, next: UInt16 = 0, features: UInt64? = nil
  ) -> Crime {
    let features = features ?? 1 << 32 | 1 << 28
    let isPacked = features & packed != 0
    return Crime(name: name, features: features) { driver in
      let ring = driver.rings[0]
      ring.write(
        ring.descriptors, address, count, isPacked ? 0 : flags, isPacked ? flags | 0x80 : next)
      if !isPacked { driver.expose(0) }
    }
  }

  private static let crimes: [Crime] = [
    descriptor("a buffer outside RAM", 1 << 40, 4, flags: 2),
    descriptor("a buffer that leaves RAM", UInt64(VirtioDriver<VirtioRNG>.ramSize) - 2, 4, flags: 2),
    descriptor("a buffer that wraps around", .max - 3, 8, flags: 2),
    descriptor("a loop", 0x30_0000, 4, flags: 3, next: 0),
    descriptor("a next one that is none", 0x30_0000, 4, flags: 3, next: 64),
    descriptor("an indirect table that is no multiple", 0x30_0000, 24, flags: 4),
    descriptor("an empty indirect table", 0x30_0000, 0, flags: 4),
    descriptor("an indirect table that is too long", 0x30_0000, 16 * 1025, flags: 4),
    descriptor("an indirect table outside RAM", 1 << 40, 16, flags: 4),
    descriptor("an indirect descriptor with a next one", 0x30_0000, 16, flags: 5),
    descriptor("an indirect descriptor that was not agreed on", 0x30_0000, 16, flags: 4, features: 1 << 32),
    descriptor("a request with something to read", 0x30_0000, 4, flags: 0),
    descriptor("packed: a buffer outside RAM", 1 << 40, 4, flags: 2, features: 1 << 32 | packed),
    descriptor("packed: a chain that is not there", 0x30_0000, 4, flags: 3, features: 1 << 32 | packed),
    descriptor("packed: indirect and not agreed on", 0x30_0000, 16, flags: 4, features: 1 << 32 | packed),
    Crime(name: "an index too far ahead") { driver in driver.memory.write(9, driver.rings[0].driver + 2, width: 2) },
    Crime(name: "a head that is none") { $0.expose(8) },
    Crime(name: "a table in itself") { driver in
      let ring = driver.rings[0]
      ring.write(ring.descriptors, 0x30_0000, 16, 4, 0)
      ring.write(0x30_0000, 0x30_0000, 16, 4, 0)
      driver.expose(0)
    },
    Crime(name: "4 GiB in one chain") { driver in
      let table = driver.room(16 * 1024)
      for index in 0..<1024 as Range<UInt64> {
        driver.rings[0].write(table + 16 * index, 0, 8 << 20, 3, UInt16(index + 1))
      }
      driver.rings[0].write(driver.rings[0].descriptors, table, 16 * 1024, 4, 0)
      driver.expose(0)
    },
    Crime(name: "a buffer to be read behind one to be written") { driver in
      driver.add([.init(0x30_0000, 4, writable: true), .init(0x30_0010, 4)])
    },
    Crime(name: "packed: a chain as long as the ring and longer", features: 1 << 32 | packed) { driver in
      let ring = driver.rings[0]
      for index in 0..<8 as Range<UInt64> {
        ring.write(ring.descriptors + 16 * index, 0x30_0000, 4, 0, 0x83)
      }
    },
  ]

  @Test(arguments: crimes) private func `a broken driver is found out, and no memory is touched`(crime: Crime) throws {
    let driver = try driver()
    driver.start(crime.features)
    crime.commit(driver)
    let before = driver.memory.bytes(0, count: driver.ram.size)
    driver.kick()
    #expect(driver.isBroken)
    #expect(driver.memory.bytes(0, count: driver.ram.size) == before)
  }

  @Test(arguments: [0x80, 0x90, 0xa0] as [UInt64]) func `a part of a queue outside RAM is found out`(
    register: UInt64
  ) throws {
    for address in [UInt64(VirtioDriver<VirtioRNG>.ramSize) - 16, 1 << 40] {
      let driver = try driver()
      driver.negotiate(1 << 32)
      driver.write(0, 0x30)
      driver.write(0, 0x44)
      driver.write(8, 0x38)
      for offset in [0x80, 0x90, 0xa0] as [UInt64] {
        let at = offset == register ? address : 0x10_0000 + offset * 0x100
        driver.write(UInt32(truncatingIfNeeded: at), offset)
        driver.write(UInt32(at >> 32), offset + 4)
      }
      driver.write(1, 0x44)
      driver.write(15, 0x70)
      driver.kick()
      #expect(driver.isBroken)
    }
  }
}
