import DeviceAudit
import DeviceModel
import Testing

@testable import ARMDevices

@Suite final class `the LAN91C111`: SMC91C111Rig {
  // MARK: Registers

  @Test func `every bank has the reset values of the data sheet`() {
    let values: [(UInt64, UInt64, UInt16)] = [
      (0, 0x0, 0x0000), (0, 0x2, 0x4000), (0, 0x4, 0x0000), (0, 0x6, 0x0000), (0, 0x8, 0x0404), (0, 0xa, 0x0000),
      (1, 0x0, 0xa0b1), (1, 0x2, 0x1801), (1, 0x4, 0x5452), (1, 0x6, 0x1200), (1, 0x8, 0x5634), (1, 0xa, 0x0000),
      (1, 0xc, 0x1210), (2, 0x0, 0x0000), (2, 0x2, 0x8000), (2, 0x4, 0x8080), (2, 0x6, 0x0000), (2, 0xc, 0x0004),
      (3, 0x0, 0x0000), (3, 0x6, 0x0000), (3, 0xa, 0x3391), (3, 0xc, 0x331f), (7, 0x0, 0xffff),
    ]
    for (bank, offset, value) in values { #expect(read(bank, offset) == value, "bank \(bank), offset \(offset)") }
    #expect(read(3, 0xe) == 0x3303)
    #expect(read(3, 0x8) & 0xfffd == 0x3330)
  }

  @Test func `registers keep the bits that are theirs`() {
    for (bank, offset, value) in [
      (0, 0x0, 0xbd87), (0, 0xa, 0x38fc), (1, 0x0, 0xb6b1), (1, 0x2, 0xff01), (1, 0xa, 0xffff), (1, 0xc, 0x5af4),
      (2, 0x6, 0xf7ff), (3, 0x2, 0xffff), (3, 0xc, 0x339f),
    ] as [(UInt64, UInt64, UInt16)] {
      write(0xffff, bank, offset)
      #expect(read(bank, offset) == value, "bank \(bank), offset \(offset)")
    }
    #expect(read(0, 0x8) == 0x0404)
  }

  @Test func `bytes of a register are written alone`() {
    _ = read(2, 0xc)
    desk.write(0x13, 0xd)
    #expect(read(2, 0xc) == 0x1304)
    desk.write(0x04, 0xc)
    #expect(desk.read(0xd) == 0x13)
    desk.write(0x01, 0xe)
    desk.write(0x7f, 0xf)
    #expect(desk.read(0xe) == 1)
    desk.write(0xab, 0x5)
    #expect(read(1, 0x4) == 0xab52)
  }

  @Test func `a doubleword at the end of a bank selects the bank and leaves the mask`() {
    write(0x1300, 2, 0xc)
    desk.writeWord(0x0003_0000, 0xc)
    #expect(read(3, 0xe) == 0x3303)
    #expect(read(2, 0xc) >> 8 == 0x13)
    desk.writeWord(0x0002_0000, 0x0)
    #expect(read(2, 0x2) & 0xff == 2)
    #expect(desk.readWord(0xc) == 0x3302_1304)
  }

  @Test func `the EEPROM's address comes back with RELOAD`() {
    write(0x1111, 1, 0x4)
    #expect(read(1, 0x4) == 0x1111)
    write(0x1212, 1, 0xc)
    #expect(read(1, 0x4) == 0x5452)
    #expect(read(1, 0xc) == 0x1210)
  }

  @Test func `a software reset keeps configuration, base and address`() {
    write(0x9000, 1, 0x0)
    write(0x2201, 1, 0x2)
    write(0x1111, 1, 0x4)
    write(0xffff, 1, 0xa)
    start()
    lay(frame(to: other))
    write(0x8000, 0, 0x4)
    write(0x0000, 0, 0x4)
    #expect(read(1, 0x0) == 0xb0b1)
    #expect(read(1, 0x2) == 0x2201)
    #expect(read(1, 0x4) == 0x1111)
    #expect(read(1, 0xa) == 0)
    #expect(read(0, 0x0) == 0)
    #expect(read(0, 0x8) == 0x0404)
  }

  // MARK: Memory

  @Test func `four pages are given out, and the fifth waits`() {
    for page: UInt16 in 0..<4 {
      command(1)
      #expect(read(2, 0x2) >> 8 == page)
      #expect(interrupts & 0x08 != 0)
    }
    #expect(read(0, 0x8) == 0x0004)
    command(1)
    #expect(read(2, 0x2) >> 8 == 0x80)
    #expect(interrupts & 0x08 == 0)
    write(2, 2, 0x2)
    command(5)
    #expect(read(2, 0x2) >> 8 == 2)
    #expect(interrupts & 0x08 != 0)
    command(2)
    #expect(read(0, 0x8) == 0x0404)
  }

  @Test func `the data register has all widths, and the pointer counts what it is told to`() {
    command(1)
    write(0, 2, 0x2)
    write(0x4010, 2, 0x6)
    desk.writeWord(0x4433_2211, 0x8)
    desk.device.busWrite(0x6655, 0xa, width: 2, region: 0)
    desk.write(0x77, 0x9)
    #expect(read(2, 0x6) == 0x4017)
    write(0x6010, 2, 0x6)
    #expect(desk.read(0xb) == 0x11)
    #expect(desk.device.busRead(0x8, width: 2, region: 0) == 0x3322)
    #expect(desk.readWord(0x8) == 0x7766_5544)
    write(0x2010, 2, 0x6)
    #expect(desk.readWord(0x8) == 0x4433_2211)
    #expect(desk.readWord(0x8) == 0x4433_2211)
    write(0x47ff, 2, 0x6)
    desk.device.busWrite(0xbbaa, 0x8, width: 2, region: 0)
    #expect(read(2, 0x6) == 0x4001)
    write(0x6000, 2, 0x6)
    #expect(desk.read(0x8) == 0xbb)
  }

  // MARK: The PHY

  @Test func `the PHY is found at address 0, and nobody elsewhere`() {
    #expect(phyRead(2) == 0x0016)
    #expect(phyRead(3) == 0xf840)
    #expect(phyRead(0) == 0x3000)
    #expect(phyRead(4) == 0x01e1)
    #expect(phyRead(16) == 0x0022)
    #expect(phyRead(17) == 0xff00)
    #expect(phyRead(19) == 0xffc0)
    #expect(phyRead(2, at: 5) == 0)
  }

  @Test func `the PHY's registers are written and reset`() {
    phyWrite(0x0061, 4)
    #expect(phyRead(4) == 0x0061)
    phyWrite(0x8000, 0)
    #expect(phyRead(4) == 0x01e1)
    #expect(phyRead(0) == 0x3000)
  }

  @Test func `speed and duplex are negotiated, or what RPCR or the PHY says`() {
    #expect(phyRead(1) == 0x780d)
    write(0x3800, 0, 0xa)
    #expect(phyRead(1) == 0x782d)
    #expect(phyRead(5) == 0x45e1)
    #expect(phyRead(18) & 0xc0 == 0xc0)
    phyWrite(0x0021, 4)
    #expect(phyRead(18) & 0xc0 == 0)
    write(0x2000, 0, 0xa)
    #expect(phyRead(18) & 0xc0 == 0x80)
    phyWrite(0x0100, 0)
    #expect(phyRead(18) & 0xc0 == 0x40)
  }

  @Test func `a link that goes down is told by PHY, status and interrupts`() {
    write(0x0080, 1, 0xc)
    _ = phyRead(18)
    phyWrite(0x3fc0, 19)
    #expect(interrupts & 0xa0 == 0)
    cable.isLinkUp = false
    #expect(interrupts & 0xa0 == 0xa0)
    #expect(read(0, 0x2) == 0)
    acknowledge(0x80)
    #expect(phyRead(18) & 0xc000 == 0xc000)
    #expect(phyRead(18) & 0xc000 == 0x4000)
    cable.isLinkUp = true
    #expect(interrupts & 0x80 != 0)
    // The status register tells of a loss once, even after it is over.
    #expect(phyRead(1) & 4 == 0)
    #expect(phyRead(1) & 4 != 0)
    write(0x0000, 1, 0xc)
    #expect(interrupts & 0x20 == 0)
  }

  // MARK: Moves

  @Test func `moved with frames queued, on the wire and received it goes on`() throws {
    write(0x3800, 0, 0xa)
    start()
    lay(frame(to: other, count: 200))
    command(6)
    lay(frame(to: other, count: 300))
    command(6)
    cable.give(frame(to: mine, count: 90))
    desk.wait(10_000)
    #expect(cable.sent.isEmpty)
    try move()
    desk.wait(100_000)
    #expect(cable.sent.map(\.count) == [200, 300])
    #expect(Array(top()[4..<94]) == frame(to: mine, count: 90))
    try move()
    cable.give(frame(to: mine, count: 91))
    command(4)
    #expect(Array(top()[4..<95]) == frame(to: mine, count: 91))
  }

  @Test func `moved within a management frame it goes on`() throws {
    serialOut(.max, 32)
    serialOut((6 << 10 | 2) >> 5, 9)
    try move()
    serialOut(2, 5)
    write(0, 3, 0x8)
    var value: UInt32 = 0
    for step in 0..<18 {
      if step == 7 { try move() }
      value = value << 1 | UInt32(read(3, 0x8) >> 1 & 1)
      write(0, 3, 0x8)
      write(4, 3, 0x8)
    }
    #expect(value == 0x0016)
  }

  @Test func `a reset empties it and brings the address back`() {
    start()
    write(0x1111, 1, 0x4)
    lay(frame(to: other))
    command(6)
    cable.give(frame(to: mine))
    desk.device.reset()
    desk.wait(1_000_000)
    #expect(cable.sent.isEmpty)
    #expect(read(1, 0x4) == 0x5452)
    #expect(read(0, 0x8) == 0x0404)
  }

  @Test func `an address has six bytes and is one interface's`() {
    #expect(EthernetAddress("52:54:00:12:34:56") != nil)
    #expect(EthernetAddress("0:1:2:3:4:ff") != nil)
    for text in ["", "52:54:00:12:34", "52:54:00:12:34:56:78", "53:54:00:12:34:56", "0:0:0:0:0:0", "52:54:0:12:34:5g"] {
      #expect(EthernetAddress(text) == nil)
    }
  }
}
