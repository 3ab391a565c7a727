import DeviceAudit
import DeviceModel
import SavedState
import Testing
import VirtioSample

@testable import Virtio

/// Keyboard, mouse and tablet (Virtual I/O Device 1.2, 5.8).
struct VirtioInputTests {
  private static func faults<D: VirtioDevice>(_: D.Type) throws -> [String] {
    var faults = audit(Desk<D>().device)
    faults += auditMoves(of: D.self)
    faults += auditStorm(of: D.self, accesses: 100_000)
    if D.State.table.schema != (try golden(D.model.name)) { faults.append("the schema is another") }
    return faults
  }

  @Test func `tables, registers, moves and storms`() throws {
    #expect(try Self.faults(VirtioKeyboard.self) == [])
    #expect(try Self.faults(VirtioMouse.self) == [])
    #expect(try Self.faults(VirtioTablet.self) == [])
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `moved at random moments under a hostile driver they do as their twins`(seed: UInt64) throws {
    #expect(
      try auditQueues(of: VirtioKeyboard.self, seed: seed, request: HostileRequests.input) {
        $0.key(UInt16($1.next() % 90), down: $1.next() & 1 == 0)
      } == [])
    #expect(
      try auditQueues(of: VirtioTablet.self, seed: seed, request: HostileRequests.input) {
        $0.point(PointerPlace(x: Int($1.next() % 40000), y: 7), dz: 1, buttons: UInt8($1.next() & 31))
      } == [])
  }

  /// What the configuration space shows for a selection.
  private func show<D: VirtioDevice>(_ driver: VirtioDriver<D>, _ select: UInt8, _ subselect: UInt8 = 0) -> [UInt8] {
    driver.desk.device.busWrite(UInt64(select), 0x100, width: 1, region: 0)
    driver.desk.device.busWrite(UInt64(subselect), 0x101, width: 1, region: 0)
    let count = driver.desk.device.busRead(0x102, width: 1, region: 0)
    return (0..<count).map { UInt8(truncatingIfNeeded: driver.desk.device.busRead(0x108 + $0, width: 1, region: 0)) }
  }

  /// The events that the device has sent, with buffers for as many more.
  private func events<D: VirtioDevice>(_ driver: VirtioDriver<D>, _ targets: inout [UInt64]) -> [InputEvent?] {
    let found = driver.used()
    defer { targets.removeFirst(found.count) }
    return targets.prefix(found.count).map { at in
      let word = driver.memory.read(at, width: 8)
      return InputEvent.Kind(rawValue: UInt16(truncatingIfNeeded: word)).map {
        InputEvent($0, UInt16(truncatingIfNeeded: word >> 16), Int32(truncatingIfNeeded: word >> 32))
      }
    }
  }

  private func buffers<D: VirtioDevice>(_ driver: VirtioDriver<D>, _ count: Int = 32) -> [UInt64] {
    (0..<count).map { _ in driver.add([], writable: 8) }
  }

  @Test func `they say what they are`() throws {
    let keyboard = try VirtioDriver<VirtioKeyboard>()
    #expect(keyboard.read(0x8) == 18)
    #expect(show(keyboard, 1) == Array("Ferry virtio keyboard".utf8))
    #expect(show(keyboard, 3) == [6, 0, 0x27, 6, 1, 0, 1, 0])
    let keys = show(keyboard, 0x11, 1)
    #expect(keys.count == 18 && keys[0] == 0xfe && keys[143 / 8] & 0x80 != 0)
    #expect(show(keyboard, 0x11, 17) == [7])
    #expect(show(keyboard, 0x11, 2) == [])
    #expect(show(keyboard, 0x10) == [])
    #expect(show(keyboard, 99) == [])
    let mouse = try VirtioDriver<VirtioMouse>()
    #expect(show(mouse, 0x11, 2) == [3, 1])
    #expect(show(mouse, 0x11, 1).last == 0x1f)
    #expect(show(mouse, 0x12, 0) == [])
    let tablet = try VirtioDriver<VirtioTablet>()
    #expect(show(tablet, 0x11, 3) == [3])
    #expect(show(tablet, 0x12, 1) == [0, 0, 0, 0, 0xff, 0x7f] + [UInt8](repeating: 0, count: 14))
    #expect(show(tablet, 0x12, 2) == [])
  }

  @Test func `keys go down and up`() throws {
    let driver = try VirtioDriver<VirtioKeyboard>()
    #expect(!driver.device.isKeyboard)
    driver.start()
    #expect(driver.device.isKeyboard)
    var targets = buffers(driver)
    driver.kick()
    driver.device.key(0x1e, down: true)
    #expect(driver.takeInterrupt() == 1)
    driver.device.key(0x1e, down: false)
    driver.device.key(0xe048, down: true)
    driver.device.key(0x7f, down: true)
    #expect(
      events(driver, &targets) == [
        InputEvent(.key, 30, 1), .end, InputEvent(.key, 30, 0), .end, InputEvent(.key, 103, 1), .end,
      ])
  }

  @Test func `the mouse moves, its wheel turns, its buttons go down once`() throws {
    let driver = try VirtioDriver<VirtioMouse>()
    driver.start()
    var targets = buffers(driver)
    driver.device.move(dx: 3, dy: -4, dz: 1, buttons: 1)
    driver.device.move(dx: 0, dy: 0, dz: 0, buttons: 1)
    driver.device.move(dx: 0, dy: 0, dz: 0, buttons: 4)
    #expect(
      events(driver, &targets) == [
        InputEvent(.key, 0x110, 1), InputEvent(.relative, 0, 3), InputEvent(.relative, 1, -4),
        InputEvent(.relative, 8, -1), .end, InputEvent(.key, 0x110, 0), InputEvent(.key, 0x112, 1), .end,
      ])
  }

  @Test func `the tablet is where it is put`() throws {
    let driver = try VirtioDriver<VirtioTablet>()
    driver.start()
    var targets = buffers(driver)
    driver.device.point(PointerPlace(x: 100, y: 99_999), dz: 0, buttons: 2)
    #expect(
      events(driver, &targets) == [
        InputEvent(.absolute, 0, 100), InputEvent(.absolute, 1, 0x7fff), InputEvent(.key, 0x111, 1), .end,
      ])
    #expect(driver.device.isAbsolute)
  }

  @Test func `events wait for buffers, also on a move, and what is too much is lost as a whole`() throws {
    let driver = try VirtioDriver<VirtioKeyboard>()
    driver.start()
    for _ in 0..<40 { driver.device.key(2, down: true) }
    #expect(driver.used() == [])
    var random = SplitMix64(seed: 1)
    try driver.move(&random)
    var targets = buffers(driver, 64)
    driver.kick()
    let found = events(driver, &targets)
    #expect(found.count == 64)
    #expect(found.last == .end)
    driver.device.key(3, down: true)
    _ = buffers(driver, 2)
    driver.kick()
    #expect(driver.used().count == 2)
  }

  @Test func `lamps are lit and put out`() throws {
    let driver = try VirtioDriver<VirtioKeyboard>()
    driver.start()
    driver.add([17, 0, 1, 0, 1, 0, 0, 0], to: 1)
    driver.add([17, 0, 2, 0, 1, 0, 0, 0], to: 1)
    driver.add([17, 0, 1, 0, 0, 0, 0, 0], to: 1)
    driver.kick(1)
    #expect(driver.used(1).count == 3)
    #expect(driver.device.state.input.lamps == 4)
  }

  @Test func `nobody is told where nobody listens`() throws {
    let driver = try VirtioDriver<VirtioMouse>()
    driver.device.move(dx: 1, dy: 1, dz: 0, buttons: 0)
    driver.start()
    _ = buffers(driver)
    driver.kick()
    #expect(driver.used() == [])
  }
}
