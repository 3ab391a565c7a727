import DeviceAudit
import DeviceModel
import SavedState
import Testing

@testable import ARMDevices

@Suite struct `the PL050` {
  let desk = Desk<PL050>()
  let mouse = Desk<PL050>(parameters: ["device": "mouse"])

  private enum Register {
    static let control: UInt64 = 0x00
    static let status: UInt64 = 0x04
    static let data: UInt64 = 0x08
    static let divider: UInt64 = 0x0c
    static let interrupts: UInt64 = 0x10
  }

  /// As an operating system sets it up: 8 MHz inside, on, receive interrupt.
  private func open(_ desk: Desk<PL050>, control: UInt32 = 0x14) {
    desk.writeWord(2, Register.divider)
    desk.writeWord(control, Register.control)
  }

  /// Sends a byte and waits until it is there.
  private func send(_ byte: UInt32, _ desk: Desk<PL050>) {
    desk.writeWord(byte, Register.data)
    desk.wait(1_100_000)
  }

  /// Everything that comes within 40 bytes' time.
  private func drain(_ desk: Desk<PL050>) -> [UInt32] {
    var bytes: [UInt32] = []
    for _ in 0..<40 {
      if desk.readWord(Register.status) & 0x10 != 0 { bytes.append(desk.readWord(Register.data)) }
      desk.wait(1_000_000)
    }
    return bytes
  }

  @Test func `it has the numbers of its kind`() {
    #expect(
      stride(from: 0xfe0, to: 0x1000, by: 4).map { desk.readWord($0) } == [
        0x50, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1,
      ])
    #expect(desk.readWord(0x14) == 0)
    #expect(desk.readWord(0xfdc) == 0)
  }

  @Test func `after a reset the line is idle and the transmitter empty`() {
    #expect(desk.readWord(Register.status) == 0x43)
    #expect(desk.readWord(Register.control) == 0)
    #expect(desk.readWord(Register.interrupts) == 0)
  }

  @Test func `a reset command is answered by acknowledgement and self test, one frame apart`() {
    open(desk)
    desk.writeWord(0xff, Register.data)
    // 512 cycles of 8 MHz, eleven bits and the acknowledgement.
    desk.wait(64_000 + 12 * 80_000 - 1)
    #expect(desk.readWord(Register.status) & 0x60 == 0x20)
    desk.wait(1)
    #expect(desk.readWord(Register.status) & 0x68 == 0x48)
    desk.wait(880_000 - 1)
    #expect(!desk.level("irq"))
    desk.wait(1)
    #expect(desk.level("irq"))
    #expect(desk.readWord(Register.interrupts) == 1)
    #expect(desk.readWord(Register.status) & 0x18 == 0x10)
    #expect(desk.readWord(Register.data) == 0xfa)
    #expect(!desk.level("irq"))
    desk.wait(880_000)
    #expect(desk.readWord(Register.data) == 0xaa)
  }

  @Test func `a byte that is not read stays, and the device waits`() {
    open(desk)
    desk.device.key(0x1e, down: true)
    desk.device.key(0x1e, down: false)
    desk.wait(20_000_000)
    #expect(desk.readWord(Register.data) == 0x1c)
    #expect(desk.readWord(Register.data) == 0x1c)
    #expect(drain(desk) == [0xf0, 0x1c])
  }

  @Test func `the parity of a byte is odd`() {
    open(desk)
    desk.device.key(0x1e, down: true)
    desk.wait(880_000)
    // 0x1c has three ones.
    #expect(desk.readWord(Register.status) & 0x14 == 0x10)
    _ = desk.readWord(Register.data)
    desk.device.key(0x1e, down: false)
    desk.wait(880_000)
    // 0xf0 has four.
    #expect(desk.readWord(Register.status) & 0x14 == 0x14)
  }

  @Test func `the pins show a frame bit by bit`() {
    open(desk)
    desk.device.key(0x1e, down: true)
    var bits: [UInt32] = []
    for _ in 0..<11 {
      desk.wait(20_000)
      #expect(desk.readWord(Register.status) & 2 == 2)
      desk.wait(40_000)
      #expect(desk.readWord(Register.status) & 2 == 0)
      bits.append(desk.readWord(Register.status) & 1)
      desk.wait(20_000)
    }
    #expect(bits == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1])
  }

  @Test func `forced wires read low and hold the device off`() {
    open(desk, control: 0x15)
    #expect(desk.readWord(Register.status) & 3 == 1)
    desk.device.key(0x1e, down: true)
    #expect(drain(desk) == [])
    desk.writeWord(0x16, Register.control)
    #expect(desk.readWord(Register.status) & 3 == 2)
    #expect(drain(desk) == [])
    desk.writeWord(0x14, Register.control)
    #expect(drain(desk) == [0x1c])
  }

  @Test func `disabled, nothing moves either way`() {
    desk.writeWord(0xf2, Register.data)
    desk.device.key(0x1e, down: true)
    desk.wait(10_000_000)
    #expect(desk.readWord(Register.status) & 0x78 == 0)
    open(desk)
    desk.wait(2_000_000)
    #expect(drain(desk).prefix(3) == [0xfa, 0xab, 0x83])
  }

  @Test func `the transmit interrupt is there while the transmitter is empty`() {
    open(desk, control: 0x0c)
    #expect(desk.level("irq"))
    #expect(desk.readWord(Register.interrupts) == 2)
    desk.writeWord(0xed, Register.data)
    #expect(!desk.level("irq"))
    desk.wait(64_000 + 960_000)
    #expect(desk.level("irq"))
  }

  @Test func `without the line control bit a byte is sent one bit sooner`() {
    open(desk, control: 0x34)
    desk.writeWord(0xee, Register.data)
    desk.wait(64_000 + 880_000)
    #expect(desk.readWord(Register.status) & 0x40 != 0)
  }

  @Test func `a byte that waits is replaced, one on the line is not`() {
    desk.writeWord(0xee, Register.data)
    desk.writeWord(0xf2, Register.data)
    open(desk)
    desk.wait(100_000)
    desk.writeWord(0xee, Register.data)
    #expect(drain(desk) == [0xfa, 0xab, 0x83])
  }

  @Test func `a byte waits for the one that is coming`() {
    open(desk)
    desk.device.key(0x1e, down: true)
    desk.wait(100_000)
    desk.writeWord(0xee, Register.data)
    #expect(desk.readWord(Register.status) & 0x68 == 0x08)
    desk.wait(780_000)
    #expect(desk.readWord(Register.status) & 0x78 == 0x30)
    #expect(drain(desk) == [0x1c, 0xee])
  }

  @Test func `a mouse answers, reports and takes no keys`() {
    open(mouse)
    #expect(mouse.device.isPointer && !mouse.device.isKeyboard)
    send(0xf4, mouse)
    #expect(drain(mouse) == [0xfa])
    mouse.device.move(dx: 5, dy: 3, dz: 0, buttons: 1)
    #expect(drain(mouse) == [0x29, 5, 0xfd])
    mouse.device.key(0x1e, down: true)
    #expect(drain(mouse) == [])
    desk.device.move(dx: 1, dy: 1, buttons: 1)
    open(desk)
    #expect(drain(desk) == [])
  }

  @Test func `a held key repeats`() {
    open(desk)
    desk.device.key(0x1e, down: true)
    #expect(drain(desk) == [0x1c])
    desk.wait(460_000_000)
    #expect(drain(desk) == [0x1c])
  }

  @Test func `a transfer in either direction goes on after a load`() throws {
    open(desk)
    desk.writeWord(0xf2, Register.data)
    desk.wait(500_000)
    let twin = Desk<PL050>()
    twin.turn(to: desk.now)
    twin.device.state = try PL050.State.table.load(PL050.State.table.save(desk.device.state), over: twin.device.state)
    twin.device.settle()
    #expect(drain(twin) == [0xfa, 0xab, 0x83])
  }

  @Test func `a keyboard's state is refused by a mouse`() {
    #expect(throws: LoadError.self) {
      try PL050.State.table.load(PL050.State.table.save(desk.device.state), over: mouse.device.state)
    }
  }

  @Test func `contradicting transfers are refused`() {
    var state = desk.device.state
    state.receiveEnd = 5
    state.transmitEnd = 5
    #expect(throws: LoadError.self) {
      try PL050.State.table.load(PL050.State.table.save(state), over: desk.device.state)
    }
  }

  @Test(arguments: 1...4) func `a mouse moved at random moments behaves as its twin`(seed: UInt64) {
    #expect(auditMoves(of: PL050.self, seed: seed, pause: 2_000_000) { $0.parameters = ["device": "mouse"] } == [])
  }
}
