import DeviceAudit
import DeviceModel
import Testing

@testable import ARMDevices

@Suite final class `frames of the LAN91C111`: SMC91C111Rig {
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
}
