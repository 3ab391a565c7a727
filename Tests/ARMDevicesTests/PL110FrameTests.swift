import DeviceAudit
import DeviceModel
import GuestMemory
import SavedState
import Testing

@testable import ARMDevices

@Suite struct `a PL110's frames` {
  let rig: PL110Rig
  var desk: Desk<PL110> { rig.desk }

  /// 800 dots and 525 lines at 25.175 MHz.
  static let line: Int64 = 800 * 1_000_000_000 / 25_175_000
  static let frame: Int64 = 800 * 525 * 1_000_000_000 / 25_175_000
  static let tft24: UInt32 = 0x2a

  init() throws { rig = try PL110Rig() }

  private func start(_ enable: UInt32, compare: UInt32 = 0) {
    desk.writeWord(enable, 0x18)
    rig.show(width: 640, lines: 480, control: Self.tft24 | compare << 12)
    desk.writeWord(0x1e, 0x20)
    desk.forget()
  }

  @Test func `it has the numbers of its kind`() {
    #expect(
      stride(from: 0xfe0, to: 0x1000, by: 4).map { desk.readWord($0) } == [
        0x10, 0x11, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1,
      ])
    #expect(desk.readWord(0x30) == 0)
    #expect(desk.readWord(0x400) == 0)
  }

  @Test func `interrupt enable is at 0x18 and control at 0x1c, or as on the Versatile`() throws {
    desk.writeWord(0x1e, 0x18)
    #expect(desk.readWord(0x18) == 0x1e)
    #expect(desk.readWord(0x1c) == 0)
    let versatile = try PL110Rig(["order": "versatile"]).desk
    versatile.writeWord(0xffff_ffff, 0x18)
    versatile.writeWord(0x04, 0x1c)
    #expect(versatile.readWord(0x18) == 0x1_bfff)
    #expect(versatile.device.state.enable == 0x04)
    #expect(versatile.device.state.control == 0x1_bfff)
  }

  @Test func `the next base interrupt comes once a frame at the programmed rate`() {
    start(0x04)
    for round in 1...3 {
      desk.turn(to: Self.frame * Int64(round) - 1)
      #expect(!desk.level("irq"))
      desk.wait(1)
      #expect(desk.level("irq"))
      #expect(desk.readWord(0x24) == 0x04)
      desk.writeWord(0x04, 0x20)
      #expect(!desk.level("irq"))
    }
    #expect(desk.rises("irq") == 3)
  }

  @Test func `a VGA's panel shows 59 whole frames in a second`() {
    start(0x04)
    while desk.now < 1_000_000_000 {
      desk.wait(1_000_000)
      if desk.level("irq") { desk.writeWord(0x04, 0x20) }
    }
    #expect(desk.rises("irq") == 59)
  }

  @Test(arguments: [(0, 0), (1, 2), (2, 34), (3, 514)] as [(UInt32, Int64)])
  func `the vertical compare comes in its place`(place: UInt32, lines: Int64) {
    start(0x08, compare: place)
    let due = Self.frame + 800 * lines * 1_000_000_000 / 25_175_000
    desk.turn(to: Self.frame - 1)
    desk.writeWord(0x08, 0x20)
    desk.turn(to: due - 1)
    #expect(!desk.level("irq"))
    desk.wait(1)
    #expect(desk.level("irq"))
    #expect(desk.readWord(0x24) == 0x08)
  }

  @Test func `a masked event is in the status all the same`() {
    start(0)
    desk.wait(Self.frame)
    #expect(desk.readWord(0x20) == 0x0c)
    #expect(desk.readWord(0x24) == 0)
    #expect(!desk.level("irq"))
    desk.writeWord(0x08, 0x18)
    #expect(desk.level("irq"))
    desk.writeWord(0x04, 0x20)
    #expect(desk.readWord(0x20) == 0x08)
  }

  @Test func `nobody who waits, no timer`() {
    start(0)
    #expect(desk.clock.nextDeadline == nil)
    desk.writeWord(0x04, 0x18)
    #expect(desk.clock.nextDeadline == Self.frame)
    desk.wait(Self.frame)
    #expect(desk.clock.nextDeadline == nil)
    desk.writeWord(0x04, 0x20)
    #expect(desk.clock.nextDeadline == 2 * Self.frame)
    desk.writeWord(0, 0x1c)
    #expect(desk.clock.nextDeadline == nil)
  }

  @Test(
    arguments: [
      // Divided by PCD + 2; bypassed; 32 * 2 + 3 + 2.
      (0x027f_0000, 2), (0x067f_0000, 1), (0x127f_0003, 69),
    ] as [(UInt32, Int64)])
  func `the panel clock is divided`(timing: UInt32, divider: Int64) {
    desk.writeWord(0x04, 0x18)
    rig.time(width: 640, lines: 480)
    desk.writeWord(timing, 0x08)
    desk.writeWord(Self.tft24 | 1, 0x1c)
    desk.writeWord(0x04, 0x20)
    #expect(desk.clock.nextDeadline == 800 * 525 * divider * 1_000_000_000 / 25_175_000)
  }

  @Test(arguments: [(0x20, 160), (0x10, 40), (0x50, 20), (0x00, 60)] as [(UInt32, Int64)])
  func `a line lasts as long as the panel needs for its dots`(control: UInt32, dots: Int64) {
    desk.writeWord(0x04, 0x18)
    rig.time(width: 160, lines: 480)
    desk.writeWord(1 << 26, 0x08)
    desk.writeWord(control | 1, 0x1c)
    desk.writeWord(0x04, 0x20)
    #expect(desk.clock.nextDeadline == (160 + dots) * 525 * 1_000_000_000 / 25_175_000)
  }

  @Test func `the panel clock is the board's`() throws {
    let rig = try PL110Rig(["clock": "50000000"])
    rig.desk.writeWord(0x04, 0x18)
    rig.show(width: 640, lines: 480, control: Self.tft24)
    rig.desk.writeWord(0x04, 0x20)
    #expect(rig.desk.clock.nextDeadline == Int64(8_400_000))
  }

  @Test func `a new base counts from the next frame on`() {
    start(0)
    #expect(desk.readWord(0x28) == 0x1080)
    desk.writeWord(0x10_0003, 0x10)
    #expect(desk.readWord(0x10) == 0x10_0000)
    #expect(desk.readWord(0x28) == 0x1080)
    desk.wait(Self.frame)
    #expect(desk.readWord(0x28) == 0x10_0080)
  }

  @Test func `the current address follows the beam in bursts`() {
    start(0)
    desk.turn(to: Self.line * 34)
    #expect(desk.readWord(0x28) == 0x1080)
    // In the middle of the second line with dots: 136 clocks of lead, then 320 dots.
    desk.turn(to: (800 * 35 + 136 + 320) * 1_000_000_000 / 25_175_000 + 1)
    #expect(desk.readWord(0x28) == 0x1080 + (640 + 320) * 4)
    desk.wait(7 * 1_000_000_000 / 25_175_000)
    #expect(desk.readWord(0x28) == 0x1080 + (640 + 324) * 4)
    desk.writeWord(Self.tft24 | 1 << 16 | 1, 0x1c)
    #expect(desk.readWord(0x28) == 0x1080 + (640 + 320) * 4)
    desk.turn(to: Self.frame - 1)
    #expect(desk.readWord(0x28) == 0x1000 + 640 * 480 * 4)
  }

  @Test func `the lower panel has a base and a current address of its own`() {
    rig.show(width: 32, lines: 16, control: 0x80, base: 0x1000, lower: 0x2000)
    #expect(desk.readWord(0x28) == 0x1040)
    #expect(desk.readWord(0x2c) == 0x2040)
  }

  @Test func `a wrong base is a bus error, and the FIFO runs dry`() {
    start(0x12)
    desk.writeWord(0x0040_0000, 0x10)
    desk.turn(to: Self.frame)
    #expect(desk.level("irq"))
    #expect(desk.readWord(0x24) == 0x10)
    desk.writeWord(0x02, 0x18)
    #expect(!desk.level("irq"))
    desk.turn(to: Self.frame + 800 * 34 * 1_000_000_000 / 25_175_000 - 1)
    #expect(!desk.level("irq"))
    desk.wait(1)
    #expect(desk.readWord(0x24) == 0x02)
    desk.writeWord(0x1000, 0x10)
    desk.writeWord(0x1e, 0x20)
    desk.turn(to: 2 * Self.frame)
    #expect(desk.readWord(0x20) & 0x16 == 0x04)
  }

  @Test(arguments: [0x003f_f000, 0xffff_f000, 0x8010_0000, 0x800f_f000] as [UInt32])
  func `a frame that leaves memory is a bus error`(base: UInt32) {
    rig.show(width: 640, lines: 480, control: Self.tft24, base: base)
    #expect(desk.readWord(0x20) & 0x10 != 0)
    #expect(rig.dots().allSatisfy { $0 == 0 })
  }

  @Test func `years without a look take no time`() {
    start(0x04)
    rig.desk.writeWord(0, 0x00)
    rig.desk.writeWord(0, 0x04)
    desk.jump(to: 1 << 60)
    #expect(desk.readWord(0x20) & 0x1c == 0x0c)
    #expect(desk.device.state.frameStart <= 1 << 60)
    #expect((1 << 60) - desk.device.state.frameStart < 60_000)
  }

  @Test func `after a load the frame interrupt comes when it would have come`() throws {
    start(0x04)
    desk.wait(Self.frame / 3)
    let other = try PL110Rig()
    other.desk.turn(to: desk.now)
    let device = other.desk.device
    device.state = try PL110.State.table.load(PL110.State.table.save(desk.device.state), over: device.state)
    device.settle()
    for round in 1...5 {
      other.desk.turn(to: Self.frame * Int64(round) - 1)
      #expect(!other.desk.level("irq"))
      other.desk.wait(1)
      #expect(other.desk.level("irq"))
      other.desk.writeWord(0x04, 0x20)
    }
  }

  @Test func `switched off it stands still`() {
    start(0x04)
    desk.writeWord(Self.tft24, 0x1c)
    desk.wait(10 * Self.frame)
    #expect(desk.readWord(0x20) == 0)
    #expect(!desk.level("irq"))
  }

  @Test func `bits that do not exist are refused in a load`() throws {
    var state = desk.device.state
    state.status = 1
    #expect(throws: LoadError.self) {
      try PL110.State.table.load(PL110.State.table.save(state), over: desk.device.state)
    }
  }

  @Test(arguments: 1...4) func `with memory everywhere, moved at random moments it behaves as its twin`(
    seed: UInt64
  ) throws {
    let block = try RAMBlock(name: "everything", size: 1 << 32)
    for pause in [5_000, 400_000, 60_000_000] as [Int64] {
      let faults = auditMoves(of: PL110.self, seed: seed, pause: pause) { site in
        site.parameters = ["clock": "100000000"]
        site.memory.map(Region("ram", base: 0, size: 1 << 32, content: .memory(block, offset: 0)))
      }
      #expect(faults == [])
    }
  }
}
