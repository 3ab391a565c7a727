import DeviceAudit
import DeviceModel
import SavedState
import Testing

@testable import ARMDevices

@Suite final class `the LAN91C111` {
  let cable = CableEnd()
  var desk: Desk<SMC91C111>
  private let mine: [UInt8] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56]
  private let other: [UInt8] = [0x02, 0x00, 0x00, 0x00, 0x00, 0x01]

  init() { desk = Desk(backends: ["net": cable]) }

  private func read(_ bank: UInt64, _ offset: UInt64) -> UInt16 {
    desk.device.busWrite(bank, 0xe, width: 2, region: 0)
    return UInt16(truncatingIfNeeded: desk.device.busRead(offset, width: 2, region: 0))
  }

  private func write(_ value: UInt16, _ bank: UInt64, _ offset: UInt64) {
    desk.device.busWrite(bank, 0xe, width: 2, region: 0)
    desk.device.busWrite(UInt64(value), offset, width: 2, region: 0)
  }

  private var interrupts: UInt16 { read(2, 0xc) & 0xff }
  private func command(_ number: UInt16) { write(number << 5, 2, 0) }
  private func acknowledge(_ bits: UInt16) { write(read(2, 0xc) & 0xff00 | bits, 2, 0xc) }

  /// Transmitter and receiver on, check sequences stripped.
  private func start(receive: UInt16 = 0x0300, send: UInt16 = 0x0081) {
    write(send, 0, 0x0)
    write(receive, 0, 0x4)
  }

  private func frame(to target: [UInt8], count: Int = 64) -> [UInt8] {
    target + other + [0x08, 0x00] + (14..<count).map { UInt8(truncatingIfNeeded: $0) }
  }

  /// Allocates a page and lays a frame out in it; its number.
  @discardableResult
  private func lay(_ frame: [UInt8], width: Int = 4) -> UInt16 {
    command(1)
    let page = read(2, 0x2) >> 8
    #expect(page < 4)
    write(page, 2, 0x2)
    write(0x4000, 2, 0x6)
    let isOdd = frame.count & 1 != 0
    let count = (frame.count & ~1) + 6
    var bytes: [UInt8] = [0, 0, UInt8(count & 0xff), UInt8(count >> 8)] + frame
    bytes += isOdd ? [0x20] : [0, 0]
    if width == 4 { while bytes.count & 3 != 0 { bytes.append(0) } }
    for index in stride(from: 0, to: bytes.count, by: width) {
      var value: UInt64 = 0
      for byte in bytes[index..<index + width].reversed() { value = value << 8 | UInt64(byte) }
      desk.device.busWrite(value, 8, width: width, region: 0)
    }
    return page
  }

  /// The received packet at the top of the queue, status and count included.
  private func top() -> [UInt8] {
    write(0xe000, 2, 0x6)
    let header = desk.device.busRead(8, width: 4, region: 0)
    let count = Int(header >> 16 & 0x7ff)
    var bytes = [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: header >> UInt64($0)) }
    while bytes.count < count { bytes.append(UInt8(truncatingIfNeeded: desk.device.busRead(8, width: 1, region: 0))) }
    return bytes
  }

  private func move() throws {
    let next = Desk<SMC91C111>(backends: ["net": cable])
    next.jump(to: desk.now)
    let tree = SMC91C111State.table.save(desk.device.state)
    next.device.state = try SMC91C111State.table.load(tree, over: next.device.state)
    next.device.settle()
    desk = next
  }

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

  // MARK: Sending

  @Test(arguments: [1, 2, 4]) func `a frame leaves after the time that it takes on the wire`(width: Int) {
    write(0x3800, 0, 0xa)
    start()
    let data = frame(to: other, count: 100)
    lay(data, width: width)
    command(6)
    acknowledge(0x04)
    // 100 bytes with preamble, check sequence and gap at 100 Mbit/s.
    desk.wait(124 * 80 - 1)
    #expect(cable.sent.isEmpty)
    #expect(interrupts & 0x04 == 0)
    desk.wait(1)
    #expect(cable.sent == [data])
    #expect(interrupts & 0x06 == 0x06)
  }

  @Test func `at 10 Mbit/s a frame takes ten times as long`() {
    start()
    lay(frame(to: other, count: 100))
    command(6)
    desk.wait(124 * 800 - 1)
    #expect(cable.sent.isEmpty)
    desk.wait(1)
    #expect(cable.sent.count == 1)
  }

  @Test func `odd frames have their last byte in the control word`() {
    start()
    let data = frame(to: other, count: 75)
    lay(data, width: 1)
    command(6)
    desk.wait(1_000_000)
    #expect(cable.sent == [data])
  }

  @Test func `short frames are filled up where PAD_EN says so`() {
    start()
    lay(frame(to: other, count: 20))
    command(6)
    desk.wait(1_000_000)
    #expect(cable.sent == [frame(to: other, count: 20) + [UInt8](repeating: 0, count: 40)])
    start(send: 0x0001)
    lay(frame(to: other, count: 20))
    command(6)
    desk.wait(1_000_000)
    #expect(cable.sent[1].count == 20)
  }

  @Test func `with NOCRC the guest's own check sequence does not reach the network as data`() {
    start(send: 0x0181)
    lay(frame(to: other, count: 64))
    command(6)
    desk.wait(1_000_000)
    #expect(cable.sent == [frame(to: other, count: 60)])
  }

  @Test func `a frame that has left waits for its acknowledgement, and its page for its release`() {
    start()
    let page = lay(frame(to: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
    command(6)
    desk.wait(1_000_000)
    #expect(read(2, 0x4) & 0xff == page)
    #expect(read(0, 0x2) == 0x4041)
    write(page, 2, 0x2)
    write(0x6000, 2, 0x6)
    #expect(desk.device.busRead(8, width: 2, region: 0) == 0x4041)
    #expect(read(0, 0x8) == 0x0304)
    command(5)
    acknowledge(0x02)
    #expect(read(2, 0x4) & 0x80 != 0)
    #expect(read(0, 0x8) == 0x0404)
    #expect(interrupts & 0x02 == 0)
  }

  @Test func `auto release gives the page back and leaves no completion`() {
    write(0x0800, 1, 0xc)
    start()
    lay(frame(to: other))
    command(6)
    desk.wait(1_000_000)
    #expect(read(2, 0x4) & 0x80 != 0)
    #expect(read(0, 0x8) == 0x0404)
    #expect(interrupts & 0x06 == 0x04)
  }

  @Test func `queued frames leave in their order, one after the other`() {
    start()
    for count in [60, 70, 80] {
      lay(frame(to: other, count: count))
      command(6)
    }
    desk.wait(10_000_000)
    #expect(cable.sent.map(\.count) == [60, 70, 80])
    #expect(read(2, 0x4) & 0xff == 0)
    acknowledge(0x02)
    #expect(read(2, 0x4) & 0xff == 1)
  }

  @Test func `frames wait for the transmitter, and can be called back`() {
    start(send: 0)
    lay(frame(to: other))
    command(6)
    desk.wait(10_000_000)
    #expect(cable.sent.isEmpty)
    command(7)
    start()
    desk.wait(10_000_000)
    #expect(cable.sent.isEmpty)
    command(6)
    desk.wait(10_000_000)
    #expect(cable.sent.count == 1)
  }

  @Test func `TX EMPTY stays until it is acknowledged while something is queued`() {
    start(send: 0)
    lay(frame(to: other))
    command(6)
    #expect(interrupts & 0x04 != 0)
    acknowledge(0x04)
    #expect(interrupts & 0x04 == 0)
    start()
    desk.wait(10_000_000)
    #expect(interrupts & 0x04 != 0)
    acknowledge(0x04)
    #expect(interrupts & 0x04 != 0)
  }

  @Test func `a dead wire stops a transmitter that watches the carrier`() {
    cable.isLinkUp = false
    write(0x0020, 1, 0xc)
    start(send: 0x0481)
    lay(frame(to: other))
    command(6)
    desk.wait(10_000_000)
    #expect(cable.sent.isEmpty)
    #expect(read(0, 0x0) == 0x0480)
    #expect(read(0, 0x2) == 0x0400)
    #expect(interrupts & 0x22 == 0x22)
    start(send: 0x0081)
    #expect(interrupts & 0x20 == 0)
  }

  // MARK: Receiving

  @Test func `a frame is laid out with status, count and control`() {
    start()
    cable.give(frame(to: mine, count: 64))
    #expect(interrupts & 0x01 != 0)
    #expect(read(2, 0x4) >> 8 == 0)
    let bytes = top()
    #expect(bytes.count == 70)
    #expect(bytes[2] == 70 && bytes[3] == 0)
    #expect(bytes[1] & 0xf4 == 0)
    #expect(Array(bytes[4..<68]) == frame(to: mine, count: 64))
    #expect(bytes[69] == 0x40)
    command(4)
    #expect(interrupts & 0x01 == 0)
    #expect(read(0, 0x8) == 0x0404)
  }

  @Test func `an odd frame has its last byte beside the control byte`() {
    start()
    cable.give(frame(to: mine, count: 65))
    let bytes = top()
    #expect(bytes.count == 70)
    #expect(bytes[1] & 0x10 != 0)
    #expect(Array(bytes[4..<69]) == frame(to: mine, count: 65))
    #expect(bytes[69] == 0x60)
  }

  @Test func `without STRIP_CRC the check sequence is there, and checks`() {
    start(receive: 0x0100)
    cable.give(frame(to: mine, count: 60))
    let bytes = top()
    #expect(bytes.count == 70)
    // The CRC-32 over a frame and its check sequence leaves a constant.
    var register: UInt32 = .max
    for byte in bytes[4..<68] {
      register ^= UInt32(byte)
      for _ in 0..<8 { register = register >> 1 ^ (register & 1 != 0 ? 0xedb8_8320 : 0) }
    }
    #expect(register == 0xdebb_20e3)
  }

  @Test func `frames that are too short for Ethernet are filled up, too long ones are marked`() {
    start()
    cable.give(frame(to: mine, count: 42))
    #expect(top().count == 66)
    command(4)
    cable.give(frame(to: mine, count: 1515))
    #expect(top()[1] & 0x08 != 0)
  }

  @Test func `the filter takes its own address, broadcasts, and groups of its table`() {
    let group: [UInt8] = [0x01, 0x00, 0x5e, 0x00, 0x00, 0x01]
    func isTaken(_ target: [UInt8]) -> Bool {
      cable.give(frame(to: target))
      let isTaken = interrupts & 1 != 0
      command(4)
      return isTaken
    }
    start()
    #expect(isTaken(mine))
    #expect(!isTaken(other))
    #expect(isTaken([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
    #expect(!isTaken(group))
    let hash = crc(group)
    write(1 << (hash & 15), 3, UInt64(hash >> 3) & ~1)
    #expect(isTaken(group))
    #expect(!isTaken([0x01, 0x00, 0x5e, 0x00, 0x00, 0x02]))
    start(receive: 0x0304)
    #expect(isTaken([0x01, 0x00, 0x5e, 0x00, 0x00, 0x02]))
    #expect(!isTaken(other))
    start(receive: 0x0302)
    #expect(isTaken(other))
    start(receive: 0x0200)
    #expect(!isTaken(mine))
  }

  /// The top six bits of a CRC-32 that is shifted towards its most significant bit.
  private func crc(_ bytes: [UInt8]) -> UInt16 {
    var register: UInt32 = .max
    for byte in bytes {
      for bit in 0..<8 {
        let inverts = register >> 31 != UInt32(byte >> UInt8(bit) & 1)
        register = register << 1 ^ (inverts ? 0x04c1_1db7 : 0)
      }
    }
    return UInt16(register >> 26)
  }

  @Test func `broadcasts and groups are marked in the status`() {
    start(receive: 0x0304)
    cable.give(frame(to: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
    #expect(top()[1] & 0x40 != 0)
    command(4)
    let group: [UInt8] = [0x01, 0x00, 0x5e, 0x00, 0x00, 0x01]
    cable.give(frame(to: group))
    #expect(top()[0] == UInt8(crc(group)) << 1 | 1)
  }

  @Test func `the fifth frame overruns, or waits where the network can`() {
    start()
    for _ in 0..<5 { cable.give(frame(to: mine)) }
    #expect(interrupts & 0x11 == 0x11)
    acknowledge(0x10)
    #expect(interrupts & 0x11 == 0x01)

    let patient = CableEnd(waits: true)
    desk = Desk(backends: ["net": patient])
    start()
    for count in 60..<66 { patient.give(frame(to: mine, count: count)) }
    #expect(interrupts & 0x11 == 0x01)
    #expect(patient.waiting.count == 2)
    for count in 60..<66 {
      #expect(Array(top()[4..<4 + count]) == frame(to: mine, count: count))
      command(4)
    }
    #expect(patient.waiting.isEmpty)
    #expect(read(0, 0x8) == 0x0404)
  }

  @Test func `a frame can leave the queue and keep its page`() {
    start()
    cable.give(frame(to: mine))
    command(3)
    #expect(interrupts & 1 == 0)
    #expect(read(0, 0x8) == 0x0304)
    write(0, 2, 0x2)
    command(5)
    #expect(read(0, 0x8) == 0x0404)
  }

  @Test func `loopback brings frames back and nothing on the wire`() {
    start(receive: 0x0302, send: 0x2081)
    lay(frame(to: other))
    command(6)
    desk.wait(1_000_000)
    #expect(cable.sent.isEmpty)
    #expect(Array(top()[4..<68]) == frame(to: other))
  }

  @Test func `interrupts are what the mask lets through`() {
    start()
    write(0x0100, 2, 0xc)
    #expect(!desk.level("irq"))
    cable.give(frame(to: mine))
    #expect(desk.level("irq"))
    command(4)
    #expect(!desk.level("irq"))
    write(0x0400, 2, 0xc)
    #expect(desk.level("irq"))
  }

  // MARK: The PHY

  /// Sends bits over the management port, most significant first.
  private func serialOut(_ value: UInt32, _ count: Int) {
    for bit in stride(from: count - 1, through: 0, by: -1) {
      let word: UInt16 = 0x8 | UInt16(value >> UInt32(bit) & 1)
      write(word, 3, 0x8)
      write(word | 0x4, 3, 0x8)
    }
  }

  private func phyRead(_ register: UInt32, at address: UInt32 = 0) -> UInt32 {
    serialOut(.max, 32)
    serialOut(6 << 10 | address << 5 | register, 14)
    write(0, 3, 0x8)
    var value: UInt32 = 0
    for _ in 0..<18 {
      value = value << 1 | UInt32(read(3, 0x8) >> 1 & 1)
      write(0, 3, 0x8)
      write(4, 3, 0x8)
    }
    write(0, 3, 0x8)
    return value
  }

  private func phyWrite(_ value: UInt32, _ register: UInt32) {
    serialOut(.max, 32)
    serialOut(5 << 28 | register << 18 | 2 << 16 | value, 32)
    write(0, 3, 0x8)
  }

  @Test func `the PHY is found at address 0, and nobody elsewhere`() {
    #expect(phyRead(2) == 0x0016)
    #expect(phyRead(3) == 0xf840)
    #expect(phyRead(0) == 0x3000)
    #expect(phyRead(4) == 0x01e1)
    #expect(phyRead(16) == 0x0022)
    #expect(phyRead(17) == 0xff00)
    #expect(phyRead(19) == 0xffc0)
    #expect(phyRead(2, at: 5) == 0x3ffff)
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
