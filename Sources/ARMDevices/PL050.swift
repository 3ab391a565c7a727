import Bits
public import DeviceModel
public import Peripherals
public import SavedState

/// The PrimeCell PS/2 keyboard and mouse interface (PL050, ARM DDI 0143), with a keyboard or a mouse plugged in.
///
/// Bytes take the time that they take on the cable. While a received byte has not been read, and while the interface
/// is disabled or forces its clock low, the device keeps what it has to say; a transfer that has begun goes on.
public final class PL050: Device, KeyboardInput, PointerInput {
  public static let model = Model(
    "pl050", "PrimeCell PS/2 interface with keyboard or mouse",
    regions: [RegionModel("registers", .memory, size: 0x1000, widths: 4...4)],
    outputs: ["irq"],
    parameters: [
      ParameterModel("device", .choice(["keyboard", "mouse"]), default: "keyboard", "what is plugged in"),
      ParameterModel("clock", .integer(1_000_000...1_000_000_000), default: "24000000", "KMIREFCLK in Hz"),
    ])

  public static let registers =
    [
      RegisterRow(
        "KMICR", at: 0x00, width: 4, .readWrite, mask: 0x3f,
        fields: "KMIType[5] KMIRXINTREn[4] KMITXINTREn[3] KMIEn[2] FKMID[1] FKMIC[0]"),
      RegisterRow(
        "KMISTAT", at: 0x04, width: 4, .readOnly, reset: 0x43,
        fields: "TXEMPTY[6] TXBUSY[5] RXFULL[4] RXBUSY[3] RXPARITY[2] KMIC[1] KMID[0]"),
      RegisterRow("KMIDATA", at: 0x08, width: 4, .readWrite, mask: 0xff, isVolatile: true),
      RegisterRow("KMICLKDIV", at: 0x0c, width: 4, .readWrite, mask: 0xf),
      RegisterRow("KMIIR", at: 0x10, width: 4, .readOnly, fields: "KMITXINTR[1] KMIRXINTR[0]"),
    ] + PrimeCell.registers(part, "KMIPeriphID", "KMIPCellID")

  private static let part: UInt32 = 0x0004_1050

  public struct State: DeviceState {
    /// A mouse is plugged in, not a keyboard.
    public var isMouse = false
    /// KMIREFCLK in Hz.
    public var referenceClock: UInt32 = 24_000_000
    /// KMICR.
    public var control: UInt8 = 0
    /// KMICLKDIV: the reference clock is divided by one more.
    public var divider: UInt8 = 0
    /// The byte that a read of KMIDATA gives, and the parity bit that came with it.
    public var received: UInt8 = 0
    public var parity = false
    /// `received` has not been read.
    public var isFull = false
    /// The byte on its way from the device and when it will have come; -1 for none.
    public var receiving: UInt8 = 0
    public var receiveEnd: Int64 = -1
    /// The byte for the device. It waits for the line, or is sent until `transmitEnd`, which is -1 otherwise.
    public var transmitted: UInt8 = 0
    public var isWaiting = false
    public var transmitEnd: Int64 = -1
    public var keyboard = PS2Keyboard()
    public var mouse = PS2Mouse()
    /// What the line was last driven to.
    public var irq = false

    public init() {}

    public static let table = StateTable<State>("pl050") {
      fixed(\.isMouse)
      fixed(\.referenceClock)
      saved(\.control, in: 0...0x3f)
      saved(\.divider, in: 0...0xf)
      saved(\.received)
      saved(\.parity)
      saved(\.isFull)
      saved(\.receiving)
      saved(\.receiveEnd, in: -1...(1 << 62))
      saved(\.transmitted)
      saved(\.isWaiting)
      saved(\.transmitEnd, in: -1...(1 << 62))
      subsection("plugged-keyboard") {
        nested(\.keyboard)
      } when: {
        !$0.isMouse
      }
      subsection("plugged-mouse") {
        nested(\.mouse)
      } when: {
        $0.isMouse
      }
      derived(\.irq)
    } validate: { state in
      if state.receiveEnd >= 0, state.transmitEnd >= 0 { return "one line carries bytes both ways" }
      if state.receiveEnd >= 0, state.isFull { return "a byte comes before the last one was read" }
      if state.isWaiting, state.transmitEnd >= 0 { return "the byte being sent waits" }
      return nil
    }
  }

  public var state = State()
  private let site: Site
  private let irq: Line
  private let timer: Timer

  /// One bit on the cable at 12.5 kHz, in nanoseconds.
  static let bitTime: Int64 = 80_000
  /// Start, eight data bits, parity, stop.
  static let frameTime = 11 * bitTime

  public init(_ site: Site) {
    self.site = site
    irq = site.line("irq")
    timer = site.clock.makeTimer()
    state.isMouse = site.text("device", Self.model) == "mouse"
    state.referenceClock = UInt32(clamping: site.integer("clock", Self.model))
    timer.onFire = { [unowned self] in proceed() }
    settle()
  }

  public func reset() {
    let old = state
    state = State()
    state.isMouse = old.isMouse
    state.referenceClock = old.referenceClock
    settle()
  }

  public func settle() {
    state.irq = interrupts != 0
    irq.set(state.irq)
    arm()
  }

  // MARK: What is plugged in

  public var isKeyboard: Bool { !state.isMouse }
  public var isPointer: Bool { state.isMouse }

  public func key(_ key: UInt16, down: Bool) {
    guard isKeyboard else { return }
    state.keyboard.press(key, down: down, now: site.clock.now)
    proceed()
  }

  public func move(dx: Int32, dy: Int32, dz: Int32, buttons: UInt8) {
    guard isPointer else { return }
    state.mouse.move(dx: dx, dy: dy, dz: dz, buttons: buttons, now: site.clock.now)
    proceed()
  }

  private func nextByte() -> UInt8? { state.isMouse ? state.mouse.next() : state.keyboard.next() }

  // MARK: The line

  private var forcesClockLow: Bool { state.control.bit(0) }
  private var forcesDataLow: Bool { state.control.bit(1) }
  private var isEnabled: Bool { state.control.bit(2) }

  /// The clock is held low for 512 cycles of the divided reference clock, then the device clocks the byte in; with a
  /// keyboard that acknowledges (KMITYPE 0) one bit more.
  private var requestTime: Int64 {
    512 &* (Int64(state.divider) &+ 1) &* 1_000_000_000 / max(1, Int64(state.referenceClock))
  }
  private var transmitTime: Int64 { requestTime &+ Self.frameTime &+ (state.control.bit(5) ? 0 : Self.bitTime) }

  /// Takes everything to the present: transfers that have ended, what the device wants to say, the next transfer.
  private func proceed() {
    let now = site.clock.now
    if state.isMouse { state.mouse.tick(now: now) } else { state.keyboard.tick(now: now) }
    if state.receiveEnd >= 0, now >= state.receiveEnd {
      state.receiveEnd = -1
      state.received = state.receiving
      state.parity = Self.oddParity(state.received)
      state.isFull = true
    }
    if state.transmitEnd >= 0, now >= state.transmitEnd {
      state.transmitEnd = -1
      let byte = state.transmitted
      let isKnown =
        state.isMouse ? state.mouse.receive(byte, now: now) : state.keyboard.receive(byte, now: now)
      if !isKnown {
        site.guestError("the \(state.isMouse ? "mouse" : "keyboard") knows no command \(Site.hex(byte))")
      }
    }
    if state.receiveEnd < 0, state.transmitEnd < 0, isEnabled, !forcesClockLow { begin(now) }
    updateLine()
    arm()
  }

  private func begin(_ now: Int64) {
    if state.isWaiting {
      state.isWaiting = false
      state.transmitEnd = now &+ transmitTime
    } else if !state.isFull, !forcesDataLow, let byte = nextByte() {
      state.receiving = byte
      state.receiveEnd = now &+ Self.frameTime
    }
  }

  private func updateLine() {
    let level = interrupts != 0
    guard level != state.irq else { return }
    state.irq = level
    irq.set(level)
  }

  private func arm() {
    var next = Int64.max
    if state.receiveEnd >= 0 { next = state.receiveEnd }
    if state.transmitEnd >= 0 { next = min(next, state.transmitEnd) }
    let own = state.isMouse ? state.mouse.reportTime : state.keyboard.repeatTime
    if own >= 0 { next = min(next, own) }
    timer.set(next == .max ? nil : next)
  }

  private static func oddParity(_ byte: UInt8) -> Bool { byte.nonzeroBitCount & 1 == 0 }

  // MARK: Registers

  /// KMIIR: receive in bit 0, transmit in bit 1.
  private var interrupts: UInt8 {
    (state.isFull && state.control.bit(4) ? 1 : 0) | (isTransmitEmpty && state.control.bit(3) ? 2 : 0)
  }

  private var isTransmitEmpty: Bool { !state.isWaiting && state.transmitEnd < 0 }

  private var status: UInt8 {
    let pins = self.pins
    return (pins.data ? 0x01 : 0) | (pins.clock ? 0x02 : 0) | (state.parity ? 0x04 : 0)
      | (state.receiveEnd >= 0 ? 0x08 : 0) | (state.isFull ? 0x10 : 0) | (state.transmitEnd >= 0 ? 0x20 : 0)
      | (isTransmitEmpty ? 0x40 : 0)
  }

  /// The levels of the two wires: pulled up, or what the transfer has there.
  private var pins: (clock: Bool, data: Bool) {
    let now = site.clock.now
    var clock = true
    var data = true
    if state.receiveEnd >= 0 {
      (clock, data) = Self.wire(state.receiving, at: Self.frameTime &- (state.receiveEnd &- now))
    } else if state.transmitEnd >= 0 {
      let elapsed = transmitTime &- (state.transmitEnd &- now) &- requestTime
      // The request holds the clock low; the acknowledgement after the stop bit is a low data line.
      (clock, data) = elapsed < 0 ? (false, true) : Self.wire(state.transmitted, at: elapsed)
      if elapsed >= Self.frameTime { data = false }
    }
    return (clock && !forcesClockLow, data && !forcesDataLow)
  }

  /// The wires `elapsed` nanoseconds into a byte: the clock is high, then low in each bit.
  private static func wire(_ byte: UInt8, at elapsed: Int64) -> (clock: Bool, data: Bool) {
    let elapsed = max(0, elapsed)
    let clock = elapsed % bitTime < bitTime / 2
    switch elapsed / bitTime {
    case 0: return (clock, false)
    case let place where place <= 8: return (clock, byte.bit(Int(place) - 1))
    case 9: return (clock, oddParity(byte))
    default: return (clock, true)
    }
  }

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    proceed()
    switch offset & ~3 {
    case 0x00: return UInt64(state.control)
    case 0x04: return UInt64(status)
    case 0x08:
      let byte = state.received
      if state.isFull {
        state.isFull = false
        proceed()
      }
      return UInt64(byte)
    case 0x0c: return UInt64(state.divider)
    case 0x10: return UInt64(interrupts)
    default: return PrimeCell.identification(Self.part, at: offset) ?? 0
    }
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    proceed()
    let byte = UInt8(truncatingIfNeeded: value)
    switch offset & ~3 {
    case 0x00: state.control = byte & 0x3f
    case 0x08:
      // There is one register: a byte that still waits is replaced, one that is being sent is not.
      guard state.transmitEnd < 0 else { return site.guestError("KMIDATA is written while a byte is sent") }
      if state.isWaiting { site.guestError("KMIDATA is written while a byte waits: that one is lost") }
      state.transmitted = byte
      state.isWaiting = true
    case 0x0c: state.divider = byte & 0xf
    default: return
    }
    proceed()
  }
}
