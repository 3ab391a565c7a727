import DeviceAudit
import DeviceModel
import Testing

@testable import ARMDevices

@Suite final class `data of the PL181`: PL181Rig {
  // MARK: Reading

  @Test(arguments: [false, true]) func `a block is read through the FIFO`(wide: Bool) {
    start(wide: wide)
    data(512, reading: true)
    #expect(desk.readWord(0x48) == 128)
    #expect(command(17, 1024) == Status.responseEnd)
    #expect(read(512) == Array(disk.bytes[1024..<1536]))
    #expect(status == Status.responseEnd | Status.dataEnd | Status.blockEnd)
    #expect(desk.readWord(0x30) == 0)
    #expect(desk.readWord(0x48) == 0)
  }

  @Test func `data come at the rate of the card's clock`() {
    start()
    data(512, reading: true)
    desk.writeWord(512, 0x08)
    let begin = desk.now
    desk.writeWord(0x451, 0x0c)
    // 48 periods of the command, 8 to the start bit; then eight for each byte.
    desk.turn(to: begin + 1_000_000_000 * (48 + 8 + 8 * 32) / 14_745_600 + 1)
    #expect(status & (Status.halfFull | Status.available) == Status.halfFull | Status.available)
    #expect(desk.readWord(0x30) == 480)
    // Linux takes the difference of what it wants and this for what it can read now.
    #expect(desk.readWord(0x48) == 120)
    _ = desk.readWord(0x80)
    #expect(desk.readWord(0x48) == 120)
    #expect(status & 1 << 17 == 0)
  }

  @Test func `the half-full interrupt comes with the eighth word, without a register being read`() {
    start()
    desk.writeWord(Status.halfFull, 0x40)
    data(512, reading: true)
    desk.writeWord(0, 0x08)
    desk.writeWord(0x451, 0x0c)
    let begin = desk.now
    // Where the clock stands when the command is written is up to one period off.
    desk.turn(to: begin + 1_000_000_000 * (48 + 8 + 8 * 32) / 14_745_600 - 70)
    #expect(!desk.level("irq1"))
    desk.wait(72)
    #expect(desk.level("irq1"))
    _ = desk.readWord(0x80)
    #expect(!desk.level("irq1"))
    desk.wait(3000)
    #expect(desk.level("irq1"))
  }

  @Test func `a full FIFO stops the card's clock, and nothing is lost`() {
    start()
    data(1024, reading: true)
    command(18, 0)
    desk.wait(50_000_000)
    #expect(status & 1 << 17 != 0)
    #expect(desk.readWord(0x30) == 1024 - 64)
    #expect(read(1024) == Array(disk.bytes[0..<1024]))
    #expect(status & 0x7ff == Status.responseEnd | Status.dataEnd | Status.blockEnd)
    #expect(command(12) == Status.responseEnd)
    #expect(desk.readWord(0x14) == 0xb00)
  }

  @Test func `without flow control a full FIFO overruns`() {
    desk = Desk(parameters: ["flow-control": "off"], backends: ["drive": disk])
    desk.writeWord(0x03, 0x00)
    desk.writeWord(0x500, 0x04)
    desk.writeWord(0xffff_ffff, 0x24)
    start()
    data(512, reading: true)
    command(17, 0)
    desk.wait(100_000)
    #expect(status & 0x7ff == Status.responseEnd | Status.overrun)
    #expect(status & Status.receiving == 0)
  }

  @Test func `received words keep the receiver active until they are read`() {
    start()
    data(64, reading: true, block: 6)
    command(16, 64)
    command(17, 0)
    desk.wait(100_000)
    #expect(status & Status.dataEnd != 0)
    #expect(status & Status.receiving != 0)
    for _ in 0..<16 { _ = desk.readWord(0xbc) }
    #expect(status & Status.receiving == 0)
    #expect(status & Status.available == 0)
  }

  @Test func `data that never come time out`() {
    start()
    desk.writeWord(1000, 0x24)
    data(512, reading: true)
    desk.wait(67_740)
    #expect(status == Status.receiving | 1 << 19)
    desk.wait(80)
    #expect(status == Status.dataTimeOut)
  }

  @Test func `a disk that cannot be read looks like a card that sends no data`() {
    start()
    disk.failure = .failed
    desk.writeWord(1000, 0x24)
    data(512, reading: true)
    #expect(command(17, 0) == Status.responseEnd)
    desk.wait(100_000)
    #expect(status == Status.responseEnd | Status.dataTimeOut)
    command(13, address)
    #expect(desk.readWord(0x14) == 0x0020_0900)
  }

  @Test func `block lengths that differ do not check`() {
    start()
    data(256, reading: true, block: 8)
    command(17, 0)
    #expect(read(256) == Array(disk.bytes[0..<256]))
    desk.wait(10_000)
    #expect(status & 0x7ff == Status.responseEnd | Status.dataCRC)
  }

  @Test func `a card that is stopped within a block leaves one that does not check`() {
    start()
    data(512, reading: true)
    command(18, 0)
    #expect(read(64).count == 64)
    command(12)
    desk.wait(10_000)
    #expect(status & 0x7ff == Status.responseEnd | Status.dataCRC)
  }

  @Test func `widths that differ show as missing start bits or bad CRCs`() {
    start()
    desk.writeWord(0xd00, 0x04)
    data(512, reading: true)
    command(17, 0)
    desk.wait(100_000)
    #expect(status & 0x7ff == Status.responseEnd | Status.startBit)
    data(512, reading: false)
    command(12)
    command(24, 0)
    desk.writeWord(0x7ff, 0x38)
    write([UInt8](repeating: 1, count: 512))
    desk.wait(1_000_000)
    #expect(status & 0x7ff == Status.dataCRC)
  }

  // MARK: Writing

  @Test(arguments: [false, true]) func `blocks are written through the FIFO`(wide: Bool) {
    start(wide: wide)
    let bytes = (0..<1024).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
    #expect(command(25, 4096) == Status.responseEnd)
    data(1024, reading: false)
    #expect(status & Status.halfEmpty != 0)
    write(bytes)
    desk.wait(2_000_000)
    #expect(status & 0x7ff == Status.responseEnd | Status.dataEnd | Status.blockEnd)
    #expect(command(12) == Status.responseEnd)
    #expect(Array(disk.bytes[4096..<5120]) == bytes)
  }

  @Test func `a block that is written keeps the card busy before it ends`() {
    start()
    command(24, 0)
    data(512, reading: false)
    write([UInt8](repeating: 7, count: 512))
    // What is left in the FIFO, CRC and status are over after 50 µs; programming takes 100 µs more.
    desk.wait(60_000)
    #expect(status & Status.dataEnd == 0)
    #expect(disk.bytes[511] == 7)
    desk.wait(100_000)
    #expect(status & Status.dataEnd != 0)
    command(13, address)
    #expect(desk.readWord(0x14) == 0x900)
  }

  @Test func `a card busy for longer than the data timer times out`() {
    start()
    desk.writeWord(100, 0x24)
    command(24, 0)
    data(512, reading: false)
    write([UInt8](repeating: 7, count: 512))
    desk.wait(1_000_000)
    #expect(status & 0x7ff == Status.responseEnd | Status.dataTimeOut)
  }

  @Test func `a disk that cannot be written looks like a bad CRC status`() {
    start()
    disk.failure = .noSpace
    command(24, 0)
    data(512, reading: false)
    write([UInt8](repeating: 7, count: 512))
    desk.wait(1_000_000)
    #expect(status & 0x7ff == Status.responseEnd | Status.dataCRC)
  }

  @Test func `an empty FIFO stops the card's clock within a block`() {
    start()
    command(24, 0)
    data(512, reading: false)
    write([UInt8](repeating: 1, count: 256))
    desk.wait(10_000_000)
    #expect(status & 0x7ff == Status.responseEnd)
    write([UInt8](repeating: 2, count: 256))
    desk.wait(1_000_000)
    #expect(status & Status.dataEnd != 0)
    #expect(disk.bytes[255] == 1 && disk.bytes[256] == 2)
  }

  @Test func `without flow control an empty FIFO underruns within a block`() {
    desk = Desk(parameters: ["flow-control": "off"], backends: ["drive": disk])
    desk.writeWord(0x03, 0x00)
    desk.writeWord(0x500, 0x04)
    desk.writeWord(0xffff_ffff, 0x24)
    start()
    command(24, 0)
    data(512, reading: false)
    write([UInt8](repeating: 1, count: 64))
    desk.wait(100_000)
    #expect(status & 0x7ff == Status.responseEnd | Status.underrun)
  }

  @Test func `a pending command waits for the end of the data`() {
    start()
    data(512, reading: true)
    command(18, 0)
    desk.writeWord(0, 0x08)
    desk.writeWord(0x64c, 0x0c)
    #expect(read(508).count == 508)
    #expect(status & Status.responseEnd != 0)
    desk.writeWord(0x7ff, 0x38)
    desk.wait(30_000)
    #expect(status & 0x7ff == Status.responseEnd | Status.dataEnd | Status.blockEnd)
    #expect(desk.readWord(0x10) == 12)
  }

  @Test func `a transfer of nothing ends at once, and one that is cut off is over`() {
    start()
    data(0, reading: true)
    #expect(status & 0x7ff == Status.dataEnd)
    data(512, reading: true)
    command(17, 0)
    desk.wait(5_000)
    desk.writeWord(0, 0x2c)
    #expect(status & Status.receiving == 0)
    desk.wait(1_000_000)
    #expect(status & 0x73f == 0)
  }
}
