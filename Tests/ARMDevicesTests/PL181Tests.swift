import DeviceAudit
import DeviceModel
import Testing

@testable import ARMDevices

@Suite final class `the PL181`: PL181Rig {
  // MARK: Commands

  @Test func `a command takes 48 periods of the card's clock`() {
    // 14.7456 MHz / 2 / 8.
    desk.writeWord(0x107, 0x04)
    desk.writeWord(0x400, 0x0c)
    #expect(status == 0x800)
    desk.wait(52_083)
    #expect(status == 0x800)
    desk.wait(1)
    #expect(status == Status.sent)
    desk.writeWord(0x80, 0x38)
    #expect(status == 0)
  }

  @Test func `a response comes after the command and the gap`() {
    desk.writeWord(0x107, 0x04)
    desk.writeWord(0x1aa, 0x08)
    desk.writeWord(0x448, 0x0c)
    // 48 + 5 + 48 periods.
    desk.wait(109_592)
    #expect(status == 0x800)
    desk.wait(1)
    #expect(status == Status.responseEnd)
    #expect(desk.readWord(0x10) == 8)
    #expect(desk.readWord(0x14) == 0x1aa)
  }

  @Test func `an empty slot times commands out after 64 periods`() {
    desk = Desk()
    desk.writeWord(0x03, 0x00)
    desk.writeWord(0x107, 0x04)
    desk.writeWord(0x448, 0x0c)
    desk.wait(121_527)
    #expect(status == 0x800)
    desk.wait(1)
    #expect(status == Status.commandTimeOut)
    #expect(!desk.level("card-inserted"))
  }

  @Test func `without power, or with another card selected, nobody answers`() {
    desk.writeWord(1, 0x44)
    #expect(command(8, 0x1aa) == Status.commandTimeOut)
    desk.writeWord(0, 0x44)
    desk.writeWord(0x02, 0x00)
    #expect(command(8, 0x1aa) == Status.commandTimeOut)
    desk.writeWord(0x03, 0x00)
    #expect(command(8, 0x1aa) == Status.responseEnd)
  }

  @Test func `in interrupt mode a response is waited for without end`() {
    desk.writeWord(0x0000_0280, 0x08)
    desk.writeWord(0x548, 0x0c)
    desk.wait(1_000_000_000)
    #expect(status == 0x800)
    desk.writeWord(0, 0x0c)
    #expect(status == 0)
  }

  @Test func `R3 has no CRC, R2 has four words`() {
    command(0, 0, 0)
    command(8, 0x1aa)
    command(55)
    #expect(command(41, 0x40ff_8000) == Status.commandCRC)
    #expect(desk.readWord(0x10) == 0x3f)
    #expect(desk.readWord(0x14) == 0x80ff_8000)
    #expect(command(2, 0, 0xc0) == Status.responseEnd)
    #expect(desk.readWord(0x10) == 0x3f)
    #expect(desk.readWord(0x14) == 0x0046_4546)
    #expect(desk.readWord(0x18) == 0x4552_5259)
    #expect(desk.readWord(0x20) & 1 == 0)
    #expect(command(3, 0, 0xc0) == Status.commandCRC)
  }

  @Test func `the card's clock stands while it is off, and a command with it`() {
    desk.writeWord(0x400, 0x0c)
    desk.wait(1000)
    desk.writeWord(0, 0x04)
    desk.wait(1_000_000)
    #expect(status == 0x800)
    desk.writeWord(0x500, 0x04)
    desk.wait(2310)
    #expect(status == Status.sent)
  }

  @Test func `power off makes the card forget, and its disk keep`() {
    start()
    let flushes = disk.flushes
    desk.writeWord(0x00, 0x00)
    desk.writeWord(0x03, 0x00)
    #expect(command(13, address) == Status.commandTimeOut)
    #expect(disk.flushes == flushes + 1)
  }

  @Test func `interrupts are what the masks let through`() {
    desk.writeWord(Status.sent, 0x3c)
    desk.writeWord(0x800, 0x40)
    desk.writeWord(0x400, 0x0c)
    #expect(!desk.level("irq0"))
    #expect(desk.level("irq1"))
    desk.wait(20_000)
    #expect(desk.level("irq0"))
    #expect(!desk.level("irq1"))
    desk.writeWord(Status.sent, 0x38)
    #expect(!desk.level("irq0"))
  }

  // MARK: The slot, moves, reset

  @Test func `the slot tells of a card and of its tab`() {
    desk.device.settle()
    #expect(desk.level("card-inserted"))
    #expect(!desk.level("card-write-protected"))
    let locked = Desk<PL181>(backends: ["drive": MemoryDisk(size: 1 << 20, isReadOnly: true)])
    locked.device.settle()
    #expect(locked.level("card-inserted"))
    #expect(locked.level("card-write-protected"))
  }

  @Test(arguments: (0..<36).map { Int64($0) * 1111 }) func `a read that is moved in its middle goes on`(
    moment: Int64
  ) throws {
    start()
    desk.writeWord(Status.halfFull, 0x3c)
    data(2048, reading: true)
    desk.writeWord(0, 0x08)
    desk.writeWord(0x452, 0x0c)
    desk.wait(moment)
    try move()
    let first = read(600)
    try move()
    #expect(first + read(1448) == Array(disk.bytes[0..<2048]))
    #expect(status & 0x7ff == Status.responseEnd | Status.dataEnd | Status.blockEnd)
  }

  @Test(arguments: (0..<16).map { 4 + $0 * 124 }) func `a write that is moved in its middle goes on`(
    count: Int
  ) throws {
    start()
    let bytes = (0..<2048).map { UInt8(truncatingIfNeeded: $0 &* 5 &+ $0 >> 9) }
    command(25, 8192)
    data(2048, reading: false)
    write(Array(bytes[..<count]))
    desk.wait(Int64(count) * 97 % 150_000)
    try move()
    write(Array(bytes[count...]))
    desk.wait(20_000)
    try move()
    desk.wait(1_000_000)
    #expect(status & 0x7ff == Status.responseEnd | Status.dataEnd | Status.blockEnd)
    #expect(Array(disk.bytes[8192..<10240]) == bytes)
  }

  @Test func `a driver that only follows its interrupts reads what is there`() {
    start()
    desk.writeWord(Status.halfFull, 0x40)
    desk.writeWord(Status.dataTimeOut | Status.dataCRC | Status.overrun, 0x3c)
    data(4096, reading: true)
    command(18, 0)
    var bytes: [UInt8] = []
    var steps = 0
    while bytes.count < 4096, steps < 2000 {
      steps += 1
      guard desk.level("irq1"), let deadline = desk.clock.nextDeadline ?? .some(desk.now) else {
        desk.turn(to: desk.clock.nextDeadline ?? desk.now)
        continue
      }
      #expect(deadline >= desk.now)
      while status & Status.available != 0 {
        let word = desk.readWord(0x80)
        for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
      }
      if 4096 - bytes.count < 32 { desk.writeWord(Status.available, 0x40) }
    }
    #expect(!desk.level("irq0"))
    #expect(bytes == Array(disk.bytes[0..<4096]))
  }

  @Test func `a reset ends everything, and the card is as after power on`() {
    start()
    data(512, reading: true)
    command(17, 0)
    desk.device.reset()
    #expect(status == 0)
    #expect(desk.readWord(0x00) == 0)
    #expect(desk.device.state.card.phase == .idle)
    #expect(desk.device.state.card.isInserted)
  }
}
