import DeviceAudit
import DeviceModel
import Testing

@testable import ARMDevices

@Suite struct `the PL011` {
  let end = WireEnd()
  let pacedEnd = WireEnd()
  let desk: Desk<PL011>
  let paced: Desk<PL011>
  /// One character of 8N1 at 115200 baud.
  let character: Int64 = 86805
  private let dr: UInt64 = 0
  private let rsr: UInt64 = 4
  private let fr: UInt64 = 0x18
  private let lcr: UInt64 = 0x2c
  private let cr: UInt64 = 0x30
  private let ifls: UInt64 = 0x34
  private let imsc: UInt64 = 0x38
  private let ris: UInt64 = 0x3c
  private let icr: UInt64 = 0x44

  init() {
    desk = Desk(backends: ["chardev": end])
    paced = Desk(parameters: ["pacing": "on"], backends: ["chardev": pacedEnd])
    for desk in [desk, paced] {
      desk.writeWord(8, 0x24)
      desk.writeWord(0, 0x28)
      desk.writeWord(0x70, lcr)
      desk.writeWord(0x301, cr)
    }
  }

  @Test func `registers reset as the manual prints them`() {
    let desk = Desk<PL011>()
    #expect(desk.readWord(fr) == 0x97)
    #expect(desk.readWord(cr) == 0x300)
    #expect(desk.readWord(ifls) == 0x12)
    for offset in [rsr, 0x20, 0x24, 0x28, lcr, imsc, ris, 0x40, 0x48] { #expect(desk.readWord(offset) == 0) }
  }

  @Test func `the identification is that of a PL011 with FIFOs of 16`() {
    var part: UInt32 = 0
    var family: UInt32 = 0
    for index in 0..<4 as Range<UInt64> {
      part |= desk.readWord(0xfe0 + index * 4) << UInt32(index * 8)
      family |= desk.readWord(0xff0 + index * 4) << UInt32(index * 8)
    }
    #expect(part & 0x000f_ffff == 0x0004_1011)
    // From revision 3 on a FIFO has 32 places.
    #expect(part >> 20 & 15 < 3)
    #expect(family == 0xb105_f00d)
  }

  @Test func `the divisors count from the next write of the line control`() {
    #expect(desk.device.state.characterTime == character)
    desk.writeWord(1, 0x24)
    desk.writeWord(32, 0x28)
    #expect(desk.device.state.characterTime == character)
    desk.writeWord(0x70, lcr)
    #expect(desk.device.state.characterTime == 16276)
    // Parity and two stop bits make twelve of ten.
    desk.writeWord(0x7a, lcr)
    #expect(desk.device.state.characterTime == 19531)
    desk.writeWord(0x10, lcr)
    #expect(desk.device.state.characterTime == 11393)
  }

  @Test func `bytes go to the host, cut to the word length`() {
    desk.writeWord(0x41, dr)
    desk.writeWord(0x50, lcr)
    desk.writeWord(0xff, dr)
    #expect(end.sent == [0x41, 0x7f])
    #expect(desk.readWord(fr) & 0xf8 == 0x90)
  }

  @Test func `disabled, it sends nothing, keeps sixteen bytes and leaves the host's where they are`() {
    desk.writeWord(0x300, cr)
    for byte in 0..<20 as Range<UInt32> { desk.writeWord(byte, dr) }
    #expect(desk.readWord(fr) & 0xf8 == 0x38)
    end.type([1])
    #expect(desk.readWord(fr) & 0x10 != 0)
    #expect(end.sent == [])
    desk.writeWord(0x301, cr)
    #expect(end.sent == Array(0..<16))
    #expect(desk.readWord(dr) == 1)
  }

  @Test func `the transmitter and the receiver are enabled one by one`() {
    desk.writeWord(0x101, cr)
    end.type([7])
    desk.writeWord(0x42, dr)
    #expect(end.sent == [0x42])
    #expect(desk.readWord(fr) & 0x10 != 0)
    desk.writeWord(0x201, cr)
    desk.writeWord(0x43, dr)
    #expect(end.sent == [0x42])
    #expect(desk.readWord(dr) == 7)
  }

  @Test func `the receive interrupt comes at the trigger level and goes below it`() {
    desk.writeWord(0x10, imsc)
    for (select, level) in [(0, 2), (1, 4), (2, 8), (3, 12), (4, 14)] as [(UInt32, UInt8)] {
      desk.writeWord(select << 3, ifls)
      end.type(Array(1..<level))
      #expect(!desk.level("irq"))
      end.type([level])
      #expect(desk.level("irq"))
      #expect(desk.readWord(0x40) == 0x10)
      #expect(desk.readWord(dr) == 1)
      #expect(!desk.level("irq"))
      for byte in 2...level { #expect(desk.readWord(dr) == UInt32(byte)) }
      #expect(desk.readWord(fr) & 0x50 == 0x10)
    }
  }

  @Test func `the receive interrupt can be cleared and comes again with the next byte`() {
    desk.writeWord(0, ifls)
    desk.writeWord(0x10, imsc)
    end.type([1, 2, 3])
    desk.writeWord(0x10, icr)
    #expect(!desk.level("irq"))
    end.type([4])
    #expect(desk.level("irq"))
  }

  @Test func `bytes below the trigger level time out after 32 bit times without another`() {
    desk.writeWord(0x40, imsc)
    let bits: Int64 = 277_777
    end.type([1])
    desk.wait(bits - 1)
    end.type([2])
    desk.wait(bits - 1)
    #expect(!desk.level("irq"))
    desk.wait(1)
    #expect(desk.level("irq"))
    #expect(desk.readWord(ris) == 0x40)
    #expect(desk.readWord(dr) == 1)
    #expect(desk.level("irq"))
    #expect(desk.readWord(dr) == 2)
    #expect(!desk.level("irq"))
    desk.wait(10 * bits)
    #expect(desk.readWord(ris) == 0)
  }

  @Test func `a cleared time-out waits for another byte`() {
    desk.writeWord(0x40, imsc)
    end.type([1])
    desk.wait(1_000_000)
    desk.writeWord(0x40, icr)
    desk.wait(1_000_000)
    #expect(!desk.level("irq"))
    end.type([2])
    desk.wait(1_000_000)
    #expect(desk.level("irq"))
  }

  @Test func `without FIFOs one byte is held each way`() {
    desk.writeWord(0x60, lcr)
    desk.writeWord(0x10, imsc)
    end.type([1, 2])
    #expect(desk.level("irq"))
    #expect(end.waiting == [2])
    #expect(desk.readWord(fr) & 0x50 == 0x40)
    #expect(desk.readWord(dr) == 1)
    #expect(desk.readWord(dr) == 2)
    #expect(!desk.level("irq"))
    paced.writeWord(0x60, lcr)
    for byte in 1...3 as ClosedRange<UInt32> { paced.writeWord(byte, dr) }
    #expect(paced.readWord(fr) & 0xa8 == 0x28)
    paced.wait(2 * character)
    #expect(pacedEnd.sent == [1, 2])
    #expect(paced.readWord(fr) & 0xa8 == 0x80)
  }

  @Test func `a full FIFO leaves the rest at the host`() {
    end.type(Array(0..<20))
    #expect(desk.readWord(fr) & 0x50 == 0x40)
    #expect(end.waiting == [16, 17, 18, 19])
    for byte in 0..<20 as Range<UInt32> { #expect(desk.readWord(dr) == byte) }
    #expect(desk.readWord(rsr) == 0)
    #expect(desk.readWord(dr) == 0)
  }

  @Test func `turning the FIFOs off empties them`() {
    end.type([1, 2, 3])
    desk.writeWord(0x60, lcr)
    desk.writeWord(0x70, lcr)
    #expect(desk.readWord(fr) & 0x50 == 0x10)
    desk.wait(1_000_000)
    #expect(desk.readWord(ris) == 0)
  }

  @Test func `unpaced, the transmit interrupt comes after every write and not before the first`() {
    desk.writeWord(0x20, imsc)
    #expect(!desk.level("irq"))
    desk.writeWord(0x41, dr)
    #expect(desk.level("irq"))
    #expect(desk.readWord(0x40) == 0x20)
    desk.writeWord(0x20, icr)
    #expect(!desk.level("irq"))
    desk.writeWord(0x41, dr)
    #expect(desk.level("irq"))
  }

  @Test func `paced, the transmit interrupt comes as the FIFO falls through its level`() {
    paced.writeWord(0x20, imsc)
    for (select, level) in [(0, 2), (1, 4), (2, 8), (3, 12), (4, 14)] as [(UInt32, Int64)] {
      paced.writeWord(select, ifls)
      paced.writeWord(0x20, icr)
      for byte in 0..<17 as Range<UInt32> { paced.writeWord(byte, dr) }
      #expect(paced.readWord(fr) & 0xa8 == 0x28)
      paced.wait((16 - level) * character - 100)
      #expect(!paced.level("irq"))
      paced.wait(200)
      #expect(paced.level("irq"))
      // Filled above its level again, it takes its request back.
      for byte in 0..<16 as Range<UInt32> { paced.writeWord(byte, dr) }
      #expect(!paced.level("irq"))
      paced.wait(40 * character)
      #expect(paced.readWord(fr) & 0xa8 == 0x80)
    }
  }

  @Test func `paced, one byte in an idle transmitter falls through no level`() {
    paced.writeWord(0x20, imsc)
    paced.writeWord(0x41, dr)
    paced.wait(10 * character)
    #expect(pacedEnd.sent == [0x41])
    #expect(!paced.level("irq"))
    paced.writeWord(0x60, lcr)
    paced.writeWord(0x42, dr)
    #expect(paced.level("irq"))
  }

  @Test func `paced, characters take their time both ways`() {
    paced.writeWord(1, dr)
    paced.writeWord(2, dr)
    #expect(paced.readWord(fr) & 8 != 0)
    paced.wait(character - 1)
    #expect(pacedEnd.sent == [])
    paced.wait(1)
    #expect(pacedEnd.sent == [1])
    paced.wait(character)
    #expect(pacedEnd.sent == [1, 2])
    #expect(paced.readWord(fr) & 8 == 0)
    pacedEnd.type([5, 6, 7])
    #expect(paced.device.state.received.elements == [5])
    paced.wait(character)
    #expect(paced.device.state.received.elements == [5, 6])
    paced.wait(character)
    #expect(paced.device.state.received.elements == [5, 6, 7])
  }

  @Test func `loop back takes the transmitter to the receiver and cuts off the host`() {
    desk.writeWord(0x381, cr)
    end.type([0x66])
    desk.writeWord(0x41, dr)
    #expect(end.sent == [])
    #expect(desk.readWord(dr) == 0x41)
    #expect(desk.readWord(fr) & 0x10 != 0)
    desk.writeWord(0x301, cr)
    #expect(desk.readWord(dr) == 0x66)
  }

  @Test func `looped back, the modem outputs are its inputs`() {
    for (control, flags) in [
      (0x800, 0x001), (0x400, 0x002), (0x1000, 0x004), (0x2000, 0x100),
    ] as [(UInt32, UInt32)] {
      desk.writeWord(0x381, cr)
      #expect(desk.readWord(fr) & 0x107 == 0)
      desk.writeWord(0x381 | control, cr)
      #expect(desk.readWord(fr) & 0x107 == flags)
    }
  }

  @Test func `an overrun keeps what is there, and the next character says so`() {
    desk.writeWord(0x381, cr)
    desk.writeWord(0x400, imsc)
    for byte in 0..<16 as Range<UInt32> { desk.writeWord(byte, dr) }
    #expect(!desk.level("irq"))
    desk.writeWord(0x77, dr)
    #expect(desk.level("irq"))
    #expect(desk.readWord(rsr) == 8)
    #expect(desk.readWord(dr) == 0)
    desk.writeWord(0x78, dr)
    for byte in 1..<16 as Range<UInt32> { #expect(desk.readWord(dr) == byte) }
    #expect(desk.readWord(dr) == 0x878)
    #expect(desk.readWord(rsr) == 8)
    desk.writeWord(0, rsr)
    #expect(desk.readWord(rsr) == 0)
    desk.writeWord(0x400, icr)
    #expect(!desk.level("irq"))
  }

  @Test func `a break is a character of zeros with its errors, and RSR is of the character read last`() {
    desk.writeWord(0x280, imsc)
    end.type([0x31])
    end.onBreak?()
    end.type([0x32])
    #expect(desk.level("irq"))
    #expect(desk.readWord(ris) & 0x780 == 0x280)
    #expect(desk.readWord(dr) == 0x31)
    #expect(desk.readWord(rsr) == 0)
    #expect(desk.readWord(dr) == 0x500)
    #expect(desk.readWord(rsr) == 5)
    #expect(desk.readWord(dr) == 0x32)
    #expect(desk.readWord(rsr) == 0)
    desk.writeWord(0x280, icr)
    #expect(!desk.level("irq"))
  }

  @Test func `a break that is sent comes back in loop back, once`() {
    desk.writeWord(0x381, cr)
    desk.writeWord(0x71, lcr)
    desk.writeWord(0x71, lcr)
    #expect(desk.readWord(dr) == 0x500)
    #expect(desk.readWord(fr) & 0x10 != 0)
  }

  @Test func `modem lines show in the flags and interrupt on every change`() {
    #expect(desk.readWord(fr) & 0x107 == 7)
    desk.writeWord(0x0f, imsc)
    for (input, flag, interrupt) in [(0, 0x001, 2), (1, 0x002, 8), (2, 0x004, 4), (3, 0x100, 1)]
      as [(
        Int, UInt32, UInt32
      )]
    {
      let before = desk.readWord(fr) & flag != 0
      for level in [!before, before] {
        desk.device.input(input, level)
        #expect((desk.readWord(fr) & flag != 0) == level)
        #expect(desk.readWord(0x40) == interrupt)
        #expect(desk.level("irq"))
        desk.writeWord(interrupt, icr)
        #expect(!desk.level("irq"))
      }
    }
  }

  @Test func `with CTS flow control the transmitter waits until it is clear to send`() {
    desk.device.input(0, false)
    desk.writeWord(0x8301, cr)
    desk.writeWord(1, dr)
    desk.writeWord(2, dr)
    #expect(end.sent == [])
    #expect(desk.readWord(fr) & 8 != 0)
    desk.device.input(0, true)
    #expect(end.sent == [1, 2])
  }

  @Test func `with RTS flow control the other side waits at the receiver's level`() {
    desk.writeWord(0x00, ifls)
    desk.writeWord(0x4301, cr)
    end.type([1, 2, 3])
    #expect(end.waiting == [3])
    #expect(desk.readWord(dr) == 1)
    #expect(end.waiting == [])
    desk.writeWord(0x4381, cr)
    #expect(desk.readWord(fr) & 1 == 0)
    _ = desk.readWord(dr)
    #expect(desk.readWord(fr) & 1 == 1)
  }

  @Test func `a half-filled FIFO comes through a move, time-out and all`() throws {
    paced.writeWord(0x40, imsc)
    for byte in 0..<9 as Range<UInt32> { paced.writeWord(byte, dr) }
    pacedEnd.type([1, 2])
    paced.wait(character)
    let otherEnd = WireEnd()
    let other = Desk<PL011>(parameters: ["pacing": "on"], backends: ["chardev": otherEnd])
    other.wait(paced.now)
    let table = PL011.State.table
    other.device.state = try table.load(table.save(paced.device.state), over: other.device.state)
    other.device.settle()
    other.wait(277_776)
    #expect(!other.level("irq"))
    other.wait(1)
    #expect(other.level("irq"))
    other.wait(8 * character)
    #expect(otherEnd.sent == Array(1..<9))
    #expect(other.readWord(dr) == 1)
    #expect(other.readWord(dr) == 2)
  }

  @Test func `a reset forgets all but the wires`() {
    end.type([1, 2, 3])
    desk.device.input(0, false)
    desk.writeWord(0x7ff, imsc)
    #expect(desk.level("irq"))
    desk.device.reset()
    #expect(!desk.level("irq"))
    #expect(desk.readWord(fr) == 0x96)
    #expect(desk.readWord(cr) == 0x300)
  }

  @Test(arguments: 1...3) func `moved at random moments, paced, it behaves as its twin`(seed: UInt64) {
    for pause in [2_000, 200_000] as [Int64] {
      let faults = auditMoves(of: PL011.self, seed: seed, steps: 20_000, pause: pause) {
        $0.parameters["pacing"] = "on"
      }
      #expect(faults == [])
    }
  }
}
