import DeviceAudit
import DeviceModel
import Testing

@testable import PCDevices

@Suite struct `the MC146818` {
  static let second: Int64 = 1_000_000_000
  /// 2026-11-21 23:59:58 UTC, a Saturday.
  static let epoch = CivilTime(year: 2026, month: 11, day: 21, hour: 23, minute: 59, second: 58).seconds * second
  let desk = Desk<MC146818>(epoch: epoch)

  private func read(_ index: UInt8) -> UInt8 {
    desk.write(index, 0)
    return desk.read(1)
  }
  private func write(_ index: UInt8, _ value: UInt8) {
    desk.write(index, 0)
    desk.write(value, 1)
  }
  private var time: [UInt8] { [0x32, 9, 8, 7, 4, 2, 0].map(read) }

  @Test func `it shows the site's wall clock in BCD and carries into the date`() {
    #expect(time == [0x20, 0x26, 0x11, 0x21, 0x23, 0x59, 0x58])
    #expect(read(6) == 7)
    desk.wait(2 * Self.second)
    #expect(time == [0x20, 0x26, 0x11, 0x22, 0x00, 0x00, 0x00])
    #expect(read(6) == 1)
  }

  @Test func `binary and 12-hour formats`() {
    write(11, 0x04)
    #expect(time == [20, 26, 11, 21, 0x80 | 11, 59, 58])
    write(11, 0x00)
    #expect(read(4) == 0x91)
    desk.wait(2 * Self.second)
    #expect(read(4) == 0x12)
    desk.wait(12 * 3600 * Self.second)
    #expect(read(4) == 0x92)
  }

  @Test func `SET lets the program initialise the time, which then runs from there`() {
    write(11, 0x82)
    let values: [(UInt8, UInt8)] = [
      (0, 0x59), (2, 0x59), (4, 0x23), (7, 0x28), (8, 0x02), (9, 0x24), (0x32, 0x20), (6, 0x04),
    ]
    for (index, value) in values { write(index, value) }
    desk.wait(10 * Self.second)
    #expect(time == [0x20, 0x24, 0x02, 0x28, 0x23, 0x59, 0x59])
    write(11, 0x02)
    desk.wait(Self.second)
    #expect(time == [0x20, 0x24, 0x02, 0x29, 0x00, 0x00, 0x00])
    #expect(read(6) == 5)
    desk.wait(86400 * Self.second)
    #expect(read(8) == 0x03)
  }

  @Test func `a date that no calendar has becomes the nearest`() {
    write(11, 0x82)
    write(7, 0x99)
    write(8, 0x02)
    write(11, 0x02)
    #expect(read(7) == 0x28)
  }

  @Test func `a byte written to the running clock takes effect and keeps the rest`() {
    desk.wait(Self.second / 4)
    write(9, 0x30)
    #expect(time == [0x20, 0x30, 0x11, 0x21, 0x23, 0x59, 0x58])
    desk.wait(Self.second * 3 / 4)
    #expect(read(0) == 0x59)
  }

  @Test func `UIP rises 2228 microseconds before the update and not while SET`() {
    desk.turn(to: Self.second - 2_228_001)
    #expect(read(10) == 0x26)
    desk.wait(1)
    #expect(read(10) == 0xa6)
    desk.turn(to: Self.second)
    #expect(read(10) == 0x26)
    write(11, 0x82)
    desk.turn(to: 2 * Self.second - 1000)
    #expect(read(10) == 0x26)
  }

  @Test func `the update-ended interrupt comes every second until it is disabled`() {
    write(11, 0x12)
    desk.wait(Self.second)
    #expect(desk.level("irq"))
    #expect(read(12) == 0x90 | 0x40)
    #expect(!desk.level("irq"))
    #expect(read(12) == 0)
    desk.wait(Self.second)
    #expect(desk.rises("irq") == 2)
    _ = read(12)
    write(11, 0x82 | 0x10)
    #expect(read(11) == 0x82)
    desk.wait(5 * Self.second)
    #expect(desk.rises("irq") == 2)
  }

  @Test func `flags rise without their interrupts and without any timer`() {
    desk.wait(Self.second)
    #expect(desk.clock.nextDeadline == nil)
    #expect(read(12) == 0x50)
    #expect(!desk.level("irq"))
  }

  @Test func `the periodic interrupt has its rate exactly`() {
    for (select, hertz) in [(3, 8192), (6, 1024), (15, 2), (1, 256), (2, 128)] as [(UInt8, Int)] {
      let desk = Desk<MC146818>(epoch: Self.epoch)
      desk.site.line("irq").connect { [unowned desk] level in
        guard level else { return }
        desk.write(12, 0)
        _ = desk.read(1)
      }
      desk.write(10, 0)
      desk.write(0x20 | select, 1)
      desk.write(11, 0)
      desk.write(0x42, 1)
      desk.turn(to: 10 * Self.second)
      #expect(desk.rises("irq") == 10 * hertz)
    }
  }

  @Test func `a missed periodic interrupt waits for register C`() {
    write(11, 0x42)
    desk.wait(Self.second)
    #expect(desk.rises("irq") == 1)
    #expect(desk.clock.nextDeadline == nil)
    _ = read(12)
    desk.wait(Self.second / 1000)
    #expect(desk.rises("irq") == 2)
  }

  @Test func `the alarm matches at its second and honours do not care`() {
    write(1, 0x00)
    write(3, 0x00)
    write(5, 0x00)
    write(11, 0x22)
    desk.wait(Self.second)
    #expect(!desk.level("irq"))
    desk.wait(Self.second)
    #expect(desk.level("irq"))
    #expect(read(12) & 0xa0 == 0xa0)
    desk.wait(3600 * Self.second)
    #expect(!desk.level("irq"))
    write(5, 0xff)
    desk.wait(3600 * Self.second)
    #expect(desk.level("irq"))
    _ = read(12)
    write(3, 0xc0)
    write(1, 0xc0)
    desk.wait(Self.second)
    #expect(desk.level("irq"))
  }

  @Test func `an alarm that no time matches never comes`() {
    write(1, 0x60)
    write(11, 0x22)
    #expect(desk.clock.nextDeadline == nil)
    desk.wait(86400 * Self.second)
    #expect(read(12) & 0x20 == 0)
  }

  @Test func `leaving divider reset, the first update is half a second away`() {
    write(10, 0x76)
    let held = read(0)
    desk.wait(3 * Self.second + 123)
    #expect(read(0) == held)
    write(10, 0x26)
    desk.wait(Self.second / 2 - 1)
    #expect(read(0) == held)
    desk.wait(1)
    #expect(read(0) == held + 1)
  }

  @Test func `daylight saving skips an hour in April and repeats one in October`() {
    let spring = CivilTime(year: 2026, month: 4, day: 26, hour: 1, minute: 59, second: 59).seconds
    let desk = Desk<MC146818>(epoch: spring * Self.second)
    func hour() -> UInt8 {
      desk.write(4, 0)
      return desk.read(1)
    }
    desk.write(11, 0)
    desk.write(0x03, 1)
    desk.wait(Self.second)
    #expect(hour() == 0x03)
    let autumn = CivilTime(year: 2026, month: 10, day: 25, hour: 1, minute: 59, second: 59).seconds
    desk.turn(to: (autumn - spring - 3600) * Self.second)
    #expect(hour() == 0x01)
    desk.wait(Self.second)
    #expect(hour() == 0x01)
    desk.wait(3599 * Self.second)
    #expect(hour() == 0x01)
    desk.wait(Self.second)
    #expect(hour() == 0x02)
  }

  @Test func `a reset keeps time and memory and disables interrupts`() {
    write(11, 0x72)
    write(0x40, 0xa5)
    write(9, 0x33)
    desk.wait(Self.second)
    #expect(desk.level("irq"))
    desk.device.reset()
    #expect(!desk.level("irq"))
    #expect(read(11) == 0x02)
    #expect(read(12) == 0)
    #expect(read(0x40) == 0xa5)
    #expect(read(9) == 0x33)
  }

  @Test func `bit 7 of the index masks the NMI`() {
    desk.write(0x8f, 0)
    #expect(desk.level("nmi-mask"))
    desk.write(0x0f, 0)
    #expect(!desk.level("nmi-mask"))
    #expect(desk.read(0) == 0xff)
  }

  @Test func `memory sizes are where firmware looks for them`() {
    desk.device.setMemorySize(low: 3 << 30, high: 5 << 30)
    #expect([0x15, 0x16].map(read) == [0x80, 0x02])
    #expect([0x17, 0x18, 0x30, 0x31].map(read) == [0xff, 0xff, 0xff, 0xff])
    #expect([0x34, 0x35].map(read) == [0x00, 0xbf])
    #expect([0x5b, 0x5c, 0x5d].map(read) == [0x00, 0x40, 0x01])
    desk.device.setMemorySize(low: 8 << 20, high: 0)
    #expect([0x17, 0x18, 0x34, 0x35].map(read) == [0x00, 0x1c, 0x00, 0x00])
  }

  @Test func `every day of four centuries survives the calendar`() {
    var time = CivilTime(year: 1800, month: 1, day: 1)
    for days in time.days..<CivilTime(year: 2200, month: 1, day: 1).days {
      #expect(CivilTime(seconds: days * 86400) == time)
      time.day += 1
      if time.day > CivilTime.length(ofMonth: time.month, year: time.year) {
        time.day = 1
        time.month += 1
      }
      if time.month > 12 {
        time.month = 1
        time.year += 1
      }
      if time.days != days + 1 { Issue.record("\(time) is not day \(days + 1)") }
    }
  }

  @Test func `a second bank of memory has ports of its own where the board asks for it`() {
    let desk = Desk<MC146818>(parameters: ["extended-ram": "on"])
    for index in 0..<128 as Range<UInt8> {
      desk.write(0x80 | index, 0, region: 1)
      desk.write(index ^ 0x55, 1, region: 1)
    }
    desk.write(0x12, 0)
    #expect(desk.read(0, region: 1) == 127)
    #expect(desk.read(1, region: 1) == 127 ^ 0x55)
    desk.write(3, 0, region: 1)
    #expect(desk.read(1, region: 1) == 3 ^ 0x55)
    #expect(desk.read(1) == 0, "the first bank has changed")
  }

  @Test func `without a second bank its ports answer nothing`() {
    desk.write(5, 0, region: 1)
    desk.write(6, 1, region: 1)
    #expect(desk.read(0, region: 1) == 0xff)
    #expect(desk.read(1, region: 1) == 0xff)
    #expect(desk.device.state.extendedIndex == 0)
  }
}
