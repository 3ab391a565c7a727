public import Bits
public import SavedState

/// What a PL011 remembers (ARM DDI 0183, chapter 3). Times are nanoseconds of the virtual clock, -1 for none.
public struct PL011State: DeviceState {
  /// Characters leave and arrive in the time that the line settings give, not at once.
  public var paced = false
  /// UARTRSR: errors of the character that was read last, and a sticky overrun.
  public var receiveStatus: UInt8 = 0
  public var lowPowerDivisor: UInt8 = 0
  public var integerDivisor: UInt16 = 0
  public var fractionalDivisor: UInt8 = 0
  /// Both divisors as one number of 64ths, as they were when UARTLCR_H was last written: they count from then.
  public var divisor: UInt32 = 0
  public var lineControl: UInt8 = 0
  public var control: UInt16 = 0x300
  public var fifoLevels: UInt8 = 0x12
  public var interruptMask: UInt16 = 0
  /// UARTRIS.
  public var raised: UInt16 = 0
  public var dmaControl: UInt8 = 0
  /// CTS, DSR, DCD and RI as the pins have them, in the bits of UARTFR. Unconnected, they are those of a terminal that
  /// is there.
  public var modemLines: UInt16 = 0x007
  /// Characters with framing, parity, break and overrun errors in bits 8 to 11; the holding register is a FIFO of one.
  public var received = FixedQueue<16, UInt16>(filler: 0)
  /// A character was lost; the next one that is kept will say so.
  public var hasOverrun = false
  /// Bytes that wait for the transmitter's shift register.
  public var transmit = FixedQueue<16, UInt8>(filler: 0)
  public var shifted: UInt8 = 0
  /// When the shift register is empty.
  public var shiftEnd: Int64 = -1
  /// When the receive FIFO will have waited for 32 bit times.
  public var timeOut: Int64 = -1
  /// Before this no further character arrives.
  public var nextArrival: Int64 = -1
  /// What the interrupt line was last driven to.
  public var irq = false

  public init() {}

  public static let table = StateTable<PL011State>("pl011", validate: contradiction) {
    fixed(\.paced)
    saved(\.receiveStatus, in: 0...0xf)
    saved(\.lowPowerDivisor)
    saved(\.integerDivisor)
    saved(\.fractionalDivisor, in: 0...0x3f)
    saved(\.divisor, in: 0...0x3f_ffff)
    saved(\.lineControl)
    saved(\.control, where: { $0 & ~PL011.controlMask == 0 })
    saved(\.fifoLevels, in: 0...0x3f)
    saved(\.interruptMask, in: 0...0x7ff)
    saved(\.raised, in: 0...0x7ff)
    saved(\.dmaControl, in: 0...7)
    saved(\.modemLines, where: { $0 & ~0x107 == 0 })
    list(\.received, max: 16, where: { $0 <= 0xfff })
    saved(\.hasOverrun)
    list(\.transmit, max: 16)
    saved(\.shifted)
    saved(\.shiftEnd, in: -1...lastTime)
    saved(\.timeOut, in: -1...lastTime)
    saved(\.nextArrival, in: -1...lastTime)
    derived(\.irq)
  }

  private static func contradiction(_ state: PL011State) -> String? {
    if !state.hasFIFOs, state.received.count > 1 || state.transmit.count > 1 { return "a FIFO of one holds more" }
    return state.timeOut >= 0 && state.received.isEmpty ? "an empty FIFO is to time out" : nil
  }

  /// The last time that a table accepts: 146 years.
  static let lastTime: Int64 = 1 << 62

  // MARK: Settings

  var hasFIFOs: Bool { lineControl.bit(4) }
  var isLooped: Bool { control.bit(7) }
  var isEnabled: Bool { control.bit(0) }
  /// Characters that each FIFO can hold.
  private var depth: Int { hasFIFOs ? 16 : 1 }
  /// Characters that the receiver can take.
  var room: Int { depth - Int(received.count) }
  /// The bits of a character.
  var dataMask: UInt8 { 0xff >> (3 - (lineControl >> 5 & 3)) }
  var asksInterrupt: Bool { raised & interruptMask != 0 }

  /// Whether characters come in from the line.
  var receives: Bool { isEnabled && control.bit(9) }
  /// Whether characters go out: with hardware flow control, only while the other side is clear to send.
  var transmits: Bool { isEnabled && control.bit(8) && (!control.bit(15) || modemLevels & 1 != 0) }

  /// A FIFO's level in eighths, by a field of UARTIFLS; the reserved settings are as the highest.
  private static func level(_ select: UInt8) -> Int32 {
    switch select & 7 {
    case 0: 2
    case 1: 4
    case 2: 8
    case 3: 12
    default: 14
    }
  }

  /// From so many characters on the receiver asks for service.
  private var receiveLevel: Int32 { hasFIFOs ? Self.level(fifoLevels >> 3) : 1 }
  /// Down from more than so many the transmitter asks for service.
  private var transmitLevel: Int32 { hasFIFOs ? Self.level(fifoLevels) : 0 }

  /// The RTS output: a bit of UARTCR, or whether there is room below the receiver's level.
  var isRequestingToSend: Bool { control.bit(14) ? received.count < receiveLevel : control.bit(11) }

  /// CTS, DSR, DCD and RI in the bits of UARTFR; looped back they are RTS, DTR, Out1 and Out2.
  var modemLevels: UInt16 {
    guard isLooped else { return modemLines }
    return (isRequestingToSend ? 1 : 0) | (control.bit(10) ? 2 : 0) | (control.bit(12) ? 4 : 0)
      | (control.bit(13) ? 0x100 : 0)
  }

  /// UARTFR.
  var flags: UInt16 {
    var flags = modemLevels
    if !transmit.isEmpty || shiftEnd >= 0 { flags |= 0x08 }
    if received.isEmpty { flags |= 0x10 }
    if Int(transmit.count) == depth { flags |= 0x20 }
    if room <= 0 { flags |= 0x40 }
    if transmit.isEmpty { flags |= 0x80 }
    return flags
  }

  /// Nanoseconds of so many half bits, at 14.7456 MHz divided by 16 and the divisor.
  private func time(halfBits: Int64) -> Int64 {
    // Less than 1 is no divisor that the generator can count.
    halfBits &* Int64(max(divisor, 64)) &* 1_000_000_000 / (8 * 14_745_600)
  }

  /// Nanoseconds of one character: start bit, data, parity and stop bits.
  var characterTime: Int64 {
    let data = Int64(lineControl >> 5 & 3) + 5
    return time(halfBits: 2 * (2 + data + (lineControl.bit(1) ? 1 : 0) + (lineControl.bit(3) ? 1 : 0)))
  }

  // MARK: Interrupts

  /// The bits of UARTRIS and its fellows.
  static let receiveInterrupt: UInt16 = 1 << 4
  static let transmitInterrupt: UInt16 = 1 << 5
  static let timeOutInterrupt: UInt16 = 1 << 6
  static let overrunInterrupt: UInt16 = 1 << 10

  /// Notes which modem lines changed since they were `old`.
  mutating func noteModem(since old: UInt16) {
    let changed = old ^ modemLevels
    // RI, CTS, DCD, DSR are bits 0 to 3 of the interrupts.
    if changed & 0x100 != 0 { raised |= 1 }
    if changed & 1 != 0 { raised |= 2 }
    if changed & 4 != 0 { raised |= 4 }
    if changed & 2 != 0 { raised |= 8 }
  }

  // MARK: Receiver

  /// A character with its errors in bits 8 to 10 has come over the line at `now`.
  mutating func arrive(_ character: UInt16, now: Int64) {
    let old = modemLevels
    defer { noteModem(since: old) }
    guard room > 0 else {
      hasOverrun = true
      receiveStatus |= 8
      raised |= Self.overrunInterrupt
      return
    }
    received.append(character | (hasOverrun ? 0x800 : 0))
    hasOverrun = false
    // Framing, parity, break are bits 7 to 9 of the interrupts.
    raised |= character >> 1 & 0x380
    if received.count >= receiveLevel { raised |= Self.receiveInterrupt }
    timeOut = now &+ time(halfBits: 64)
  }

  /// The data register read: the oldest character, 0 without one.
  mutating func take() -> UInt16 {
    let old = modemLevels
    defer { noteModem(since: old) }
    guard let character = received.popFirst() else { return 0 }
    receiveStatus = UInt8(truncatingIfNeeded: character >> 8) | receiveStatus & 8
    if received.count < receiveLevel { raised &= ~Self.receiveInterrupt }
    if received.isEmpty {
      raised &= ~Self.timeOutInterrupt
      timeOut = -1
    }
    return character
  }

  // MARK: Transmitter

  /// The data register written; a full FIFO takes nothing.
  mutating func put(_ byte: UInt8) {
    guard Int(transmit.count) < depth else { return }
    transmit.append(byte)
    if transmit.count > transmitLevel { raised &= ~Self.transmitInterrupt }
  }

  /// The next byte for the shift register; the interrupt comes as the FIFO falls to its level.
  mutating func nextToShift() -> UInt8? {
    let isAbove = transmit.count > transmitLevel
    guard let byte = transmit.popFirst() else { return nil }
    if isAbove, transmit.count <= transmitLevel { raised |= Self.transmitInterrupt }
    return byte
  }

  /// UARTLCR_H written: the divisors count from now, and without FIFOs what was in them is gone.
  mutating func setLineControl(_ value: UInt8) {
    let old = modemLevels
    defer { noteModem(since: old) }
    divisor = UInt32(integerDivisor) << 6 | UInt32(fractionalDivisor)
    if hasFIFOs, !value.bit(4) {
      received.removeAll()
      transmit.removeAll()
      timeOut = -1
      raised &= ~(Self.receiveInterrupt | Self.timeOutInterrupt)
    }
    lineControl = value
  }
}
