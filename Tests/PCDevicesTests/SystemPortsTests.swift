import DeviceAudit
import DeviceModel
import Testing

@testable import PCDevices

@Suite struct `the system control ports` {
  let desk = Desk<SystemPorts>()

  @Test func `port 0x61 gates the timer and the speaker and shows channel 2`() {
    desk.write(0x03, 0)
    #expect(desk.level("gate2"))
    #expect(!desk.level("speaker"))
    desk.device.input(0, true)
    #expect(desk.level("speaker"))
    #expect(desk.read(0) & 0x2f == 0x23)
    desk.write(0xfd, 0)
    #expect(!desk.level("speaker"))
    #expect(desk.read(0) & 0xef == 0x2d)
  }

  @Test func `the refresh bit toggles every 15.085 microseconds`() {
    var toggles = 0
    var last = desk.read(0)
    while desk.now < 10_000_000 {
      desk.wait(1000)
      let value = desk.read(0)
      if (value ^ last) & 0x10 != 0 { toggles += 1 }
      last = value
    }
    #expect(toggles == 10_000_000 / 15_085)
  }

  @Test func `port 0x92 has A20 and the fast reset`() {
    desk.write(0x02, 0, region: 1)
    #expect(desk.level("a20"))
    #expect(desk.read(0, region: 1) == 2)
    desk.write(0x01, 0, region: 1)
    #expect(!desk.level("a20"))
    #expect(desk.control.resets == ["port 0x92"])
    #expect(desk.read(0, region: 1) == 0)
  }

  @Test func `0xcf9 resets when bit 2 rises, as hard as its other bits say`() {
    desk.write(0x02, 0, region: 2)
    #expect(desk.control.resets == [])
    desk.write(0x06, 0, region: 2)
    desk.write(0x06, 0, region: 2)
    desk.write(0x00, 0, region: 2)
    desk.write(0x04, 0, region: 2)
    desk.write(0x0a, 0, region: 2)
    desk.write(0x0e, 0, region: 2)
    #expect(desk.control.resets == ["port 0xcf9, hard", "port 0xcf9, soft", "port 0xcf9, full"])
    desk.device.reset()
    #expect(desk.read(0, region: 2) == 0)
  }

  @Test func `channel 2 heard through the ports is a whole number of pulses`() {
    let timer = Desk<I8254>()
    timer.site.line("out2").connect { desk.device.input(0, $0) }
    desk.site.line("gate2").connect { timer.device.input(0, $0) }
    timer.write(0xb0, 3)
    desk.write(1, 0)
    timer.write(0x00, 2)
    timer.write(0x10, 2)
    timer.turn(to: PITClock.nanoseconds(at: 4097) - 1)
    #expect(desk.read(0) & 0x20 == 0)
    timer.wait(1)
    #expect(desk.read(0) & 0x20 != 0)
  }
}
