public import Bits
public import SavedState

/// What a 16550A remembers (National Semiconductor PC16550D). Times are nanoseconds of the virtual clock, -1
/// for none.
public struct UARTState: DeviceState {
  /// Bytes leave and arrive in the time that the line settings give, not at once.
  public var paced = false
  public var divisor: UInt16 = 12
  public var interruptEnable: UInt8 = 0
  /// FIFO control as written, without the self-clearing resets.
  public var fifoControl: UInt8 = 0
  public var lineControl: UInt8 = 0
  public var modemControl: UInt8 = 0
  public var scratch: UInt8 = 0
  /// Overrun, parity, framing, break: bits 1-4 of LSR.
  public var lineErrors: UInt8 = 0
  /// Bits 0-3 of MSR.
  public var modemDelta: UInt8 = 0
  /// Levels of CTS, DSR, RI and DCD in bits 4-7. Unconnected, they are those of a terminal that is there.
  public var modemLines: UInt8 = 0xb0
  /// Received characters with their errors (as in LSR) in bits 8-15; the buffer register is a FIFO of one.
  public var received = FixedQueue<16, UInt16>(filler: 0)
  /// Bytes that wait for the transmitter shift register.
  public var transmit = FixedQueue<16, UInt8>(filler: 0)
  public var shifted: UInt8 = 0
  /// When the shift register is empty.
  public var shiftEnd: Int64 = -1
  /// The transmitter holding register has become empty, and neither IIR nor a write has answered.
  public var isTransmitPending = false
  /// The FIFO has lain untouched for four character times.
  public var isTimedOut = false
  public var timeOut: Int64 = -1
  /// Before this no further character arrives.
  public var nextArrival: Int64 = -1
  /// What the interrupt line was last driven to.
  public var irq = false

  public init() {}

  public static let table = StateTable<UARTState>("uart16550", validate: contradiction) {
    fixed(\.paced)
    saved(\.divisor)
    saved(\.interruptEnable, in: 0...0x0f)
    saved(\.fifoControl, where: { $0 & 0x36 == 0 && ($0 & 1 == 1 || $0 == 0) })
    saved(\.lineControl)
    saved(\.modemControl, in: 0...0x1f)
    saved(\.scratch)
    saved(\.lineErrors, where: { $0 & ~0x1e == 0 })
    saved(\.modemDelta, in: 0...0x0f)
    saved(\.modemLines, where: { $0 & 0x0f == 0 })
    list(\.received, max: 16, where: { $0 >> 8 & ~0x1c == 0 })
    list(\.transmit, max: 16)
    saved(\.shifted)
    saved(\.shiftEnd, in: -1...lastTime)
    saved(\.isTransmitPending)
    saved(\.isTimedOut)
    saved(\.timeOut, in: -1...lastTime)
    saved(\.nextArrival, in: -1...lastTime)
    derived(\.irq)
  }

  private static func contradiction(_ state: UARTState) -> String? {
    if !state.hasFIFOs, state.received.count > 1 || state.transmit.count > 1 { return "a FIFO of one holds more" }
    if state.shiftEnd < 0, !state.transmit.isEmpty { return "bytes wait for an idle transmitter" }
    return state.timeOut >= 0 && state.received.isEmpty ? "an empty FIFO is to time out" : nil
  }

  /// The last time that a table accepts: 146 years.
  static let lastTime: Int64 = 1 << 62

  var hasFIFOs: Bool { fifoControl.bit(0) }
  var isLooped: Bool { modemControl.bit(4) }
  /// Characters that the receiver can hold.
  var room: Int { (hasFIFOs ? 16 : 1) - Int(received.count) }

  /// Characters from which on the FIFO asks for service.
  private var trigger: Int32 {
    guard hasFIFOs else { return 1 }
    return switch fifoControl >> 6 {
    case 0: 1
    case 1: 4
    case 2: 8
    default: 14
    }
  }

  /// Nanoseconds of one character: start bit, data, parity and stop bits at 1.8432 MHz / 16 / divisor.
  var characterTime: Int64 {
    let data = Int64(lineControl & 3) + 5
    let parity: Int64 = lineControl.bit(3) ? 1 : 0
    // Two stop bits are one and a half with five data bits.
    let stopHalves: Int64 = lineControl.bit(2) ? (data == 5 ? 3 : 4) : 2
    let halves = 2 * (1 + data + parity) + stopHalves
    let divisor: Int64 = divisor == 0 ? 65536 : Int64(divisor)
    return halves &* divisor &* 8_000_000_000 / 1_843_200
  }

  /// Interrupt identification: the cause of highest priority, 1 for none.
  var cause: UInt8 {
    if interruptEnable.bit(2), lineErrors != 0 { return 6 }
    if interruptEnable.bit(0) {
      if received.count >= trigger { return 4 }
      if isTimedOut { return 0x0c }
    }
    if interruptEnable.bit(1), isTransmitPending { return 2 }
    return interruptEnable.bit(3) && modemDelta != 0 ? 0 : 1
  }

  var lineStatus: UInt8 {
    var status = lineErrors
    if !received.isEmpty { status |= 1 }
    if transmit.isEmpty { status |= shiftEnd < 0 ? 0x60 : 0x20 }
    if hasFIFOs, lineErrors & 0x1c != 0 || holdsErrors { status |= 0x80 }
    return status
  }

  /// Errors of characters that are not yet at the FIFO's top.
  private var holdsErrors: Bool {
    var index = 1
    while index < Int(received.count) {
      if received[index] >> 8 != 0 { return true }
      index += 1
    }
    return false
  }

  /// CTS, DSR, RI and DCD in bits 4-7; looped back they are RTS, DTR, OUT1 and OUT2.
  var modemLevels: UInt8 {
    guard isLooped else { return modemLines }
    let control = modemControl
    return (control.bit(1) ? 0x10 : 0) | (control.bit(0) ? 0x20 : 0) | (control.bit(2) ? 0x40 : 0)
      | (control.bit(3) ? 0x80 : 0)
  }

  /// Notes what changed in the modem lines since they were `old`; RI counts when it ends.
  mutating func noteModem(since old: UInt8) {
    let new = modemLevels
    modemDelta |= (old ^ new) >> 4 & 0x0b
    if old.bit(6), !new.bit(6) { modemDelta |= 4 }
  }

  /// A character with its errors in bits 8-15 has come over the line at `now`.
  mutating func arrive(_ character: UInt16, now: Int64) {
    if room <= 0 {
      lineErrors |= 2
      // The FIFO keeps what it has; the single buffer is overwritten.
      guard !hasFIFOs else { return }
      received.removeAll()
    }
    received.append(character)
    if received.count == 1 { lineErrors |= UInt8(truncatingIfNeeded: character >> 8) }
    timeOut = hasFIFOs ? now &+ 4 &* characterTime : -1
  }

  /// The receiver buffer register read: the oldest character, 0 without one.
  mutating func take(now: Int64) -> UInt8 {
    let character = received.popFirst() ?? 0
    if let next = received.first { lineErrors |= UInt8(truncatingIfNeeded: next >> 8) }
    isTimedOut = false
    timeOut = hasFIFOs && !received.isEmpty ? now &+ 4 &* characterTime : -1
    return UInt8(truncatingIfNeeded: character)
  }

  mutating func clearReceiver() {
    received.removeAll()
    isTimedOut = false
    timeOut = -1
  }
}
