import Bits
public import DeviceModel

/// The 16550A serial port (National Semiconductor PC16550D), as a PC wires it: OUT2 lets its interrupt through.
///
/// Without `pacing` a byte has left as soon as it is written, and arrives as soon as there is room for it: a
/// kernel that polls LSR through its boot would otherwise wait 87 µs for every character at 115200 baud. With
/// it, both take the time that divisor and line control give. Either way the receiver's time-out is exact.
public final class UART16550: Device {
  public static let model = Model(
    "uart16550", "16550A serial port",
    regions: [RegionModel("registers", .io, size: 8, base: 0x3f8)],
    outputs: ["irq"],
    inputs: ["cts", "dsr", "ri", "dcd"],
    parameters: [
      ParameterModel("pacing", .flag, default: "off", "characters take the time that the baud rate gives")
    ],
    backends: ["chardev"])

  public static let registers = [
    RegisterRow("RBR", at: 0, .readOnly, isVolatile: true),
    RegisterRow("THR", at: 0, .writeOnly, isVolatile: true),
    RegisterRow("IER", at: 1, .readWrite, mask: 0x0f, fields: "EDSSI[3] ELSI[2] ETBEI[1] ERBFI[0]"),
    RegisterRow("IIR", at: 2, .readOnly, reset: 1, isVolatile: true, fields: "FIFOS[7:6] ID[3:1] IDLE[0]"),
    RegisterRow(
      "FCR", at: 2, .writeOnly, isVolatile: true,
      fields: "TRIGGER[7:6] DMA_MODE[3] XMIT_RESET[2] RCVR_RESET[1] FIFO_ENABLE[0]"),
    RegisterRow(
      "LCR", at: 3, .readWrite, isVolatile: true, fields: "DLAB[7] SB[6] SP[5] EPS[4] PEN[3] STB[2] WLS[1:0]"),
    RegisterRow("MCR", at: 4, .readWrite, mask: 0x1f, fields: "LOOP[4] OUT2[3] OUT1[2] RTS[1] DTR[0]"),
    RegisterRow(
      "LSR", at: 5, .readOnly, reset: 0x60, isVolatile: true,
      fields: "FIFO_ERROR[7] TEMT[6] THRE[5] BI[4] FE[3] PE[2] OE[1] DR[0]"),
    RegisterRow(
      "MSR", at: 6, .readOnly, reset: 0xb0, isVolatile: true,
      fields: "DCD[7] RI[6] DSR[5] CTS[4] DDCD[3] TERI[2] DDSR[1] DCTS[0]"),
    RegisterRow("SCR", at: 7, .readWrite),
    RegisterRow("DLL", at: 0, .readWrite, reset: nil, select: [RegisterWrite(0x80, at: 3)]),
    RegisterRow("DLM", at: 1, .readWrite, reset: nil, select: [RegisterWrite(0x80, at: 3)]),
  ]

  public typealias State = UARTState

  public var state = UARTState()
  private let site: Site
  private let clock: VirtualClock
  private let irq: Line
  private let host: (any CharacterBackend)?
  private let shiftTimer: Timer
  private let timeOutTimer: Timer
  private let arrivalTimer: Timer

  public init(_ site: Site) {
    self.site = site
    clock = site.clock
    irq = site.line("irq")
    host = site.backends["chardev"] as? any CharacterBackend
    shiftTimer = site.clock.makeTimer()
    timeOutTimer = site.clock.makeTimer()
    arrivalTimer = site.clock.makeTimer()
    state.paced = site.flag("pacing", Self.model)
    shiftTimer.onFire = { [unowned self] in transmitted() }
    timeOutTimer.onFire = { [unowned self] in timedOut() }
    arrivalTimer.onFire = { [unowned self] in receive() }
    host?.onInput = { [unowned self] in receive() }
    host?.onBreak = { [unowned self] in
      guard !state.isLooped else { return }
      state.arrive(Self.breakCharacter, now: clock.now)
      changed()
    }
  }

  /// A break is one character of zeros that lacks its stop bit.
  private static let breakCharacter: UInt16 = 0x1800

  public func reset() {
    let old = state
    state = UARTState()
    state.paced = old.paced
    state.modemLines = old.modemLines
    settle()
  }

  public func settle() {
    shiftTimer.set(state.shiftEnd < 0 ? nil : state.shiftEnd)
    timeOutTimer.set(state.timeOut < 0 ? nil : state.timeOut)
    arrivalTimer.set(host?.hasInput == true && !state.isLooped ? max(state.nextArrival, clock.now) : nil)
    state.irq = isAsking
    irq.set(state.irq)
  }

  public func input(_ index: Int, _ level: Bool) {
    guard 0..<4 ~= index else { return }
    let old = state.modemLevels
    state.modemLines.setBit(4 + index, level)
    state.noteModem(since: old)
    updateIRQ()
  }

  /// Looped back, OUT2 is off at the pin.
  private var isAsking: Bool { state.modemControl & 0x18 == 8 && state.cause & 1 == 0 }

  private func updateIRQ() {
    let level = isAsking
    if level != state.irq {
      state.irq = level
      irq.set(level)
    }
  }

  /// After anything that moves the receiver: its time-out and the interrupt follow.
  private func changed() {
    timeOutTimer.set(state.timeOut < 0 ? nil : state.timeOut)
    updateIRQ()
  }

  // MARK: The line

  /// Takes characters from the host as far as there is room.
  private func receive() {
    guard let host, !state.isLooped else { return }
    let now = clock.now
    let mask = UInt8(0xff) >> (3 - (state.lineControl & 3))
    while state.room > 0, host.hasInput {
      if state.paced, now < state.nextArrival {
        arrivalTimer.arm(at: state.nextArrival)
        break
      }
      guard let byte = host.read() else { break }
      state.arrive(UInt16(byte & mask), now: now)
      state.nextArrival = state.paced ? now &+ state.characterTime : -1
    }
    changed()
  }

  private func timedOut() {
    guard state.timeOut >= 0 else { return }
    state.timeOut = -1
    state.isTimedOut = true
    updateIRQ()
  }

  private func transmit(_ byte: UInt8) {
    state.isTransmitPending = false
    guard state.paced else {
      send(byte)
      state.isTransmitPending = true
      return
    }
    if state.shiftEnd < 0 {
      shift(byte, from: clock.now)
      state.isTransmitPending = true
      return
    }
    // A full FIFO, or the single register, takes the byte in the place of its last.
    if state.transmit.count >= (state.hasFIFOs ? 16 : 1) {
      site.guestError("THR is written while it is full: a character is lost")
    }
    if !state.hasFIFOs { state.transmit.removeAll() }
    state.transmit.append(byte)
  }

  private func shift(_ byte: UInt8, from start: Int64) {
    state.shifted = byte
    state.shiftEnd = start &+ state.characterTime
    shiftTimer.arm(at: state.shiftEnd)
  }

  /// The shift register has sent its character.
  private func transmitted() {
    guard state.shiftEnd >= 0 else { return }
    let end = state.shiftEnd
    state.shiftEnd = -1
    send(state.shifted)
    if let next = state.transmit.popFirst() {
      // Late timers do not stretch the characters that follow, unless all of them are late.
      shift(next, from: max(end, clock.now &- state.characterTime))
      if state.transmit.isEmpty { state.isTransmitPending = true }
    }
    changed()
  }

  private func send(_ byte: UInt8) {
    let byte = byte & (0xff >> (3 - (state.lineControl & 3)))
    if state.isLooped {
      state.arrive(UInt16(byte), now: clock.now)
      timeOutTimer.set(state.timeOut < 0 ? nil : state.timeOut)
    } else {
      host?.write(byte)
    }
  }

  // MARK: Registers

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    let latched = state.lineControl.bit(7)
    switch offset & 7 {
    case 0 where latched: return UInt64(state.divisor & 0xff)
    case 1 where latched: return UInt64(state.divisor >> 8)
    case 0:
      let byte = state.take(now: clock.now)
      receive()
      changed()
      return UInt64(byte)
    case 1: return UInt64(state.interruptEnable)
    case 2:
      let cause = state.cause
      if cause == 2 {
        state.isTransmitPending = false
        updateIRQ()
      }
      return UInt64(cause | (state.hasFIFOs ? 0xc0 : 0))
    case 3: return UInt64(state.lineControl)
    case 4: return UInt64(state.modemControl)
    case 5:
      let status = state.lineStatus
      if state.lineErrors != 0 {
        state.lineErrors = 0
        updateIRQ()
      }
      return UInt64(status)
    case 6:
      let status = state.modemLevels | state.modemDelta
      if state.modemDelta != 0 {
        state.modemDelta = 0
        updateIRQ()
      }
      return UInt64(status)
    default: return UInt64(state.scratch)
    }
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let byte = UInt8(truncatingIfNeeded: value)
    let latched = state.lineControl.bit(7)
    switch offset & 7 {
    case 0 where latched: state.divisor = state.divisor & 0xff00 | UInt16(byte)
    case 1 where latched: state.divisor = state.divisor & 0x00ff | UInt16(byte) << 8
    case 0:
      transmit(byte)
      updateIRQ()
    case 1:
      // Enabling the transmitter's interrupt while it is empty asks at once.
      if byte.bit(1), !state.interruptEnable.bit(1), state.transmit.isEmpty { state.isTransmitPending = true }
      state.interruptEnable = byte & 0x0f
      updateIRQ()
    case 2: setFIFOControl(byte)
    case 3:
      let breaks = byte.bit(6) && !state.lineControl.bit(6)
      state.lineControl = byte
      if !byte.bit(7), state.divisor == 0, latched { site.guestError("the divisor latch is 0") }
      if breaks, state.isLooped {
        state.arrive(Self.breakCharacter, now: clock.now)
        changed()
      }
    case 4:
      let old = state.modemLevels
      state.modemControl = byte & 0x1f
      state.noteModem(since: old)
      receive()
      updateIRQ()
    case 7: state.scratch = byte
    default: break
    }
  }

  private func setFIFOControl(_ value: UInt8) {
    let switches = value.bit(0) != state.hasFIFOs
    if switches || value.bit(0) && value.bit(1) { state.clearReceiver() }
    if switches || value.bit(0) && value.bit(2), !state.transmit.isEmpty {
      state.transmit.removeAll()
      state.isTransmitPending = true
    }
    // Other bits only count together with the one that enables the FIFOs.
    state.fifoControl = value.bit(0) ? value & 0xc9 : 0
    if value & 0x30 != 0 { site.guestError("reserved bits of FCR are set: \(Site.hex(value))") }
    receive()
    changed()
  }
}
