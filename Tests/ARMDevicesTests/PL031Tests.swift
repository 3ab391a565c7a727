import DeviceAudit
import DeviceModel
import Testing

@testable import ARMDevices

@Suite struct `the PL031` {
  private static let second: Int64 = 1_000_000_000
  private static let start: UInt32 = 1_700_000_000
  let desk = Desk<PL031>(epoch: Int64(start) * second + 250_000_000)

  @Test func `it has the wall clock's time from power on`() {
    #expect(desk.readWord(0) == Self.start)
    desk.wait(749_999_999)
    #expect(desk.readWord(0) == Self.start)
    desk.wait(1)
    #expect(desk.readWord(0) == Self.start + 1)
  }

  @Test func `a load sets the count, and a reset does not`() {
    desk.writeWord(50, 8)
    #expect(desk.readWord(0) == 50)
    #expect(desk.readWord(8) == 50)
    desk.wait(10 * Self.second)
    #expect(desk.readWord(0) == 60)
    desk.device.reset()
    #expect(desk.readWord(0) == 60)
    #expect(desk.readWord(8) == 0)
  }

  @Test func `it interrupts as the count reaches the match`() {
    desk.writeWord(Self.start + 3, 4)
    desk.writeWord(1, 0x10)
    desk.wait(2_749_999_999)
    #expect(desk.readWord(0x14) == 0)
    #expect(!desk.level("irq"))
    desk.wait(1)
    #expect(desk.level("irq"))
    #expect(desk.readWord(0x14) == 1)
    #expect(desk.readWord(0x18) == 1)
    desk.writeWord(1, 0x1c)
    #expect(!desk.level("irq"))
    desk.wait(100 * Self.second)
    #expect(desk.readWord(0x14) == 0)
  }

  @Test func `a masked match shows raw, and comes out when it is let through`() {
    desk.writeWord(Self.start + 3, 4)
    desk.wait(10 * Self.second)
    #expect(desk.readWord(0x14) == 1)
    #expect(desk.readWord(0x18) == 0)
    #expect(!desk.level("irq"))
    desk.writeWord(1, 0x10)
    #expect(desk.level("irq"))
  }

  @Test func `a match that a write makes counts`() {
    desk.writeWord(1, 0x10)
    desk.writeWord(Self.start, 4)
    #expect(desk.level("irq"))
    desk.writeWord(1, 0x1c)
    #expect(!desk.level("irq"))
    desk.writeWord(7, 4)
    desk.writeWord(7, 8)
    #expect(desk.level("irq"))
  }

  @Test func `a match in the past waits for the count to come round`() {
    desk.writeWord(1, 0x10)
    desk.writeWord(Self.start - 1, 4)
    desk.wait(4_294_967_294 * Self.second + 749_999_999)
    #expect(!desk.level("irq"))
    #expect(desk.readWord(0) == Self.start - 2)
    desk.wait(1)
    #expect(desk.level("irq"))
  }

  @Test func `it cannot be stopped, and its other registers are read-only or reset`() {
    desk.writeWord(0, 0xc)
    #expect(desk.readWord(0xc) == 1)
    desk.writeWord(5, 0)
    #expect(desk.readWord(0) == Self.start)
    desk.writeWord(.max, 0x10)
    #expect(desk.readWord(0x10) == 1)
    desk.writeWord(9, 4)
    desk.device.reset()
    #expect(desk.readWord(0x10) == 0)
    #expect(desk.readWord(4) == 0)
  }

  @Test func `an alarm that passed while the machine was away rings on its return`() throws {
    desk.writeWord(Self.start + 3, 4)
    desk.writeWord(1, 0x10)
    let late = Desk<PL031>(epoch: Int64(Self.start + 1000) * Self.second)
    let table = PL031.State.table
    late.device.state = try table.load(table.save(desk.device.state), over: late.device.state)
    late.device.settle()
    late.wait(0)
    #expect(late.level("irq"))
    #expect(late.readWord(0) == Self.start + 1000)
  }

  @Test func `a wall clock that was set back waits for the alarm again`() throws {
    desk.writeWord(Self.start + 3, 4)
    desk.writeWord(1, 0x10)
    let early = Desk<PL031>(epoch: Int64(Self.start - 10) * Self.second)
    let table = PL031.State.table
    early.device.state = try table.load(table.save(desk.device.state), over: early.device.state)
    early.device.settle()
    #expect(early.readWord(0) == Self.start - 10)
    early.wait(13 * Self.second - 1)
    #expect(!early.level("irq"))
    early.wait(1)
    #expect(early.level("irq"))
  }

  @Test func `it works before 1970`() {
    let desk = Desk<PL031>(epoch: -1)
    #expect(desk.readWord(0) == .max)
    desk.wait(1)
    #expect(desk.readWord(0) == 0)
  }
}
