import DeviceAudit
import DeviceModel
import SavedState
import Testing
import VirtioSample

@testable import Virtio

/// The network device (Virtual I/O Device 1.2, 5.1).
struct VirtioNetTests {
  private static let own: [UInt8] = [0x52, 0x54, 0, 0x12, 0x34, 0x56]
  private static let other: [UInt8] = [2, 0, 0, 0, 0, 1]
  private static let everyone = [UInt8](repeating: 0xff, count: 6)
  private let cable = CableEnd(waits: true)

  private func driver(
    _ features: UInt64 = .max, parameters: [String: String] = [:], size: UInt16 = 64
  ) throws -> VirtioDriver<VirtioNet> {
    let driver = try VirtioDriver<VirtioNet>(parameters: parameters, backends: ["netdev": cable])
    driver.start(features, size: size)
    return driver
  }

  private static func frame(to address: [UInt8] = own, count: Int = 60, type: [UInt8] = [8, 0]) -> [UInt8] {
    address + other + type + (0..<count - 14).map { UInt8(truncatingIfNeeded: $0) }
  }

  private static func cable() -> [String: any HostSide] { ["netdev": CableEnd(waits: true)] }

  /// What has come into the buffers that `targets` are at, with their headers.
  private func received(_ driver: VirtioDriver<VirtioNet>, _ targets: [UInt64], queue: Int = 0) -> [[UInt8]] {
    zip(driver.used(queue), targets).map { driver.memory.bytes($1, count: Int($0.written)) }
  }

  /// Sends a frame behind `header`.
  private func send(_ driver: VirtioDriver<VirtioNet>, _ frame: [UInt8], header: NetHeader = NetHeader()) {
    driver.add(header.bytes(12) + frame, to: 1)
    driver.kick(1)
  }

  /// What the device answers to a command.
  private func command(_ driver: VirtioDriver<VirtioNet>, _ bytes: [UInt8], queue: Int = 2) -> UInt8? {
    driver.ask(bytes, writable: 1, of: queue).first
  }

  // MARK: Tables

  @Test func `tables and registers describe it whole`() {
    #expect(audit(Desk<VirtioNet>(backends: ["netdev": cable]).device) == [])
  }

  @Test func `its schema is the one on record`() throws {
    #expect(VirtioNet.State.table.schema == (try golden("virtio-net-device")))
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func `moved at random moments it behaves as its twin`(seed: UInt64) {
    #expect(auditMoves(of: VirtioNet.self, seed: seed) == [])
  }

  @Test func `random accesses leave it in a state that loads`() {
    #expect(auditStorm(of: VirtioNet.self, accesses: 100_000) == [])
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `moved at random moments under a hostile driver it does as its twin`(seed: UInt64) throws {
    #expect(
      try auditQueues(
        of: VirtioNet.self, seed: seed, parameters: ["mq": "on"],
        backends: Self.cable, request: HostileRequests.net
      ) { _ = $0.receive(HostileRequests.netFrame(&$1)) } == [])
  }

  // MARK: Frames

  @Test(arguments: ["off", "on"]) func `frames go out and come in whole`(packed: String) throws {
    let driver = try driver(parameters: ["packed": packed])
    let frames = [Self.frame(), Self.frame(count: 1514), Self.frame(count: 61)]
    for frame in frames { send(driver, frame) }
    #expect(cable.sent == frames)
    #expect(driver.used(1).count == 3 && driver.takeInterrupt() == 1)
    let targets = (0..<4).map { _ in driver.add([], writable: 1526, to: 0) }
    for frame in frames { cable.give(frame) }
    let got = received(driver, targets)
    #expect(got.map { Array($0.dropFirst(12)) } == frames)
    #expect(got.allSatisfy { Array($0.prefix(12)) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0] })
    #expect(driver.takeInterrupt() == 1)
  }

  @Test func `a frame takes as many buffers as it needs, all of them or none`() throws {
    let driver = try driver()
    let targets = (0..<3).map { _ in driver.add([], writable: 512, to: 0) }
    cable.give(Self.frame(count: 1514))
    driver.kick(0)
    let got = received(driver, targets)
    #expect(got.map(\.count) == [512, 512, 502])
    #expect(Array(got.joined().dropFirst(12)) == Self.frame(count: 1514))
    #expect(got[0][10] == 3)
    let more = (0..<2).map { _ in driver.add([], writable: 512, to: 0) }
    cable.give(Self.frame(count: 1514))
    #expect(driver.used(0).isEmpty && cable.waiting.count == 1)
    let last = driver.add([], writable: 512, to: 0)
    driver.kick(0)
    #expect(received(driver, more + [last]).map(\.count) == [512, 512, 502])
    #expect(cable.waiting.isEmpty)
  }

  @Test func `a frame that no single buffer holds is lost where buffers are not merged`() throws {
    let driver = try driver(~NetFeature.mergeable)
    let targets = (0..<2).map { _ in driver.add([], writable: 1526, to: 0) }
    cable.give(Self.frame(count: 4000))
    #expect(driver.used(0).isEmpty && cable.waiting.isEmpty && !driver.isBroken)
    cable.give(Self.frame(count: 1514))
    #expect(received(driver, targets).map(\.count) == [1526])
  }

  @Test func `a frame that all buffers together do not hold is lost, and the next comes`() throws {
    let driver = try driver(size: 8)
    let targets = (0..<8).map { _ in driver.add([], writable: 100, to: 0) }
    cable.give(Self.frame(count: 1514))
    #expect(driver.used(0).isEmpty && cable.waiting.isEmpty && !driver.isBroken)
    cable.give(Self.frame(count: 60))
    #expect(received(driver, targets).map(\.count) == [72])
  }

  @Test func `frames wait at the cable for buffers, also over a move`() throws {
    let driver = try driver()
    for count in 60..<64 { cable.give(Self.frame(count: count)) }
    #expect(cable.waiting.count == 4)
    var random = SplitMix64(seed: 5)
    try driver.move(&random)
    let targets = (0..<4).map { _ in driver.add([], writable: 100, to: 0) }
    driver.kick(0)
    #expect(received(driver, targets).map(\.count) == [72, 73, 74, 75])
  }

  @Test func `a driver that is not there loses frames`() throws {
    let driver = try VirtioDriver<VirtioNet>(backends: ["netdev": cable])
    cable.give(Self.frame())
    #expect(cable.waiting.isEmpty)
    driver.start()
    #expect(driver.used(0).isEmpty)
  }

  @Test func `the legacy interface has a shorter header and sets the address by writing it`() throws {
    let driver = try VirtioDriver<VirtioNet>(
      parameters: ["force-legacy": "on", "mrg_rxbuf": "off"], backends: ["netdev": cable])
    driver.write(4096, 0x28)
    driver.write(0, 0x70)
    driver.write(3, 0x70)
    driver.write(1, 0x30)
    driver.write(8, 0x38)
    driver.write(4096, 0x3c)
    driver.write(0x20, 0x40)
    driver.write(7, 0x70)
    driver.memory.store([UInt8](repeating: 0, count: 10) + Self.frame(), at: 0x30_0000)
    driver.memory.write(0x30_0000, 0x2_0000, width: 8)
    driver.memory.write(70, 0x2_0008, width: 8)
    driver.memory.write(1, 0x2_0082, width: 2)
    driver.kick(1)
    #expect(cable.sent == [Self.frame()])
    for index in 0..<6 as Range<UInt64> { driver.desk.write(UInt8(2 * index), 0x100 + index) }
    #expect(driver.read(0x100) == 0x0604_0200)
  }

  // MARK: Checksums

  @Test func `a checksum that the driver leaves to the device is completed`() throws {
    let driver = try driver()
    // UDP from 10.0.2.15:1000 to 10.0.2.2:2000 with four bytes; RFC 768's sum by hand.
    var frame = Self.own + Self.other + [8, 0, 0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0]
    frame += [10, 0, 2, 15, 10, 0, 2, 2] + [0x03, 0xe8, 0x07, 0xd0, 0, 12]
    // The pseudo header: addresses, protocol, length.
    let pseudo: UInt32 = 0x0a00 + 0x020f + 0x0a00 + 0x0202 + 17 + 12
    frame += [UInt8(pseudo >> 8), UInt8(pseudo & 0xff), 1, 2, 3, 4]
    var header = NetHeader()
    header.flags = NetHeader.Flag.needsChecksum
    header.checksumStart = 34
    header.checksumOffset = 6
    send(driver, frame, header: header)
    let sum: UInt32 = pseudo + 0x03e8 + 0x07d0 + 12 + 0x0102 + 0x0304
    let wanted = ~UInt16(truncatingIfNeeded: sum)
    #expect(sum < 0x10000)
    #expect(Array(cable.sent[0][40..<42]) == [UInt8(wanted >> 8), UInt8(wanted & 0xff)])
    header.checksumStart = 73
    send(driver, frame, header: header)
    #expect(cable.sent.count == 1 && driver.used(1).count == 2 && !driver.isBroken)
  }

  @Test func `the sum does not depend on how the bytes are cut, and zero is all ones`() {
    let bytes = (0..<1001).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let plain = bytes.enumerated().reduce(0 as UInt64) { $0 + UInt64($1.element) << ($1.offset & 1 == 0 ? 8 : 0) }
    for count in [0, 1, 2, 3, 4, 5, 7, 1000, 1001] {
      let want = bytes[..<count].enumerated().reduce(0 as UInt64) {
        $0 + UInt64($1.element) << ($1.offset & 1 == 0 ? 8 : 0)
      }
      #expect(InternetChecksum.fold(InternetChecksum.sum(bytes, 0..<count)) == InternetChecksum.fold(want))
    }
    #expect(InternetChecksum.fold(plain) == InternetChecksum.fold(InternetChecksum.sum(bytes, 0..<1001)))
    var frame: [UInt8] = [0xff, 0xff, 0, 0]
    #expect(InternetChecksum.complete(&frame, start: 0, offset: 2))
    #expect(frame == [0xff, 0xff, 0xff, 0xff])
  }

  // MARK: Segments

  /// A frame of TCP over IPv4 with `count` bytes, from sequence number 0xfffffff0 on.
  private static func segment(_ count: Int) -> [UInt8] {
    var frame = own + other + [8, 0, 0x45, 0, 0, 0, 0xff, 0xff, 0x40, 0, 64, 6, 0, 0, 10, 0, 2, 15, 10, 0, 2, 2]
    frame += [4, 0, 0, 80, 0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 1, 0x50, 0x99, 1, 0, 0, 0, 0, 0]
    return frame + (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
  }

  private static func header(size: UInt16) -> NetHeader {
    var header = NetHeader()
    (header.flags, header.segmentation) = (NetHeader.Flag.needsChecksum, NetHeader.Segmentation.tcp4)
    (header.segmentSize, header.checksumStart, header.checksumOffset) = (size, 34, 16)
    return header
  }

  @Test func `a long frame of TCP is cut into segments with headers and checksums of their own`() throws {
    let driver = try driver()
    let frame = Self.segment(3000)
    send(driver, frame, header: Self.header(size: 1400))
    #expect(cable.sent.map(\.count) == [1454, 1454, 254])
    #expect(Array(cable.sent.map { $0[54...] }.joined()) == Array(frame[54...]))
    #expect(
      cable.sent.map { Array($0[38..<42]) } == [[0xff, 0xff, 0xff, 0xf0], [0, 0, 5, 0x68], [0, 0, 0x0a, 0xe0]])
    #expect(cable.sent.map { Array($0[18..<20]) } == [[0xff, 0xff], [0, 0], [0, 1]])
    // FIN and PSH at the end, CWR at the beginning, ACK everywhere.
    #expect(cable.sent.map { $0[47] } == [0x90, 0x10, 0x19])
    for part in cable.sent {
      #expect(InternetChecksum.fold(InternetChecksum.sum(part, 14..<34)) == 0)
      let pseudo = InternetChecksum.sum(part, 26..<34) + 6 + UInt64(part.count - 34)
      #expect(InternetChecksum.fold(pseudo + InternetChecksum.sum(part, 34..<part.count)) == 0)
      #expect(Int(part[16]) << 8 | Int(part[17]) == part.count - 14)
    }
  }

  @Test func `a frame that cannot be cut is not sent`() throws {
    let driver = try driver()
    for change in [
      { $0.segmentSize = 0 }, { $0.checksumStart = 30 }, { $0.checksumStart = 3000 }, { $0.flags = 0 },
      { $0.segmentation = 4 }, { $0.checksumOffset = 6 }, { $0.segmentSize = 1 },
    ] as [(inout NetHeader) -> Void] {
      var header = Self.header(size: 1400)
      change(&header)
      send(driver, Self.segment(3000), header: header)
    }
    let plain = try self.driver(~NetFeature.hostTCP4)
    send(plain, Self.segment(3000), header: Self.header(size: 1400))
    #expect(cable.sent.isEmpty && !driver.isBroken)
  }

  @Test func `several segments come as one frame that says what they were`() throws {
    let driver = try driver()
    #expect(driver.device.segmentLimit > 60000)
    let target = driver.add([], writable: 8192, to: 0)
    let frame = Self.segment(3000)
    #expect(driver.device.receive(frame, segments: 1400))
    let got = received(driver, [target])[0]
    #expect(Array(got[..<12]) == [1, 1, 54, 0, 0x78, 5, 34, 0, 16, 0, 1, 0])
    #expect(Array(got[12...]) == frame)
    #expect(try self.driver(~NetFeature.guestTCP4).device.segmentLimit == 0)
  }

  // MARK: Commands

  @Test func `the filter lets through what the driver wants, and nothing else`() throws {
    let driver = try driver()
    func arrives(_ address: [UInt8], type: [UInt8] = [8, 0]) -> Bool {
      driver.add([], writable: 200, to: 0)
      cable.give(Self.frame(to: address, type: type))
      return !driver.used(0).isEmpty
    }
    let group: [UInt8] = [0x33, 0x33, 0, 0, 0, 1]
    #expect(arrives(Self.other) && arrives(group), "without a filter all frames are let through")
    #expect(command(driver, [0, 0, 0]) == 0)
    #expect(arrives(Self.own) && arrives(Self.everyone))
    #expect(!arrives(Self.other) && !arrives(group))
    #expect(command(driver, [0, 1, 1]) == 0 && arrives(group) && !arrives(Self.other))
    #expect(command(driver, [0, 1, 0]) == 0 && command(driver, [0, 2, 1]) == 0)
    #expect(!arrives(group) && arrives(Self.other))
    #expect(command(driver, [0, 2, 0]) == 0)
    #expect(command(driver, [1, 0, 1, 0, 0, 0] + Self.other + [1, 0, 0, 0] + group) == 0)
    #expect(arrives(group) && arrives(Self.other) && !arrives([0x33, 0x33, 0, 0, 0, 2]))
    #expect(command(driver, [0, 5, 1]) == 0 && !arrives(Self.everyone))
    #expect(command(driver, [0, 4, 1]) == 0 && !arrives(Self.own))
    #expect(command(driver, [0, 3, 1]) == 0 && !arrives(group))
    #expect(command(driver, [0, 6, 1]) == 1 && command(driver, [9, 0, 1]) == 1)
    #expect(command(driver, [1, 0, 2, 0, 0, 0] + Self.other) == 1, "a table that is shorter than it says")
  }

  @Test func `of a table that is too long all are let through`() throws {
    let driver = try driver()
    #expect(command(driver, [0, 0, 0]) == 0)
    let table = [UInt8](repeating: 4, count: 6 * 65)
    #expect(command(driver, [1, 0, 65, 0, 0, 0] + table + [0, 0, 0, 0]) == 0)
    driver.add([], writable: 200, to: 0)
    cable.give(Self.frame(to: Self.other))
    #expect(driver.used(0).count == 1)
  }

  @Test func `VLANs are let through that the driver has added`() throws {
    let driver = try driver()
    func arrives(_ vlan: [UInt8]) -> Bool {
      driver.add([], writable: 200, to: 0)
      cable.give(Self.frame(type: [0x81, 0] + vlan))
      return !driver.used(0).isEmpty
    }
    #expect(!arrives([0x20, 5]))
    #expect(command(driver, [2, 0, 5, 0]) == 0 && arrives([0x20, 5]) && !arrives([0, 6]))
    #expect(command(driver, [2, 1, 5, 0]) == 0 && !arrives([0x20, 5]))
    #expect(command(driver, [2, 0, 0, 0x10]) == 1)
  }

  @Test func `the driver sets the address, until the next reset`() throws {
    let driver = try driver()
    #expect(command(driver, [1, 1] + Self.other) == 0)
    #expect(driver.read(0x100) == 0x0000_0002)
    driver.start()
    #expect(driver.read(0x100) == 0x1200_5452)
  }

  @Test func `with several pairs of queues flows are spread over those that are used`() throws {
    let driver = try driver(parameters: ["mq": "on"])
    #expect(driver.read(0x108) & 0xffff == 4)
    #expect(command(driver, [4, 0, 4, 0], queue: 8) == 0)
    #expect(command(driver, [4, 0, 5, 0], queue: 8) == 1)
    for queue in [0, 2, 4, 6] { for _ in 0..<32 { driver.add([], writable: 200, to: queue) } }
    for flow in 0..<32 as Range<UInt8> {
      var frame = Self.frame()
      frame[37] = flow
      cable.give(frame)
    }
    let counts = [0, 2, 4, 6].map { driver.used($0).count }
    #expect(counts.reduce(0, +) == 32 && counts.allSatisfy { $0 > 0 })
    driver.add(NetHeader().bytes(12) + Self.frame(), to: 7)
    driver.kick(7)
    #expect(cable.sent.count == 1)
  }

  // MARK: Link, MTU, announcement

  @Test func `the driver sees the cable pulled and plugged in`() throws {
    let driver = try driver()
    #expect(driver.read(0x104) >> 16 & 1 == 1)
    cable.isLinkUp = false
    #expect(driver.read(0x104) >> 16 & 1 == 0 && driver.takeInterrupt() == 2)
    cable.isLinkUp = true
    #expect(driver.read(0x104) >> 16 & 1 == 1 && driver.takeInterrupt() == 2)
  }

  @Test func `after a move the driver is asked to tell its neighbours, once`() throws {
    let driver = try driver()
    driver.device.machineHasMoved()
    #expect(driver.read(0x104) >> 16 & 3 == 3 && driver.takeInterrupt() == 2)
    #expect(command(driver, [3, 0]) == 0)
    #expect(driver.read(0x104) >> 16 & 3 == 1)
    let plain = try self.driver(~NetFeature.announce)
    plain.device.machineHasMoved()
    #expect(plain.takeInterrupt() == 0)
  }

  @Test func `what the board says of it is what the driver sees`() throws {
    let driver = try driver(parameters: ["host_mtu": "9000", "mac": "02:00:00:00:00:07", "ctrl_vq": "off"])
    #expect(driver.offered & (NetFeature.mtu | NetFeature.control | NetFeature.queues) == NetFeature.mtu)
    #expect(driver.read(0x100) == 0x0000_0002 && driver.read(0x104) & 0xffff == 0x0700)
    #expect(driver.desk.device.busRead(0x10a, width: 2, region: 0) == 9000)
  }

  // MARK: What a driver must not do

  @Test func `a driver that breaks the rules is found out`() throws {
    var driver = try driver()
    driver.add([1, 2, 3], to: 1)
    driver.kick(1)
    #expect(driver.isBroken, "a frame without a header")
    driver = try self.driver()
    driver.add([], writable: 5, to: 0)
    cable.give(Self.frame())
    #expect(driver.isBroken, "a buffer without room for the header")
    driver = try self.driver()
    driver.add([0], writable: 1, to: 2)
    driver.kick(2)
    #expect(driver.isBroken, "half a command")
  }

  @Test func `frames that cannot be are given back and not sent`() throws {
    let driver = try driver()
    let long = driver.room(1 << 20)
    driver.add([.init(long, 1 << 20)], to: 1)
    driver.kick(1)
    var header = NetHeader()
    header.segmentation = 3
    send(driver, Self.frame(), header: header)
    #expect(cable.sent.isEmpty && driver.used(1).count == 2 && !driver.isBroken)
  }
}
