import DeviceAudit
import DeviceModel
import SavedState
import Testing

@testable import ARMDevices

/// A PL181 with a card on a disk in memory, and a driver that polls it.
class PL181Rig {
  enum Status {
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

  var status: UInt32 { desk.readWord(0x34) }

  /// Issues a command and waits for its end; the flags it has raised.
  @discardableResult
  func command(_ index: UInt32, _ argument: UInt32 = 0, _ response: UInt32 = 0x40) -> UInt32 {
    desk.writeWord(0x7ff, 0x38)
    desk.writeWord(argument, 0x08)
    desk.writeWord(0x400 | response | index, 0x0c)
    desk.wait(20_000)
    return status & 0x8c5
  }

  var address: UInt32 = 0

  /// Brings the card to its transfer state, on four data lines if `wide`.
  func start(wide: Bool = false) {
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
  func data(_ count: UInt32, reading: Bool, block: UInt32 = 9) {
    desk.writeWord(count, 0x28)
    desk.writeWord(block << 4 | (reading ? 2 : 0) | 1, 0x2c)
  }

  /// Takes words from the FIFO as they come until `count` bytes are there or nothing has moved for a while.
  func read(_ count: Int) -> [UInt8] {
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
  func write(_ bytes: [UInt8]) {
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
  func move() throws {
    let other = Desk<PL181>(backends: ["drive": disk])
    other.jump(to: desk.now)
    let state = desk.device.state
    other.device.state = try PL181State.table.load(PL181State.table.save(state), over: other.device.state)
    other.device.settle()
    #expect(other.level("irq0") == desk.level("irq0"))
    desk = other
  }
}
