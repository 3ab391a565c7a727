import DeviceAudit
import DeviceModel
import SavedState
import Testing

@testable import ARMDevices

/// A LAN91C111 with its cable in the hand, and what a driver does with it.
class SMC91C111Rig {
  let cable = CableEnd()
  var desk: Desk<SMC91C111>
  let mine: [UInt8] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56]
  let other: [UInt8] = [0x02, 0x00, 0x00, 0x00, 0x00, 0x01]

  init() { desk = Desk(backends: ["net": cable]) }

  func read(_ bank: UInt64, _ offset: UInt64) -> UInt16 {
    desk.device.busWrite(bank, 0xe, width: 2, region: 0)
    return UInt16(truncatingIfNeeded: desk.device.busRead(offset, width: 2, region: 0))
  }

  func write(_ value: UInt16, _ bank: UInt64, _ offset: UInt64) {
    desk.device.busWrite(bank, 0xe, width: 2, region: 0)
    desk.device.busWrite(UInt64(value), offset, width: 2, region: 0)
  }

  var interrupts: UInt16 { read(2, 0xc) & 0xff }
  func command(_ number: UInt16) { write(number << 5, 2, 0) }
  func acknowledge(_ bits: UInt16) { write(read(2, 0xc) & 0xff00 | bits, 2, 0xc) }

  /// Transmitter and receiver on, check sequences stripped.
  func start(receive: UInt16 = 0x0300, send: UInt16 = 0x0081) {
    write(send, 0, 0x0)
    write(receive, 0, 0x4)
  }

  func frame(to target: [UInt8], count: Int = 64) -> [UInt8] {
    target + other + [0x08, 0x00] + (14..<count).map { UInt8(truncatingIfNeeded: $0) }
  }

  /// Allocates a page and lays a frame out in it; its number.
  @discardableResult
  func lay(_ frame: [UInt8], width: Int = 4) -> UInt16 {
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
  func top() -> [UInt8] {
    write(0xe000, 2, 0x6)
    let header = desk.device.busRead(8, width: 4, region: 0)
    let count = Int(header >> 16 & 0x7ff)
    var bytes = [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: header >> UInt64($0)) }
    while bytes.count < count { bytes.append(UInt8(truncatingIfNeeded: desk.device.busRead(8, width: 1, region: 0))) }
    return bytes
  }

  func move() throws {
    let next = Desk<SMC91C111>(backends: ["net": cable])
    next.jump(to: desk.now)
    let tree = SMC91C111State.table.save(desk.device.state)
    next.device.state = try SMC91C111State.table.load(tree, over: next.device.state)
    next.device.settle()
    desk = next
  }

  /// The top six bits of a CRC-32 that is shifted towards its most significant bit.
  func crc(_ bytes: [UInt8]) -> UInt16 {
    var register: UInt32 = .max
    for byte in bytes {
      for bit in 0..<8 {
        let inverts = register >> 31 != UInt32(byte >> UInt8(bit) & 1)
        register = register << 1 ^ (inverts ? 0x04c1_1db7 : 0)
      }
    }
    return UInt16(register >> 26)
  }

  /// Sends bits over the management port, most significant first.
  func serialOut(_ value: UInt32, _ count: Int) {
    for bit in stride(from: count - 1, through: 0, by: -1) {
      let word: UInt16 = 0x8 | UInt16(value >> UInt32(bit) & 1)
      write(word, 3, 0x8)
      write(word | 0x4, 3, 0x8)
    }
  }

  func phyRead(_ register: UInt32, at address: UInt32 = 0) -> UInt32 {
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

  func phyWrite(_ value: UInt32, _ register: UInt32) {
    serialOut(.max, 32)
    serialOut(5 << 28 | register << 18 | 2 << 16 | value, 32)
    write(0, 3, 0x8)
  }
}
