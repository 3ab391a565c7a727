import DeviceAudit
import DeviceModel
import Dispatch
import Glibc
import SavedState
import Testing
import VirtioSample

@testable import Virtio

/// The block device (Virtual I/O Device 1.2, 5.2).
struct VirtioBlockTests {
  private let disk = MemoryDisk(size: 1 << 20) { UInt8(truncatingIfNeeded: $0 / 512) }

  private func driver(
    _ parameters: [String: String] = [:], disk: MemoryDisk? = nil, without: UInt64 = 0
  ) throws -> VirtioDriver<VirtioBlock> {
    let driver = try VirtioDriver<VirtioBlock>(parameters: parameters, backends: ["drive": disk ?? self.disk])
    driver.start(~without)
    return driver
  }

  private static func header(_ type: UInt32, _ sector: UInt64 = 0) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: type >> UInt32($0 * 8)) } + [0, 0, 0, 0]
      + (0..<8).map { UInt8(truncatingIfNeeded: sector >> UInt64($0 * 8)) }
  }

  /// What comes back for a request: the data, and the status behind it.
  private func ask(
    _ driver: VirtioDriver<VirtioBlock>, _ type: UInt32, _ sector: UInt64 = 0, _ data: [UInt8] = [], room: Int = 0
  ) -> (data: [UInt8], status: UInt8) {
    let target = driver.add(Self.header(type, sector) + data, writable: room + 1)
    driver.memory.store([0xee], at: target + UInt64(room))
    driver.kick()
    driver.desk.wait(1_000_000)
    #expect(driver.used().count == 1)
    let bytes = driver.memory.bytes(target, count: room + 1)
    return (Array(bytes.dropLast()), bytes[room])
  }

  private func audited() -> Desk<VirtioBlock> { Desk(backends: ["drive": disk]) }

  @Test func `tables and registers describe it whole`() { #expect(audit(audited().device) == []) }

  @Test func `its schema is the one on record`() throws {
    #expect(VirtioBlock.State.table.schema == (try golden("virtio-blk-device")))
  }

  @Test func `a million random accesses leave it in a state that loads`() {
    #expect(
      auditStorm(of: VirtioBlock.self, accesses: 200_000) { $0.backends = ["drive": MemoryDisk(size: 1 << 16)] } == [])
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func `moved at random moments under a hostile driver it does as its twin`(seed: UInt64) throws {
    let faults = try auditQueues(
      of: VirtioBlock.self, seed: seed, parameters: ["num-queues": "2"],
      backends: { ["drive": MemoryDisk(size: 1 << 18) { UInt8(truncatingIfNeeded: $0) }] },
      request: HostileRequests.block)
    #expect(faults == [])
  }

  @Test func `the configuration space says how large it is and what it takes`() throws {
    let driver = try driver(["num-queues": "3"])
    #expect(driver.read(0x100) == 2048 && driver.read(0x104) == 0)
    #expect(driver.read(0x10c) == 126)
    #expect(driver.read(0x110) == 2 | 16 << 16 | 63 << 24)
    #expect(driver.read(0x114) == 512)
    #expect(driver.desk.device.busRead(0x120, width: 1, region: 0) == 1)
    #expect(driver.desk.device.busRead(0x122, width: 2, region: 0) == 3)
    #expect(driver.read(0x124) == 1 << 17 && driver.read(0x128) == 1 && driver.read(0x12c) == 1)
    #expect(driver.read(0x130) == 1 << 17 && driver.read(0x138) == 1)
    driver.write(2, 0x30)
    #expect(driver.read(0x34) == 256)
    driver.write(3, 0x30)
    #expect(driver.read(0x34) == 0)
  }

  @Test func `sectors are read`() throws {
    let driver = try driver()
    let (data, status) = ask(driver, 0, 3, room: 1024)
    #expect(status == 0)
    #expect(data == [UInt8](repeating: 3, count: 512) + [UInt8](repeating: 4, count: 512))
  }

  @Test func `sectors are written, and what was written is read again`() throws {
    let driver = try driver()
    #expect(ask(driver, 1, 7, [UInt8](repeating: 0x5a, count: 512)).status == 0)
    #expect(ask(driver, 0, 7, room: 512).data == [UInt8](repeating: 0x5a, count: 512))
    #expect(disk.bytes[6 * 512] == 6 && disk.bytes[7 * 512] == 0x5a && disk.bytes[8 * 512] == 8)
    #expect(disk.flushes == 0)
  }

  @Test func `a flush reaches the host`() throws {
    let driver = try driver()
    #expect(ask(driver, 4).status == 0)
    #expect(disk.flushes == 1)
  }

  @Test func `where the driver knows no flushes, or wants none, each write is one`() throws {
    let plain = try driver(without: 1 << 9 | 1 << 11)
    #expect(ask(plain, 1, 0, [UInt8](repeating: 1, count: 512)).status == 0)
    #expect(disk.flushes == 1)
    let through = try driver()
    through.desk.device.busWrite(0, 0x120, width: 1, region: 0)
    #expect(ask(through, 1, 0, [UInt8](repeating: 1, count: 512)).status == 0)
    #expect(disk.flushes == 2)
    #expect(through.desk.device.busRead(0x120, width: 1, region: 0) == 0)
  }

  @Test func `what lies outside the disk, or is no whole sectors, fails and touches nothing`() throws {
    let driver = try driver()
    let before = disk.bytes
    for (sector, count) in [(2048, 512), (2047, 1024), (.max, 512), (0, 100), (1 << 55, 512)] as [(UInt64, Int)] {
      #expect(ask(driver, 1, sector, [UInt8](repeating: 1, count: count)).status == 1)
      #expect(ask(driver, 0, sector, room: count).status == 1)
    }
    #expect(disk.bytes == before && !driver.isBroken)
  }

  @Test func `a failing host is an I/O error`() throws {
    let driver = try driver()
    disk.failure = .failed
    #expect(ask(driver, 0, 0, room: 512).status == 1)
    #expect(ask(driver, 1, 0, [UInt8](repeating: 1, count: 512)).status == 1)
    #expect(ask(driver, 4).status == 1)
  }

  @Test func `its ID is the serial number`() throws {
    let short = try driver(["serial": "abc"])
    #expect(ask(short, 8, room: 20).data.prefix(4) == Array("abc\0".utf8)[...])
    let long = try driver(["serial": "0123456789012345678901234"])
    #expect(ask(long, 8, room: 20).data == Array("01234567890123456789".utf8))
  }

  /// Sector, count and flags of a discarding or zeroing request.
  private static func segment(_ sector: UInt64, _ count: UInt32, _ flags: UInt32 = 0) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: sector >> UInt64($0 * 8)) }
      + [count, flags].flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32($0 * 8)) } }
  }

  @Test(arguments: [11, 13] as [UInt32]) func `sectors are made zero`(type: UInt32) throws {
    let driver = try driver()
    #expect(ask(driver, type, 0, Self.segment(2, 3, type == 13 ? 1 : 0)).status == 0)
    #expect(ask(driver, 0, 1, room: 512).data == [UInt8](repeating: 1, count: 512))
    #expect(ask(driver, 0, 2, room: 1536).data == [UInt8](repeating: 0, count: 1536))
    #expect(ask(driver, 0, 5, room: 512).data == [UInt8](repeating: 5, count: 512))
    #expect(ask(driver, type, 0, Self.segment(2047, 2)).status == 1)
    #expect(ask(driver, type, 0, Self.segment(0, 1, 2)).status == 2)
  }

  @Test func `a disk that is read only says so, and stays as it is`() throws {
    let disk = MemoryDisk(size: 1 << 20, isReadOnly: true)
    let driver = try driver(disk: disk)
    #expect(driver.offered & 1 << 5 != 0 && driver.offered & (1 << 13 | 1 << 14) == 0)
    #expect(ask(driver, 1, 0, [UInt8](repeating: 1, count: 512)).status == 1)
    #expect(disk.bytes[0] == 0)
  }

  @Test func `a request that is none of a kind that there is says so`() throws {
    #expect(ask(try driver(), 99).status == 2)
  }

  @Test func `a request without a status breaks the driver`() throws {
    let driver = try driver()
    driver.add(Self.header(0))
    driver.kick()
    #expect(driver.isBroken)
  }

  @Test func `requests of no bytes are done, and a serial number has the room that there is`() throws {
    let driver = try driver(["serial": "abcdef"])
    #expect(ask(driver, 0, 5).status == 0)
    #expect(ask(driver, 1, 5).status == 0)
    #expect(ask(driver, 11, 0, Self.segment(5, 0)).status == 0)
    #expect(ask(driver, 8, room: 4).data == Array("abcd".utf8))
    #expect(ask(driver, 11, 0, Self.segment(0, 1 << 17 + 1)).status == 1)
    #expect(ask(driver, 11, 0, Self.segment(0, 1) + Self.segment(4, 1)).status == 1)
    #expect(ask(driver, 11, 0, Array(Self.segment(0, 1).dropLast())).status == 1)
    #expect(disk.bytes[512] == 1)
  }

  /// Requests for a sector each from the first on; where their bytes will be.
  private func askFor(_ count: Int, _ driver: VirtioDriver<VirtioBlock>) -> [UInt64] {
    (0..<count).map { driver.add(Self.header(0, UInt64($0)), writable: 513) }
  }

  @Test func `by the machine's clock each is over at a time that depends on the requests alone`() throws {
    let driver = try driver()
    _ = askFor(3, driver)
    driver.kick()
    var times: [Int64] = []
    for _ in 0..<60 {
      driver.desk.wait(1_000)
      times += driver.used().map { _ in driver.desk.now }
    }
    // Each takes 10 us and what its 512 bytes take.
    #expect(times == [11_000, 21_000, 31_000])
    #expect(driver.desk.rises("irq") == 1)
  }

  @Test func `a long one goes through in parts`() throws {
    let large = MemoryDisk(size: 8 << 20, kept: 8 << 20) { UInt8(truncatingIfNeeded: $0 >> 16) }
    for isAtOnce in [false, true] {
      let driver = try driver(disk: large)
      if isAtOnce { driver.desk.clock.waitsForHost = false }
      let target = driver.add(Self.header(0, 2), writable: (5 << 20) + 1)
      driver.kick()
      driver.desk.wait(1_000_000)
      #expect(driver.used().map { Int($0.written) } == [(5 << 20) + 1])
      #expect(driver.memory.bytes(target, count: 5 << 20) == Array(large.bytes[1024..<1024 + 5 << 20]))
      #expect(driver.memory.bytes(target + 5 << 20, count: 1) == [0])
    }
  }

  /// A driver of a disk whose thread waits until it is let go on.
  private func held() throws -> (VirtioDriver<VirtioBlock>, DispatchSemaphore) {
    let gate = DispatchSemaphore(value: 0)
    disk.queue = DiskQueue()
    disk.onRequest = { gate.wait() }
    let driver = try driver()
    driver.desk.clock.waitsForHost = false
    return (driver, gate)
  }

  @Test func `by the disk's thread the guest goes on meanwhile, and gets them in their order`() throws {
    let (driver, gate) = try held()
    let places = askFor(3, driver)
    driver.kick()
    driver.desk.wait(1_000_000_000)
    #expect(driver.used().isEmpty && !driver.desk.level("irq"))
    for (number, place) in places.enumerated() {
      driver.memory.store([0xee], at: place + 512)
      gate.signal()
      while driver.memory.bytes(place + 512, count: 1) == [0xee] { driver.desk.clock.runDue() }
      #expect(driver.memory.bytes(place, count: 513) == [UInt8](repeating: UInt8(number), count: 512) + [0])
      #expect(driver.used().count == 1)
    }
    #expect(driver.desk.level("irq"))
  }

  @Test func `after a reset nothing of what was under way is written into the guest's memory`() throws {
    let (driver, gate) = try held()
    let places = askFor(3, driver)
    driver.kick()
    let before = driver.memory.bytes(0, count: driver.ram.size)
    // They are done, and it waits for that; nobody has asked for them any more.
    for _ in places { gate.signal() }
    driver.write(0, 0x70)
    driver.desk.clock.runDue()
    #expect(driver.memory.bytes(0, count: driver.ram.size) == before)
    #expect(!driver.desk.level("irq"))
    driver.start()
    gate.signal()
    let target = driver.add(Self.header(0, 9), writable: 513)
    driver.kick()
    disk.queue?.drain()
    driver.desk.clock.runDue()
    #expect(driver.used().count == 1 && driver.memory.bytes(target, count: 1) == [9])
  }

  @Test func `what was under way when the machine was saved is done where it goes on`() throws {
    for isHeld in [false, true] {
      let (driver, gate) = try held()
      let places = askFor(3, driver)
      driver.kick()
      var random = SplitMix64(seed: 4)
      for _ in places { gate.signal() }
      disk.queue?.drain()
      // Done, and not given back.
      try driver.move(&random)
      driver.desk.clock.waitsForHost = isHeld
      for _ in places { gate.signal() }
      driver.desk.wait(1_000_000)
      disk.queue?.drain()
      driver.desk.clock.runDue()
      #expect(driver.used().count == 3, "\(isHeld)")
      for (number, place) in places.enumerated() {
        #expect(driver.memory.bytes(place, count: 513) == [UInt8](repeating: UInt8(number), count: 512) + [0])
      }
    }
  }

  /// Serves the bell until `count` requests of `queue` were given back.
  private func collect(_ count: Int, _ driver: VirtioDriver<VirtioBlock>, queue: Int = 0) -> Bool {
    var left = count
    let end = ContinuousClock.now + .seconds(20)
    while left > 0, ContinuousClock.now < end {
      driver.desk.wait(100_000)
      driver.desk.clock.runDue()
      left -= driver.used(queue).count
      sched_yield()
    }
    return left == 0
  }

  @Test func `more than may be under way waits, also behind one too long for a buffer, and each comes`() throws {
    for isThreaded in [false, true] {
      let large = MemoryDisk(size: 32 << 20, kept: 0)
      if isThreaded { large.queue = DiskQueue() }
      let driver = try driver(disk: large)
      driver.desk.clock.waitsForHost = false
      let room = 3 << 20
      let target = driver.room(5 << 20)
      // Ten of 3 MiB do not fit the window; one of 5 MiB fits no buffer.
      for number in 0..<12 {
        let count = number == 4 || number == 11 ? 5 << 20 : room
        driver.add([
          .init(driver.room(16, Self.header(0)), 16), .init(target, count, writable: true),
          .init(driver.room(1), 1, writable: true),
        ])
      }
      driver.kick()
      #expect(collect(12, driver), "\(isThreaded)")
      #expect(driver.device.state.transport.waiting == 0)
    }
  }

  @Test func `a queue that comes while another has all the room has its turn, and after a load, too`() throws {
    let large = MemoryDisk(size: 32 << 20, kept: 0)
    let gate = DispatchSemaphore(value: 0)
    large.queue = DiskQueue()
    large.onRequest = { gate.wait() }
    let driver = try driver(["num-queues": "2"], disk: large)
    driver.desk.clock.waitsForHost = false
    let target = driver.room(4 << 20)
    func ask(_ queue: Int, _ count: Int) {
      for _ in 0..<count {
        driver.add(
          [
            .init(driver.room(16, Self.header(0)), 16), .init(target, 4 << 20, writable: true),
            .init(driver.room(1), 1, writable: true),
          ], to: queue)
      }
      driver.kick(queue)
    }
    ask(0, 6)
    ask(1, 2)
    #expect(driver.device.state.transport.waiting == 3)
    for _ in 0..<32 { gate.signal() }
    large.queue?.drain()
    var random = SplitMix64(seed: 1)
    try driver.move(&random)
    driver.desk.clock.waitsForHost = false
    #expect(collect(6, driver) && collect(2, driver, queue: 1))
  }

  @Test func `a driver that never waits has no more under way than its queue has descriptors`() throws {
    let (driver, gate) = try held()
    driver.add(Self.header(4), writable: 1)
    // The same one again and again, while the first is under way.
    for _ in 0..<20 {
      for _ in 0..<30 { driver.expose(0) }
      driver.kick()
    }
    #expect(driver.device.work.transfers[0].count == 64)
    for _ in 0..<64 { gate.signal() }
  }
}
