import DeviceAudit
import DeviceModel
import SavedState
import Testing
import VirtioSample

@testable import Virtio

/// Consoles and ports (Virtual I/O Device 1.2, 5.3).
struct VirtioSerialTests {
  private let ends = [WireEnd(), WireEnd()]
  private static let parameters = ["kind0": "console", "kind2": "port", "name2": "org.example.x"]

  private func driver() throws -> VirtioDriver<VirtioSerial> {
    let driver = try VirtioDriver<VirtioSerial>(
      parameters: Self.parameters, backends: ["chardev0": ends[0], "chardev2": ends[1]])
    driver.start()
    return driver
  }

  private func audited() -> Desk<VirtioSerial> { Desk(parameters: Self.parameters) }

  @Test func `tables and registers describe it whole`() { #expect(audit(audited().device) == []) }

  @Test func `its schema is the one on record`() throws {
    #expect(VirtioSerial.State.table.schema == (try golden("virtio-serial-device")))
  }

  @Test func `a million random accesses leave it in a state that loads`() {
    #expect(auditStorm(of: VirtioSerial.self, accesses: 100_000) == [])
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `moved at random moments under a hostile driver it does as its twin`(seed: UInt64) throws {
    #expect(
      try auditQueues(
        of: VirtioSerial.self, seed: seed, parameters: Self.parameters, request: HostileRequests.serial) == [])
  }

  /// The messages that the device has sent, as port, event, value and text.
  private func messages(_ driver: VirtioDriver<VirtioSerial>, _ targets: [UInt64]) -> [[UInt8]] {
    zip(driver.used(2), targets).map { driver.memory.bytes($1, count: Int($0.written)) }
  }

  private func say(_ driver: VirtioDriver<VirtioSerial>, _ port: UInt8, _ event: UInt8, _ value: UInt8) {
    driver.add([port, 0, 0, 0, event, 0, value, 0], to: 3)
    driver.kick(3)
  }

  @Test func `ports are announced, named and opened`() throws {
    let driver = try driver()
    #expect(driver.read(0x104) == 8)
    let targets = (0..<16).map { _ in driver.add([], writable: 64, to: 2) }
    driver.kick(2)
    say(driver, 0xff, 0, 1)
    say(driver, 0, 3, 1)
    say(driver, 2, 3, 1)
    #expect(
      messages(driver, targets) == [
        [0, 0, 0, 0, 1, 0, 1, 0], [2, 0, 0, 0, 1, 0, 1, 0], [0, 0, 0, 0, 4, 0, 1, 0], [0, 0, 0, 0, 6, 0, 1, 0],
        [2, 0, 0, 0, 7, 0, 1, 0] + Array("org.example.x".utf8), [2, 0, 0, 0, 6, 0, 1, 0],
      ])
    #expect(driver.device.state.ports[2].isReady && !driver.device.state.ports[2].isOpen)
  }

  @Test func `what the guest prints gets to the port's end`() throws {
    let driver = try driver()
    driver.add(Array("hello".utf8), to: 1)
    driver.kick(1)
    driver.add(Array("other".utf8), to: 7)
    driver.kick(7)
    #expect(ends[0].sent == Array("hello".utf8) && ends[1].sent == Array("other".utf8))
    driver.write(0x21, 0x108)
    #expect(ends[0].sent.last == 0x21, "in an emergency, too")
  }

  @Test func `what is typed gets to the guest, to a port only when it is open`() throws {
    let driver = try driver()
    let console = driver.add([], writable: 8, to: 0)
    let port = driver.add([], writable: 8, to: 6)
    ends[0].type(Array("abc".utf8))
    ends[1].type(Array("xyz".utf8))
    #expect(driver.used(0).map(\.written) == [3])
    #expect(driver.memory.bytes(console, count: 3) == Array("abc".utf8))
    #expect(driver.used(6) == [])
    say(driver, 2, 6, 1)
    #expect(driver.used(6).map(\.written) == [3])
    #expect(driver.memory.bytes(port, count: 3) == Array("xyz".utf8))
    ends[0].type(Array("more".utf8))
    #expect(ends[0].waiting.count == 4, "without a buffer it waits at the host")
    driver.add([], writable: 3, to: 0)
    driver.kick(0)
    #expect(ends[0].waiting.count == 1)
  }

  @Test func `messages wait for buffers, also on a move`() throws {
    let driver = try driver()
    say(driver, 0xff, 0, 1)
    var random = SplitMix64(seed: 1)
    try driver.move(&random)
    let targets = (0..<4).map { _ in driver.add([], writable: 64, to: 2) }
    driver.kick(2)
    #expect(messages(driver, targets).map(\.[0]) == [0, 2])
  }

  @Test func `a driver that knows of one port has that`() throws {
    let driver = try VirtioDriver<VirtioSerial>(parameters: Self.parameters, backends: ["chardev0": ends[0]])
    driver.start(~(1 << 1))
    driver.add(Array("x".utf8), to: 1)
    driver.kick(1)
    #expect(ends[0].sent == Array("x".utf8))
  }
}
