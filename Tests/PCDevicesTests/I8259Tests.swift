import DeviceAudit
import DeviceModel
import Testing

@testable import PCDevices

@Suite struct `the 8259 pair` {
  let desk = Desk<I8259>()
  var pic: I8259 { desk.device }

  private func start(icw4: UInt8 = 1, slaveICW4: UInt8 = 1, level: Bool = false) {
    let icw1: UInt8 = level ? 0x19 : 0x11
    for (byte, offset) in [(icw1, 0), (0x20, 1), (0x04, 1), (icw4, 1)] as [(UInt8, UInt64)] {
      desk.write(byte, offset, region: 0)
    }
    for (byte, offset) in [(icw1, 0), (0x28, 1), (0x02, 1), (slaveICW4, 1)] as [(UInt8, UInt64)] {
      desk.write(byte, offset, region: 1)
    }
  }

  private func raise(_ irq: Int) { pic.input(irq, true) }
  private func lower(_ irq: Int) { pic.input(irq, false) }
  private var intr: Bool { desk.level("intr") }
  private func irr() -> UInt8 {
    desk.write(0x0a, 0)
    return desk.read(0)
  }
  private func isr() -> UInt8 {
    desk.write(0x0b, 0)
    return desk.read(0)
  }

  @Test func `uninitialised it delivers nothing`() {
    for irq in 0..<16 { raise(irq) }
    #expect(!intr)
    #expect(pic.acknowledge() == 0xff)
    desk.write(0x11, 0)
    desk.write(0x20, 1)
    lower(1)
    raise(1)
    #expect(!intr)
  }

  @Test func `an edge is latched, acknowledged with its vector and ended`() {
    start()
    raise(4)
    #expect(intr)
    #expect(irr() == 0x10)
    #expect(pic.acknowledge() == 0x24)
    #expect(!intr)
    #expect(irr() == 0)
    #expect(isr() == 0x10)
    desk.write(0x20, 0)
    #expect(isr() == 0)
    #expect(!intr)
    lower(4)
    raise(4)
    #expect(intr)
  }

  @Test func `ICW1 resets the edge sense circuit and the mask`() {
    start()
    desk.write(0xff, 1)
    raise(3)
    start()
    #expect(desk.read(1) == 0)
    #expect(!intr)
    lower(3)
    raise(3)
    #expect(intr)
  }

  @Test func `the slave's requests come through IR2 with its own vector`() {
    start()
    raise(12)
    #expect(pic.acknowledge() == 0x2c)
    #expect(isr() == 0x04)
    desk.write(0x0b, 0, region: 1)
    #expect(desk.read(0, region: 1) == 0x10)
    raise(9)
    #expect(!intr)
    desk.write(0x20, 0, region: 1)
    desk.write(0x20, 0)
    #expect(intr)
    #expect(pic.acknowledge() == 0x29)
  }

  @Test func `higher levels nest, lower ones wait`() {
    start()
    raise(5)
    #expect(pic.acknowledge() == 0x25)
    raise(6)
    #expect(!intr)
    raise(1)
    #expect(intr)
    #expect(pic.acknowledge() == 0x21)
    // A non-specific end is for the highest in service.
    desk.write(0x20, 0)
    #expect(isr() == 0x20)
    #expect(!intr)
    desk.write(0x20, 0)
    #expect(pic.acknowledge() == 0x26)
  }

  @Test func `a masked request waits in the IRR`() {
    start()
    desk.write(0x10, 1)
    raise(4)
    #expect(!intr)
    #expect(irr() == 0x10)
    desk.write(0, 1)
    #expect(intr)
  }

  @Test func `a line that drops before INTA gives the spurious IRQ 7 without service`() {
    start()
    raise(3)
    lower(3)
    #expect(!intr)
    #expect(pic.acknowledge() == 0x27)
    #expect(isr() == 0)
  }

  @Test func `IR2 raised without the slave gives the spurious IRQ 15, in service at the master alone`() {
    start()
    raise(2)
    #expect(intr)
    #expect(pic.acknowledge() == 0x2f)
    #expect(isr() == 0x04)
    desk.write(0x0b, 0, region: 1)
    #expect(desk.read(0, region: 1) == 0)
  }

  @Test func `a slave with another identity does not answer`() {
    start()
    desk.write(0x11, 0, region: 1)
    for byte in [0x28, 0x05, 0x01] as [UInt8] { desk.write(byte, 1, region: 1) }
    raise(8)
    #expect(pic.acknowledge() == 0xff)
  }

  @Test func `in automatic end mode nothing stays in service and the next slave request is an edge`() {
    start(icw4: 3, slaveICW4: 3)
    raise(8)
    raise(9)
    #expect(pic.acknowledge() == 0x28)
    #expect(isr() == 0)
    #expect(intr)
    #expect(pic.acknowledge() == 0x29)
    #expect(!intr)
  }

  @Test func `rotation in automatic end mode puts the served level last`() {
    start(icw4: 3)
    desk.write(0x80, 0)
    raise(0)
    raise(1)
    #expect(pic.acknowledge() == 0x20)
    lower(0)
    raise(0)
    #expect(pic.acknowledge() == 0x21)
    desk.write(0x00, 0)
    #expect(pic.acknowledge() == 0x20)
    lower(0)
    raise(0)
    lower(1)
    raise(1)
    // Priorities stay as they were when rotation ended: level 1 is still last.
    #expect(pic.acknowledge() == 0x20)
  }

  @Test func `rotate on non-specific end makes the ended level the lowest`() {
    start()
    raise(4)
    _ = pic.acknowledge()
    desk.write(0xa0, 0)
    raise(3)
    raise(5)
    #expect(pic.acknowledge() == 0x25)
  }

  @Test func `rotate on specific end and set priority name the level`() {
    start()
    raise(4)
    raise(6)
    _ = pic.acknowledge()
    desk.write(0xe4, 0)
    #expect(isr() == 0)
    desk.write(0xc5, 0)
    lower(4)
    raise(4)
    #expect(pic.acknowledge() == 0x26)
  }

  @Test func `a specific end ends that level only`() {
    start()
    raise(5)
    _ = pic.acknowledge()
    raise(1)
    _ = pic.acknowledge()
    desk.write(0x65, 0)
    #expect(isr() == 0x02)
  }

  @Test func `special mask mode lets lower levels in and hides masked ones from non-specific ends`() {
    start()
    raise(3)
    _ = pic.acknowledge()
    raise(6)
    #expect(!intr)
    desk.write(0x08, 1)
    #expect(!intr)
    desk.write(0x68, 0)
    #expect(intr)
    #expect(pic.acknowledge() == 0x26)
    desk.write(0x20, 0)
    #expect(isr() == 0x08)
    desk.write(0x20, 0)
    #expect(isr() == 0x08)
    desk.write(0x48, 0)
    desk.write(0x20, 0)
    #expect(isr() == 0)
  }

  @Test func `special fully nested mode lets a slave interrupt itself`() {
    start(icw4: 0x11)
    raise(12)
    _ = pic.acknowledge()
    raise(9)
    #expect(intr)
    #expect(pic.acknowledge() == 0x29)
    raise(3)
    #expect(!intr)
  }

  @Test func `poll reads serve the request`() {
    start()
    desk.write(0x0c, 0)
    #expect(desk.read(0) == 0)
    raise(9)
    desk.write(0x0c, 0)
    #expect(desk.read(0) == 0x82)
    #expect(!intr)
    desk.write(0x0c, 0, region: 1)
    #expect(desk.read(1, region: 1) == 0x81)
    #expect(isr() == 0x04)
  }

  @Test func `level-triggered lines ask as long as they are high`() {
    start()
    desk.write(0xff, 0, region: 2)
    desk.write(0xff, 1, region: 2)
    #expect(desk.read(0, region: 2) == 0xf8)
    #expect(desk.read(1, region: 2) == 0xde)
    raise(10)
    #expect(pic.acknowledge() == 0x2a)
    #expect(!intr)
    desk.write(0x20, 0, region: 1)
    desk.write(0x20, 0)
    #expect(intr)
    lower(10)
    #expect(!intr)
  }

  @Test func `LTIM makes all lines level-triggered`() {
    start(level: true)
    raise(0)
    #expect(pic.acknowledge() == 0x20)
    desk.write(0x20, 0)
    #expect(intr)
    lower(0)
    #expect(!intr)
  }

  @Test func `without ICW4 the vector is the call address's low byte`() {
    desk.write(0x12, 0)
    desk.write(0x00, 1)
    raise(3)
    #expect(pic.acknowledge() == 0x18)
    desk.write(0xb6, 0)
    desk.write(0x00, 1)
    lower(3)
    raise(3)
    #expect(pic.acknowledge() == 0xac)
  }

  @Test func `lines stay at their level over a reset and ask for nothing`() {
    start()
    raise(4)
    pic.reset()
    #expect(!intr)
    start()
    #expect(!intr)
    raise(4)
    #expect(!intr)
    lower(4)
    raise(4)
    #expect(intr)
  }
}
