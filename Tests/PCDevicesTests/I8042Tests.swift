import DeviceAudit
import DeviceModel
import Peripherals
import Testing

@testable import PCDevices

@Suite struct `the i8042` {
  let desk = Desk<I8042>()
  var controller: I8042 { desk.device }

  private func command(_ byte: UInt8) { desk.write(byte, 0, region: 1) }
  private func data(_ byte: UInt8) { desk.write(byte, 0, region: 0) }
  private func mouse(_ byte: UInt8) {
    command(0xd4)
    data(byte)
  }
  private var status: UInt8 { desk.read(0, region: 1) }

  /// Everything that comes within a while, keyboard and mouse alike.
  private func drain() -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<40 {
      if status & 1 != 0 { bytes.append(desk.read(0)) }
      desk.wait(1_000_000)
    }
    return bytes
  }

  /// Keys without translation, in `set`.
  private func use(set: UInt8) {
    command(0x60)
    data(0x05)
    data(0xf0)
    data(set)
    #expect(drain() == [0xfa, 0xfa])
  }

  @Test func `its tests pass`() {
    command(0xaa)
    #expect(drain() == [0x55])
    command(0xab)
    #expect(drain() == [0x00])
    command(0xa9)
    #expect(drain() == [0x00])
    #expect(status & 4 != 0)
  }

  @Test func `the command byte is read, written and changed by the enables`() {
    command(0x60)
    data(0x47)
    command(0x20)
    #expect(drain() == [0x47])
    command(0xa7)
    command(0xad)
    command(0x20)
    #expect(drain() == [0x77])
    command(0xa8)
    command(0xae)
    command(0x20)
    #expect(drain() == [0x47])
    command(0x7f)
    data(0x99)
    command(0x3f)
    #expect(drain() == [0x99])
  }

  @Test func `the auxiliary loop returns its byte as the mouse's`() {
    command(0x60)
    data(0x47)
    command(0xd3)
    data(0x5a)
    #expect(status & 0x21 == 0x21)
    #expect(desk.level("irq12"))
    #expect(desk.read(0) == 0x5a)
    #expect(!desk.level("irq12"))
    command(0xd2)
    data(0x33)
    #expect(status & 0x21 == 0x01)
    #expect(desk.level("irq1"))
    #expect(desk.read(0) == 0x33)
  }

  @Test func `status tells what was written last`() {
    command(0xae)
    #expect(status & 8 != 0)
    data(0xee)
    #expect(status & 8 == 0)
  }

  @Test func `keys come translated with one interrupt each`() {
    controller.key(0x1e, down: true)
    controller.key(0x1e, down: false)
    #expect(desk.level("irq1"))
    #expect(desk.read(0) == 0x1e)
    #expect(!desk.level("irq1"))
    // Until the next frame is over the data port shows the same byte.
    #expect(desk.read(0) == 0x1e)
    desk.wait(880_000)
    #expect(desk.level("irq1"))
    #expect(desk.read(0) == 0x9e)
    controller.key(0xe048, down: true)
    controller.key(0xe048, down: false)
    #expect(drain() == [0xe0, 0x48, 0xe0, 0xc8])
  }

  @Test func `sets 1 and 2 untranslated`() {
    use(set: 2)
    controller.key(0x1e, down: true)
    controller.key(0x1e, down: false)
    #expect(drain() == [0x1c, 0xf0, 0x1c])
    controller.key(ScanCodes.pause, down: true)
    controller.key(ScanCodes.pause, down: false)
    #expect(drain() == [0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77])
    controller.key(ScanCodes.printScreen, down: true)
    controller.key(ScanCodes.printScreen, down: false)
    #expect(drain() == [0xe0, 0x12, 0xe0, 0x7c, 0xe0, 0xf0, 0x7c, 0xe0, 0xf0, 0x12])
    use(set: 1)
    controller.key(ScanCodes.pause, down: true)
    #expect(drain() == [0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5])
  }

  @Test func `set 3 sends breaks only for keys that are told to`() {
    use(set: 3)
    controller.key(0x1e, down: true)
    controller.key(0x1e, down: false)
    #expect(drain() == [0x1c])
    controller.key(0x2a, down: true)
    controller.key(0x2a, down: false)
    #expect(drain() == [0x12, 0xf0, 0x12])
    data(0xfc)
    data(0x1c)
    data(0xf4)
    #expect(drain() == [0xfa, 0xfa, 0xfa])
    controller.key(0x1e, down: true)
    controller.key(0x1e, down: false)
    #expect(drain() == [0x1c, 0xf0, 0x1c])
    controller.key(0x3b, down: true)
    desk.wait(2_000_000_000)
    #expect(drain() == [0x07])
  }

  @Test func `every key of set 1 has a code in set 2 that translates back`() {
    for key in [UInt16](0x01...0x53) + [0x56, 0x57, 0x58] {
      let desk = Desk<I8042>()
      desk.device.key(key, down: true)
      #expect(desk.read(0) == UInt8(key))
    }
  }

  @Test func `a held key repeats after its delay at its rate, a released one does not`() {
    data(0xf3)
    data(0x00)
    #expect(drain() == [0xfa, 0xfa])
    controller.key(0x10, down: true)
    #expect(desk.read(0) == 0x10)
    desk.wait(249_000_000)
    #expect(status & 1 == 0)
    desk.wait(1_000_000)
    #expect(desk.read(0) == 0x10)
    desk.wait(34_000_000)
    #expect(desk.read(0) == 0x10)
    controller.key(0x10, down: false)
    #expect(drain() == [0x90])
    desk.wait(3_000_000_000)
    #expect(status & 1 == 0)
  }

  @Test func `the keyboard answers its commands`() {
    command(0x60)
    data(0x05)
    let dialogue: [([UInt8], [UInt8])] = [
      ([0xee], [0xee]), ([0xf2], [0xfa, 0xab, 0x83]), ([0xed, 0x05], [0xfa, 0xfa]),
      ([0xf0, 0x00], [0xfa, 0xfa, 0x02]),
      ([0xf3, 0x2b], [0xfa, 0xfa]), ([0xf4], [0xfa]), ([0xf5], [0xfa]), ([0xf6], [0xfa]), ([0xfe], [0xfa]),
      ([0x01], [0xfe]), ([0xed, 0xee], [0xfa, 0xee]), ([0xf0, 0x07], [0xfa, 0xfe]), ([0xff], [0xfa, 0xaa]),
    ]
    for (bytes, answer) in dialogue {
      for byte in bytes { data(byte) }
      #expect(drain() == answer)
    }
    data(0xed)
    data(0x02)
    _ = drain()
    #expect(controller.state.keyboard.leds == 2)
  }

  @Test func `a disabled keyboard sends no keys and a full one says so`() {
    data(0xf5)
    #expect(drain() == [0xfa])
    controller.key(0x1e, down: true)
    #expect(drain() == [])
    data(0xf4)
    #expect(drain() == [0xfa])
    command(0xad)
    for _ in 0..<20 {
      controller.key(0x1e, down: true)
      controller.key(0x1e, down: false)
    }
    #expect(status & 1 == 0)
    command(0x60)
    data(0x05)
    // Sixteen bytes, of which one key is whole but for its break, and the overrun code.
    #expect(drain() == Array(repeating: [0x1c, 0xf0, 0x1c], count: 5).flatMap(\.self) + [0x1c, 0x00])
  }

  @Test func `the mouse reports movement with signs and buttons`() {
    command(0x60)
    data(0x47)
    mouse(0xf4)
    #expect(drain() == [0xfa])
    controller.move(dx: 5, dy: 3, buttons: 1)
    #expect(desk.level("irq12"))
    #expect(status & 0x21 == 0x21)
    #expect(drain() == [0x29, 0x05, 0xfd])
    controller.move(dx: -1, dy: -2, buttons: 6)
    #expect(drain() == [0x1e, 0xff, 0x02])
    controller.move(dx: 300, dy: 0, buttons: 0)
    #expect(drain() == [0x08, 0xff, 0x00, 0x08, 45, 0x00])
  }

  @Test func `reports keep the sample rate`() {
    mouse(0xf3)
    mouse(10)
    mouse(0xf4)
    #expect(drain() == [0xfa, 0xfa, 0xfa])
    controller.move(dx: 1, dy: 0, buttons: 0)
    #expect(drain() == [0x08, 1, 0])
    for _ in 0..<5 { controller.move(dx: 1, dy: 0, buttons: 0) }
    desk.wait(59_000_000)
    #expect(status & 1 == 0)
    desk.wait(2_000_000)
    #expect(drain() == [0x08, 5, 0])
  }

  @Test func `the knock reveals wheel and buttons`() {
    func knock(_ rates: [UInt8]) -> [UInt8] {
      for rate in rates {
        mouse(0xf3)
        mouse(rate)
      }
      _ = drain()
      mouse(0xf2)
      return drain()
    }
    #expect(knock([100, 80, 60]) == [0xfa, 0x00])
    #expect(knock([200, 100, 80]) == [0xfa, 0x03])
    mouse(0xf4)
    _ = drain()
    controller.move(dx: 0, dy: 0, dz: -2, buttons: 0)
    #expect(drain() == [0x08, 0, 0, 0xfe])
    #expect(knock([200, 200, 80]) == [0xfa, 0x04])
    desk.wait(1_000_000_000)
    controller.move(dx: 0, dy: 0, dz: 1, buttons: 0x18)
    #expect(drain() == [0x08, 0, 0, 0x31])
  }

  @Test func `the mouse answers its commands`() {
    let dialogue: [([UInt8], [UInt8])] = [
      ([0xff], [0xfa, 0xaa, 0x00]), ([0xe9], [0xfa, 0x00, 0x02, 100]), ([0xe8, 3], [0xfa, 0xfa]), ([0xe7], [0xfa]),
      ([0xf4], [0xfa]), ([0xe9], [0xfa, 0x30, 3, 100]), ([0xe6], [0xfa]), ([0xf0], [0xfa]),
      ([0xe9], [0xfa, 0x60, 3, 100]),
      ([0xeb], [0xfa, 0x08, 0, 0]), ([0xea], [0xfa]), ([0xee], [0xfa]), ([0xf2, 0x55], [0xf2, 0x55]), ([0xec], [0xfa]),
      ([0xf6], [0xfa]), ([0xe9], [0xfa, 0x00, 0x02, 100]), ([0xe8, 9], [0xfa, 0xfe]), ([0x00], [0xfe]),
    ]
    for (bytes, answer) in dialogue {
      for byte in bytes { mouse(byte) }
      #expect(drain() == answer)
    }
  }

  @Test func `scaling 2 to 1 is the manual's table`() {
    mouse(0xe7)
    mouse(0xf4)
    _ = drain()
    for (count, scaled) in [(1, 1), (2, 1), (3, 3), (4, 6), (5, 9), (6, 12), (-4, 0xfa)] as [(Int32, UInt8)] {
      controller.move(dx: count, dy: 0, buttons: 0)
      #expect(drain()[1] == scaled)
    }
  }

  @Test func `A20 and reset hang on the output port`() {
    #expect(desk.level("a20"))
    command(0xd1)
    data(0xdd)
    #expect(!desk.level("a20"))
    command(0xd0)
    #expect(drain() == [0xc1])
    command(0xdf)
    #expect(desk.level("a20"))
    #expect(desk.control.resets == [])
    command(0xff)
    command(0xfd)
    #expect(desk.control.resets == [])
    command(0xfe)
    command(0xd1)
    data(0x02)
    #expect(desk.control.resets == ["keyboard controller pulse", "keyboard controller output port"])
  }
}
