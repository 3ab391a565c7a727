import DeviceAudit
import DeviceModel
import Testing

@testable import PCDevices

@Suite struct `the 16550A` {
  let end = WireEnd()
  let desk: Desk<UART16550>
  let paced: Desk<UART16550>
  let pacedEnd = WireEnd()
  /// One character of 8N1 at divisor 1.
  let character: Int64 = 86805

  init() {
    desk = Desk(backends: ["chardev": end])
    paced = Desk(parameters: ["pacing": "on"], backends: ["chardev": pacedEnd])
    for desk in [desk, paced] {
      desk.write(0x83, 3)
      desk.write(1, 0)
      desk.write(0, 1)
      desk.write(0x03, 3)
      desk.write(0x0b, 4)
    }
  }

  private func waiting(_ desk: Desk<UART16550>) -> UInt8 { desk.read(2) & 0x0f }

  @Test func `the divisor hides behind DLAB`() {
    desk.write(0x83, 3)
    desk.write(0x34, 0)
    desk.write(0x12, 1)
    #expect(desk.read(0) == 0x34)
    #expect(desk.read(1) == 0x12)
    desk.write(0x03, 3)
    #expect(desk.read(1) == 0)
    desk.write(0xff, 1)
    #expect(desk.read(1) == 0x0f)
  }

  @Test func `the character time follows divisor and line control`() {
    #expect(desk.device.state.characterTime == character)
    desk.write(0x1f, 3)
    #expect(desk.device.state.characterTime == 104_166)
    desk.write(0x04, 3)
    #expect(desk.device.state.characterTime == 65104)
  }

  @Test func `a 16550A is told by its FIFO bits, and only by them`() {
    desk.write(0x01, 2)
    #expect(desk.read(2) == 0xc1)
    desk.write(0x21, 2)
    #expect(desk.read(2) == 0xc1)
    desk.write(0x00, 2)
    #expect(desk.read(2) == 0x01)
    desk.write(0x5a, 7)
    #expect(desk.read(7) == 0x5a)
  }

  @Test func `loopback answers the presence test of drivers`() {
    desk.write(0x1a, 4)
    #expect(desk.read(6) & 0xf0 == 0x90)
    desk.write(0x15, 4)
    #expect(desk.read(6) & 0xf0 == 0x60)
  }

  @Test func `loopback takes the transmitter to the receiver and cuts off the host`() {
    end.type([0x77])
    #expect(desk.read(0) == 0x77)
    desk.write(0x1b, 4)
    end.type([0x66])
    desk.write(0x41, 0)
    #expect(end.sent == [])
    #expect(desk.read(5) == 0x61)
    #expect(desk.read(0) == 0x41)
    #expect(desk.read(5) == 0x60)
    desk.write(0x0b, 4)
    #expect(desk.read(0) == 0x66)
  }

  @Test func `bytes go to the host, cut to the word length`() {
    desk.write(0x41, 0)
    desk.write(0x02, 3)
    desk.write(0xff, 0)
    #expect(end.sent == [0x41, 0x7f])
    #expect(desk.read(5) == 0x60)
  }

  @Test func `enabling the transmitter interrupt on an empty transmitter asks, as often as it is enabled`() {
    desk.write(0x02, 1)
    #expect(desk.level("irq"))
    #expect(waiting(desk) == 2)
    #expect(!desk.level("irq"))
    #expect(waiting(desk) == 1)
    desk.write(0x02, 1)
    #expect(waiting(desk) == 1)
    desk.write(0x00, 1)
    desk.write(0x02, 1)
    #expect(waiting(desk) == 2)
    desk.write(0x41, 0)
    #expect(desk.level("irq"))
  }

  @Test func `OUT2 lets the interrupt through`() {
    desk.write(0x03, 4)
    desk.write(0x02, 1)
    #expect(!desk.level("irq"))
    desk.write(0x0b, 4)
    #expect(desk.level("irq"))
  }

  @Test func `without FIFOs one byte is taken and the next waits at the host`() {
    desk.write(0x01, 1)
    end.type([1, 2])
    #expect(desk.level("irq"))
    #expect(end.waiting == [2])
    #expect(waiting(desk) == 4)
    #expect(desk.read(0) == 1)
    #expect(desk.read(0) == 2)
    #expect(!desk.level("irq"))
    #expect(desk.read(5) == 0x60)
  }

  @Test func `the FIFO asks at its trigger level`() {
    for (bits, level) in [(0x01, 1), (0x41, 4), (0x81, 8), (0xc1, 14)] as [(UInt8, UInt8)] {
      desk.write(bits | 2, 2)
      desk.write(0x01, 1)
      end.type(Array(1..<level))
      #expect(!desk.level("irq"))
      end.type([level])
      #expect(desk.level("irq"))
      #expect(waiting(desk) == 4)
      #expect(desk.read(0) == 1)
      #expect(!desk.level("irq"))
      for byte in 2..<max(level, 2) { #expect(desk.read(0) == byte) }
    }
  }

  @Test func `bytes below the trigger level time out after four character times without a touch`() {
    desk.write(0xc1, 2)
    desk.write(0x01, 1)
    end.type([1, 2])
    desk.wait(3 * character)
    end.type([3])
    desk.wait(4 * character - 1)
    #expect(!desk.level("irq"))
    desk.wait(1)
    #expect(desk.level("irq"))
    #expect(waiting(desk) == 0x0c)
    #expect(desk.read(0) == 1)
    #expect(!desk.level("irq"))
    desk.wait(4 * character)
    #expect(desk.level("irq"))
    _ = desk.read(0)
    _ = desk.read(0)
    desk.wait(40 * character)
    #expect(!desk.level("irq"))
  }

  @Test func `the host is read only as far as there is room`() {
    desk.write(0x01, 2)
    end.type(Array(0..<40))
    #expect(end.waiting.count == 24)
    for byte: UInt8 in 0..<40 { #expect(desk.read(0) == byte) }
    desk.write(0x02 | 1, 2)
    #expect(desk.read(5) == 0x60)
  }

  @Test func `an overrun keeps the FIFO and loses the byte`() {
    desk.write(0x01, 2)
    desk.write(0x04, 1)
    desk.write(0x1b, 4)
    for byte: UInt8 in 0..<17 { desk.write(byte, 0) }
    #expect(waiting(desk) == 6)
    #expect(desk.read(5) == 0x63)
    #expect(desk.read(5) == 0x61)
    for byte: UInt8 in 0..<16 { #expect(desk.read(0) == byte) }
  }

  @Test func `an overrun replaces the single buffer`() {
    desk.write(0x1b, 4)
    desk.write(1, 0)
    desk.write(2, 0)
    #expect(desk.read(5) == 0x63)
    #expect(desk.read(0) == 2)
  }

  @Test func `a break is a zero with its marks, told when it comes to the top of the FIFO`() {
    desk.write(0x01, 2)
    desk.write(0x04, 1)
    end.type([0x41])
    end.onBreak?()
    #expect(desk.read(5) == 0xe1)
    #expect(!desk.level("irq"))
    _ = desk.read(0)
    #expect(desk.level("irq"))
    #expect(desk.read(5) == 0xf9)
    #expect(desk.read(5) == 0x61)
    #expect(desk.read(0) == 0)
  }

  @Test func `sending a break in loopback receives one`() {
    desk.write(0x1b, 4)
    desk.write(0x43, 3)
    #expect(desk.read(5) == 0x79)
  }

  @Test func `modem lines tell their changes once`() {
    desk.write(0x08, 1)
    #expect(desk.read(6) == 0xb0)
    desk.device.input(0, false)
    #expect(desk.level("irq"))
    #expect(waiting(desk) == 0)
    #expect(desk.read(6) == 0xa1)
    #expect(!desk.level("irq"))
    desk.device.input(2, true)
    #expect(desk.read(6) == 0xe0)
    desk.device.input(2, false)
    desk.device.input(3, false)
    desk.device.input(1, false)
    #expect(desk.read(6) == 0x0e)
  }

  @Test func `paced, a byte leaves after its character time`() {
    paced.write(0x41, 0)
    #expect(paced.read(5) == 0x20)
    paced.write(0x42, 0)
    #expect(paced.read(5) == 0x00)
    paced.wait(character)
    #expect(pacedEnd.sent == [0x41])
    #expect(paced.read(5) == 0x20)
    paced.wait(character)
    #expect(pacedEnd.sent == [0x41, 0x42])
    #expect(paced.read(5) == 0x60)
  }

  @Test func `paced, the transmitter FIFO asks when its last byte has gone to the shift register`() {
    paced.write(0x01, 2)
    paced.write(0x02, 1)
    _ = waiting(paced)
    for byte: UInt8 in 0..<16 { paced.write(byte, 0) }
    _ = waiting(paced)
    paced.wait(14 * character)
    #expect(!paced.level("irq"))
    paced.wait(character)
    #expect(paced.level("irq"))
    paced.wait(character)
    #expect(pacedEnd.sent == Array(0..<16))
  }

  @Test func `paced, bytes arrive one character time apart`() {
    paced.write(0x01, 2)
    pacedEnd.type([1, 2, 3])
    #expect(pacedEnd.waiting == [2, 3])
    paced.wait(character)
    #expect(pacedEnd.waiting == [3])
    paced.wait(character)
    #expect(pacedEnd.waiting == [])
  }

  @Test func `a reset empties it and keeps modem lines and pacing`() {
    desk.write(0x01, 2)
    end.type([1, 2, 3])
    desk.device.input(0, false)
    desk.device.reset()
    #expect(desk.read(5) == 0x60)
    #expect(desk.read(6) == 0xa0)
    paced.device.reset()
    #expect(paced.device.state.paced)
  }
}
