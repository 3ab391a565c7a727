import DeviceAudit
import DeviceModel
import Testing

@testable import ARMDevices

@Suite struct `the Integrator's core module` {
  let desk = Desk<IntegratorCM>()

  private func unlock() { desk.writeWord(0xa05f, 0x14) }

  @Test func `the registers that say what it is cannot be written`() {
    for (offset, value) in [(0x00, 0x411a_3001), (0x04, 0), (0x10, 0x0010_0000)] as [(UInt64, UInt32)] {
      desk.writeWord(.max, offset)
      #expect(desk.readWord(offset) == value)
    }
  }

  @Test func `the lock tells what was written, and with the key that it is open`() {
    #expect(desk.readWord(0x14) == 0)
    unlock()
    #expect(desk.readWord(0x14) == 0x1_a05f)
    desk.writeWord(0xffff_1234, 0x14)
    #expect(desk.readWord(0x14) == 0x1234)
    desk.writeWord(0x5555_a05f, 0x14)
    #expect(desk.readWord(0x14) == 0x1_a05f)
  }

  @Test func `oscillators, voltages and INIT move only while it is unlocked`() {
    for offset in [0x08, 0x1c, 0x24, 0x80, 0x84, 0x88, 0x8c] as [UInt64] {
      let old = desk.readWord(offset)
      desk.writeWord(0x55, offset)
      #expect(desk.readWord(offset) == old)
      unlock()
      desk.writeWord(0x55, offset)
      #expect(desk.readWord(offset) == 0x55)
      desk.writeWord(0, 0x14)
      desk.writeWord(0xaa, offset)
      #expect(desk.readWord(offset) == 0x55)
    }
    desk.device.reset()
    #expect(desk.readWord(0x08) == 0x0100_0048)
    #expect(desk.readWord(0x1c) == 0x0007_feff)
    #expect(desk.readWord(0x24) == 0x112)
    #expect(desk.readWord(0x14) == 0)
  }

  @Test func `REMAP is a line to the board, and a reset takes it back`() {
    desk.writeWord(5, 0x0c)
    #expect(desk.readWord(0x0c) == 5)
    #expect(desk.level("remap"))
    desk.writeWord(1, 0x0c)
    #expect(!desk.level("remap"))
    desk.writeWord(4, 0x0c)
    desk.device.reset()
    #expect(!desk.level("remap"))
    #expect(desk.readWord(0x0c) == 0)
  }

  @Test func `the reset bit asks for a system reset and reads as zero`() {
    desk.writeWord(0x0d, 0x0c)
    #expect(desk.control.resets.count == 1)
    #expect(desk.readWord(0x0c) == 5)
    desk.writeWord(5, 0x0c)
    #expect(desk.control.resets.count == 1)
  }

  @Test func `the display's switches in CTRL are kept`() {
    desk.writeWord(0xffff_fff7, 0x0c)
    #expect(desk.readWord(0x0c) == 0x001f_ff05)
  }

  @Test func `REFCNT counts 24 MHz from the reset on and wraps`() {
    #expect(desk.readWord(0x28) == 0)
    desk.wait(1_000_000)
    #expect(desk.readWord(0x28) == 24000)
    desk.wait(125)
    #expect(desk.readWord(0x28) == 24003)
    desk.writeWord(0, 0x28)
    #expect(desk.readWord(0x28) == 24003)
    desk.device.reset()
    #expect(desk.readWord(0x28) == 0)
    desk.wait(178_956_971_000)
    #expect(desk.readWord(0x28) == 8)
  }

  @Test func `REFCNT goes on where it was after a move`() throws {
    desk.wait(1_000_000)
    desk.device.reset()
    desk.wait(500_000)
    let other = Desk<IntegratorCM>()
    other.wait(1_500_000)
    let table = IntegratorCM.State.table
    other.device.state = try table.load(table.save(desk.device.state), over: other.device.state)
    other.device.settle()
    #expect(other.readWord(0x28) == 12000)
  }

  @Test func `LMBUSCNT counts bus cycles and harms nobody`() {
    #expect(desk.readWord(0x18) == 0)
    desk.wait(1_000_000)
    #expect(desk.readWord(0x18) == 40000)
  }

  @Test func `flags are set and cleared by bit; a reset leaves the other ones alone`() {
    desk.writeWord(0xf0, 0x30)
    desk.writeWord(0x0f, 0x30)
    desk.writeWord(0x3c, 0x34)
    #expect(desk.readWord(0x30) == 0xc3)
    desk.writeWord(0xff, 0x38)
    desk.writeWord(0x18, 0x3c)
    #expect(desk.readWord(0x38) == 0xe7)
    desk.device.reset()
    #expect(desk.readWord(0x30) == 0)
    #expect(desk.readWord(0x38) == 0xe7)
  }

  @Test func `its own controller turns the software interrupt into IRQ or FIQ`() {
    desk.writeWord(1, 0x50)
    #expect(desk.readWord(0x44) == 1)
    #expect(desk.readWord(0x40) == 0)
    #expect(!desk.level("irq"))
    desk.writeWord(0xff, 0x48)
    #expect(desk.readWord(0x48) == 7)
    #expect(desk.readWord(0x40) == 1)
    #expect(desk.level("irq") && !desk.level("fiq"))
    desk.writeWord(1, 0x68)
    #expect(desk.readWord(0x60) == 1)
    #expect(desk.readWord(0x64) == 1)
    #expect(desk.level("fiq"))
    desk.writeWord(1, 0x4c)
    #expect(!desk.level("irq") && desk.level("fiq"))
    #expect(desk.readWord(0x48) == 6)
    desk.writeWord(1, 0x54)
    #expect(!desk.level("fiq"))
    desk.writeWord(7, 0x6c)
    #expect(desk.readWord(0x68) == 0)
  }

  @Test func `CM_SDRAM tells the size that is fitted`() {
    let sizes: [(String, UInt32)] = [
      ("16", 0x1_1122), ("32", 0x1_1126), ("64", 0x1_112a), ("128", 0x1_112e), ("256", 0x1_1132),
    ]
    for (memory, code) in sizes {
      #expect(Desk<IntegratorCM>(parameters: ["memory": memory]).readWord(0x20) == code)
    }
    desk.writeWord(0, 0x20)
    #expect(desk.readWord(0x20) == 0x20)
  }

  @Test(arguments: [4, 8, 16, 32, 64, 128, 256] as [UInt32])
  func `the presence bytes multiply to the memory that is fitted`(memory: UInt32) {
    let desk = Desk<IntegratorCM>(parameters: ["memory": "\(memory)"])
    var bytes: [UInt8] = []
    for offset in stride(from: 0x100, to: 0x180, by: 4) as StrideTo<UInt64> {
      let word = desk.readWord(offset)
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
    }
    #expect(bytes[0] == 128)
    #expect(bytes[2] == 4)
    // Rows, columns, banks in a chip, banks of the module, 8 bytes wide.
    #expect(1 << UInt32(bytes[3] + bytes[4]) * UInt32(bytes[17]) * UInt32(bytes[5]) * 8 == memory << 20)
    // As boot loaders reckon: units of 4 MiB.
    #expect(UInt32(bytes[31]) * UInt32(bytes[5]) * 4 == memory)
    #expect(bytes[63] == bytes[..<63].reduce(0, &+))
  }

  @Test func `a module of two unlike banks has both in its presence bytes`() {
    let detect = SerialPresenceDetect(megabytes: 96)
    #expect(detect.byte(5) == 2)
    #expect(detect.byte(31) == 0x18)
    #expect(detect.byte(3) == 0xbc)
    #expect(detect.byte(4) == 0x99)
  }

  @Test func `what lies between and beyond the registers reads as zero`() {
    for offset in [0x2c, 0x58, 0x70, 0x90, 0xfc, 0x180, 0x200, 0x7f_fffc] as [UInt64] {
      desk.writeWord(.max, offset)
      #expect(desk.readWord(offset) == 0)
    }
  }
}
