import DeviceAudit
import DeviceModel
import Testing

@testable import ARMDevices

@Suite struct `the Integrator's interrupt controller` {
  let desk = Desk<IntegratorPIC>()

  @Test func `an input shows in RAWSTAT at once, and in STATUS where it is enabled`() {
    desk.device.input(5, true)
    #expect(desk.readWord(0x04) == 0x20)
    #expect(desk.readWord(0x24) == 0x20)
    #expect(desk.readWord(0x00) == 0)
    #expect(!desk.level("irq"))
    desk.writeWord(0x60, 0x08)
    #expect(desk.readWord(0x00) == 0x20)
    #expect(desk.level("irq"))
    desk.device.input(5, false)
    #expect(desk.readWord(0x00) == 0)
    #expect(!desk.level("irq"))
  }

  @Test func `ENSET sets and reads the enables, ENCLR clears them`() {
    desk.writeWord(0x0f, 0x08)
    desk.writeWord(0xf0, 0x08)
    #expect(desk.readWord(0x08) == 0xff)
    desk.writeWord(0x3c, 0x0c)
    #expect(desk.readWord(0x08) == 0xc3)
    #expect(desk.readWord(0x28) == 0)
    #expect(desk.readWord(0x0c) == 0)
  }

  @Test func `FIQ has enables of its own`() {
    desk.writeWord(0x8000_0000, 0x28)
    desk.device.input(31, true)
    #expect(desk.readWord(0x20) == 0x8000_0000)
    #expect(desk.readWord(0x00) == 0)
    #expect(desk.level("fiq"))
    #expect(!desk.level("irq"))
    desk.writeWord(0x8000_0000, 0x2c)
    #expect(!desk.level("fiq"))
  }

  @Test func `the software interrupt is input 0 beside the wire`() {
    desk.writeWord(1, 0x08)
    desk.writeWord(0xffff_ffff, 0x10)
    #expect(desk.readWord(0x10) == 1)
    #expect(desk.readWord(0x04) == 1)
    #expect(desk.level("irq"))
    desk.device.input(0, true)
    desk.writeWord(1, 0x14)
    #expect(desk.level("irq"))
    desk.device.input(0, false)
    #expect(!desk.level("irq"))
  }

  @Test func `inputs that do not exist cannot be seen or enabled`() {
    let desk = Desk<IntegratorPIC>(parameters: ["lines": "0x1fc003ff"])
    desk.writeWord(.max, 0x08)
    desk.writeWord(.max, 0x28)
    #expect(desk.readWord(0x08) == 0x1fc0_03ff)
    #expect(desk.readWord(0x28) == 0x1fc0_03ff)
    for line in 0..<32 { desk.device.input(line, true) }
    #expect(desk.readWord(0x00) == 0x1fc0_03ff)
  }

  @Test func `a reset clears the enables and leaves the wires as they are`() {
    desk.device.input(7, true)
    desk.writeWord(0x80, 0x08)
    desk.writeWord(0x80, 0x28)
    #expect(desk.level("irq") && desk.level("fiq"))
    desk.device.reset()
    #expect(!desk.level("irq") && !desk.level("fiq"))
    #expect(desk.readWord(0x04) == 0x80)
    desk.writeWord(0x80, 0x08)
    #expect(desk.level("irq"))
  }
}
