import DeviceAudit
import DeviceModel
import Testing

@testable import ARMDevices

@Suite struct `the Integrator/CP's baseboard control` {
  let desk = Desk<IntegratorCP>()

  @Test func `identification and decode status cannot be written`() {
    for (offset, value) in [(0x0, 0x4103_4003), (0xc, 0x11)] as [(UInt64, UInt32)] {
      desk.writeWord(.max, offset)
      #expect(desk.readWord(offset) == value)
    }
  }

  @Test func `FLASHPROG keeps its two switches until a reset`() {
    desk.writeWord(.max, 4)
    #expect(desk.readWord(4) == 3)
    desk.device.reset()
    #expect(desk.readWord(4) == 0)
  }

  @Test func `write protection is a level`() {
    desk.device.input(0, true)
    #expect(desk.readWord(8) == 1)
    desk.writeWord(.max, 8)
    #expect(desk.readWord(8) == 1)
    desk.device.input(0, false)
    #expect(desk.readWord(8) == 0)
    #expect(!desk.level("irq"))
  }

  @Test func `an insertion is latched until a one is written to it`() {
    desk.device.input(1, true)
    #expect(desk.readWord(8) == 8)
    #expect(desk.level("irq"))
    desk.device.input(1, false)
    #expect(desk.readWord(8) == 8)
    desk.writeWord(7, 8)
    #expect(desk.level("irq"))
    desk.writeWord(8, 8)
    #expect(desk.readWord(8) == 0)
    #expect(!desk.level("irq"))
  }

  @Test func `only a new card is an insertion`() {
    desk.device.input(1, true)
    desk.writeWord(8, 8)
    desk.device.input(1, true)
    #expect(!desk.level("irq"))
    desk.device.input(1, false)
    #expect(!desk.level("irq"))
    desk.device.input(1, true)
    #expect(desk.level("irq"))
  }

  @Test func `a card that is there when a reset ends counts as inserted`() {
    desk.device.input(1, true)
    desk.writeWord(8, 8)
    desk.device.reset()
    #expect(desk.readWord(8) == 8)
    desk.device.input(1, false)
    desk.device.reset()
    #expect(desk.readWord(8) == 0)
    #expect(!desk.level("irq"))
  }
}
