import DeviceAudit
import DeviceModel
import Testing

@testable import ARMDevices

@Suite struct `the Integrator's debug LEDs and switches` {
  let desk = Desk<IntegratorLEDs>(parameters: ["switches": "0x5"])

  @Test func `the switches are those that the board has on`() {
    #expect(desk.readWord(8) == 5)
    desk.writeWord(0xf, 8)
    desk.device.reset()
    #expect(desk.readWord(8) == 5)
    #expect(Desk<IntegratorLEDs>().readWord(8) == 0)
  }

  @Test func `four LEDs keep what is written until a reset`() {
    desk.writeWord(.max, 4)
    #expect(desk.readWord(4) == 0xf)
    desk.writeWord(9, 4)
    #expect(desk.readWord(4) == 9)
    desk.device.reset()
    #expect(desk.readWord(4) == 0)
  }

  @Test func `the display is never busy`() {
    desk.writeWord(.max, 0)
    #expect(desk.readWord(0) == 0xffff_fffe)
    desk.device.reset()
    #expect(desk.readWord(0) == 0)
  }
}
