import DeviceAudit
import DeviceModel
import SavedState
import Testing

@testable import ARMDevices

@Suite final class `the PL181` {
  private enum Status {
    static let commandCRC: UInt32 = 0x001
    static let dataCRC: UInt32 = 0x002
    static let commandTimeOut: UInt32 = 0x004
    static let dataTimeOut: UInt32 = 0x008
    static let underrun: UInt32 = 0x010
    static let overrun: UInt32 = 0x020
    static let responseEnd: UInt32 = 0x040
    static let sent: UInt32 = 0x080
    static let dataEnd: UInt32 = 0x100
    static let startBit: UInt32 = 0x200
    static let blockEnd: UInt32 = 0x400
    static let receiving: UInt32 = 1 << 13
    static let halfEmpty: UInt32 = 1 << 14
    static let halfFull: UInt32 = 1 << 15
    static let available: UInt32 = 1 << 21
  }

  let disk = MemoryDisk(size: 1 << 20) { UInt8(truncatingIfNeeded: $0 / 512 &* 3 &+ $0) }
  var desk: Desk<PL181>

  init() {
    desk = Desk(backends: ["drive": disk])
    desk.writeWord(0x03, 0x00)
    desk.writeWord(0x500, 0x04)
    desk.writeWord(0xffff_ffff, 0x24)
  }

  private var status: UInt32 { desk.readWord(0x34) }

  /// Issues a command and waits for its end; the flags it has raised.
  @discardableResult
  private func command(_ index: UInt32, _ argument: UInt32 = 0, _ response: UInt32 = 0x40) -> UInt32 {
    desk.writeWord(0x7ff, 0x38)
    desk.writeWord(argument, 0x08)
    desk.writeWord(0x400 | response | index, 0x0c)
    desk.wait(20_000)
    return status & 0x8c5
  }

  private var address: UInt32 = 0

  /// Brings the card to its transfer state, on four data lines if `wide`.
  private func start(wide: Bool = false) {
    command(0, 0, 0)
    command(8, 0x1aa)
    command(55)
    command(41, 0x40ff_8000)
    command(2, 0, 0xc0)
    command(3)
    address = desk.readWord(0x14) & 0xffff_0000
    command(7, address)
    if wide {
      command(55, address)
      command(6, 2)
      desk.writeWord(0xd00, 0x04)
    }
    #expect(command(13, address) == Status.responseEnd)
    #expect(desk.readWord(0x14) == 0x900)
    desk.writeWord(0x7ff, 0x38)
  }

  /// Starts the data path for `count` bytes in blocks of 512.
  private func data(_ count: UInt32, reading: Bool, block: UInt32 = 9) {
    desk.writeWord(count, 0x28)
    desk.writeWord(block << 4 | (reading ? 2 : 0) | 1, 0x2c)
  }

  /// Takes words from the FIFO as they come until `count` bytes are there or nothing has moved for a while.
  private func read(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var idle = 0
    while bytes.count < count, idle < 1000 {
      if status & Status.available != 0 {
        let word = desk.readWord(0x80)
        for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        idle = 0
      } else {
        desk.wait(1000)
        idle += 1
      }
    }
    // The CRC, too.
    desk.wait(2000)
    return bytes
  }

  /// Puts words into the FIFO as it takes them.
  private func write(_ bytes: [UInt8]) {
    for index in stride(from: 0, to: bytes.count, by: 4) {
      var idle = 0
      while status & 1 << 16 != 0, idle < 1000 {
        desk.wait(1000)
        idle += 1
      }
      var word: UInt32 = 0
      for byte in bytes[index..<index + 4].reversed() { word = word << 8 | UInt32(byte) }
      desk.writeWord(word, 0x80)
    }
  }

  /// Moves the device into a new one at the same moment, as a snapshot would.
  private func move() throws {
    let other = Desk<PL181>(backends: ["drive": disk])
    other.jump(to: desk.now)
    let state = desk.device.state
    other.device.state = try PL181State.table.load(PL181State.table.save(state), over: other.device.state)
    other.device.settle()
    #expect(other.level("irq0") == desk.level("irq0"))
    desk = other
  }

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
