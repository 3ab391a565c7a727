import Bits
public import DeviceModel

/// The PrimeCell UART (ARM DDI 0183), revision r1p1 with FIFOs of 16, on a UARTCLK of 14.7456 MHz as the Integrator/CP
/// has it. Its infrared and DMA sides have registers and nothing at their other end.
///
/// Without `pacing` a character has left as soon as it is written, and arrives as soon as there is room for it: the
/// transmit interrupt then comes after every write, as if a full FIFO had drained. With it, both take the time that
/// divisors and line control give. Either way the receive time-out is exact.
public final class PL011: Device {
  public static let model = Model(
    "pl011", "PrimeCell UART",
    regions: [RegionModel("registers", .memory, size: 0x1000, widths: 4...4, base: 0x1600_0000)],
    outputs: ["irq"],
    inputs: ["cts", "dsr", "dcd", "ri"],
    parameters: [
      ParameterModel("pacing", .flag, default: "off", "characters take the time that the baud rate gives")
    ],
    backends: ["chardev"])

  public static let registers =
    [
      RegisterRow(
        "UARTDR", at: 0x00, width: 4, .readWrite, mask: 0xff, isVolatile: true,
        fields: "OE[11] BE[10] PE[9] FE[8] DATA[7:0]"),
      RegisterRow(
        "UARTRSR_UARTECR", at: 0x04, width: 4, .readWrite, mask: 0xff, isVolatile: true,
        fields: "OE[3] BE[2] PE[1] FE[0]"),
      RegisterRow(
        "UARTFR", at: 0x18, width: 4, .readOnly, reset: 0x97, isVolatile: true,
        fields: "RI[8] TXFE[7] RXFF[6] TXFF[5] RXFE[4] BUSY[3] DCD[2] DSR[1] CTS[0]"),
      RegisterRow("UARTILPR", at: 0x20, width: 4, .readWrite, mask: 0xff),
      RegisterRow("UARTIBRD", at: 0x24, width: 4, .readWrite, mask: 0xffff),
      RegisterRow("UARTFBRD", at: 0x28, width: 4, .readWrite, mask: 0x3f),
      RegisterRow(
        "UARTLCR_H", at: 0x2c, width: 4, .readWrite, mask: 0xff,
        fields: "SPS[7] WLEN[6:5] FEN[4] STP2[3] EPS[2] PEN[1] BRK[0]"),
      RegisterRow(
        "UARTCR", at: 0x30, width: 4, .readWrite, reset: 0x300, mask: UInt64(controlMask),
        fields: "CTSEn[15] RTSEn[14] Out2[13] Out1[12] RTS[11] DTR[10] RXE[9] TXE[8] LBE[7] SIRLP[2] SIREN[1] UARTEN[0]"
      ),
      RegisterRow(
        "UARTIFLS", at: 0x34, width: 4, .readWrite, reset: 0x12, mask: 0x3f, fields: "RXIFLSEL[5:3] TXIFLSEL[2:0]"),
      RegisterRow(
        "UARTIMSC", at: 0x38, width: 4, .readWrite, mask: 0x7ff,
        fields: "OEIM[10] BEIM[9] PEIM[8] FEIM[7] RTIM[6] TXIM[5] RXIM[4] DSRMIM[3] DCDMIM[2] CTSMIM[1] RIMIM[0]"),
      RegisterRow(
        "UARTRIS", at: 0x3c, width: 4, .readOnly, isVolatile: true,
        fields:
          "OERIS[10] BERIS[9] PERIS[8] FERIS[7] RTRIS[6] TXRIS[5] RXRIS[4] DSRRMIS[3] DCDRMIS[2] CTSRMIS[1] RIRMIS[0]"),
      RegisterRow(
        "UARTMIS", at: 0x40, width: 4, .readOnly, isVolatile: true,
        fields:
          "OEMIS[10] BEMIS[9] PEMIS[8] FEMIS[7] RTMIS[6] TXMIS[5] RXMIS[4] DSRMMIS[3] DCDMMIS[2] CTSMMIS[1] RIMMIS[0]"),
      RegisterRow(
        "UARTICR", at: 0x44, width: 4, .writeOnly, mask: 0x7ff,
        fields: "OEIC[10] BEIC[9] PEIC[8] FEIC[7] RTIC[6] TXIC[5] RXIC[4] DSRMIC[3] DCDMIC[2] CTSMIC[1] RIMIC[0]"),
      RegisterRow("UARTDMACR", at: 0x48, width: 4, .readWrite, mask: 7, fields: "DMAONERR[2] TXDMAE[1] RXDMAE[0]"),
    ] + PrimeCell.registers(part, "UARTPeriphID", "UARTPCellID")

  private static let part: UInt32 = 0x0014_1011

  static let controlMask: UInt16 = 0xff87

  public typealias State = PL011State

  public var state = PL011State()
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
      guard state.receives, !state.isLooped else { return }
      state.arrive(Self.breakCharacter, now: clock.now)
      changed()
    }
  }

  /// A break is one character of zeros that lacks its stop bit.
  private static let breakCharacter: UInt16 = 0x500

  public func reset() {
    let old = state
    state = PL011State()
    state.paced = old.paced
    state.modemLines = old.modemLines
    settle()
  }

  public func settle() {
    shiftTimer.set(state.shiftEnd < 0 ? nil : state.shiftEnd)
    timeOutTimer.set(state.timeOut < 0 ? nil : state.timeOut)
    arrivalTimer.set(host?.hasInput == true && takesFromHost ? max(state.nextArrival, clock.now) : nil)
    state.irq = state.asksInterrupt
    irq.set(state.irq)
  }

  public func input(_ index: Int, _ level: Bool) {
    guard 0..<4 ~= index else { return }
    let old = state.modemLevels
    state.modemLines.setBit(index < 3 ? index : 8, level)
    state.noteModem(since: old)
    pump()
    changed()
  }

  /// After anything that moves the receiver or an interrupt.
  private func changed() {
    timeOutTimer.set(state.timeOut < 0 ? nil : state.timeOut)
    let level = state.asksInterrupt
    if level != state.irq {
      state.irq = level
      irq.set(level)
    }
  }

  // MARK: The line

  /// With hardware flow control the other side waits while RTS is off.
  private var takesFromHost: Bool {
    state.receives && !state.isLooped && (!state.control.bit(14) || state.isRequestingToSend)
  }

  /// Takes characters from the host as far as there is room.
  private func receive() {
    guard let host else { return }
    let now = clock.now
    while takesFromHost, state.room > 0, host.hasInput {
      if state.paced, now < state.nextArrival {
        arrivalTimer.arm(at: state.nextArrival)
        break
      }
      guard let byte = host.read() else { break }
      state.arrive(UInt16(byte & state.dataMask), now: now)
      state.nextArrival = state.paced ? now &+ state.characterTime : -1
    }
    changed()
  }

  private func timedOut() {
    guard state.timeOut >= 0 else { return }
    state.timeOut = -1
    state.raised |= PL011State.timeOutInterrupt
    changed()
  }

  /// Sends what may be sent.
  private func pump() {
    guard state.transmits, state.shiftEnd < 0 else { return }
    if state.paced {
      if let byte = state.nextToShift() { shift(byte, from: clock.now) }
    } else {
      while state.transmits, let byte = state.nextToShift() {
        send(byte)
        state.raised |= PL011State.transmitInterrupt
      }
    }
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
    if state.transmits, let next = state.nextToShift() {
      // Late timers do not stretch the characters that follow, unless all of them are late.
      shift(next, from: max(end, clock.now &- state.characterTime))
    }
    changed()
  }

  private func send(_ byte: UInt8) {
    let byte = byte & state.dataMask
    if !state.isLooped {
      host?.write(byte)
    } else if state.receives {
      state.arrive(UInt16(byte), now: clock.now)
    }
  }

  // MARK: Registers

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    if let byte = PrimeCell.identification(Self.part, at: offset) { return byte }
    let value: UInt16
    switch offset & 0xffc {
    case 0x00:
      value = state.take()
      receive()
      pump()
      changed()
    case 0x04: value = UInt16(state.receiveStatus)
    case 0x18: value = state.flags
    case 0x20: value = UInt16(state.lowPowerDivisor)
    case 0x24: value = state.integerDivisor
    case 0x28: value = UInt16(state.fractionalDivisor)
    case 0x2c: value = UInt16(state.lineControl)
    case 0x30: value = state.control
    case 0x34: value = UInt16(state.fifoLevels)
    case 0x38: value = state.interruptMask
    case 0x3c: value = state.raised
    case 0x40: value = state.raised & state.interruptMask
    case 0x48: value = UInt16(state.dmaControl)
    default: value = 0
    }
    return UInt64(value)
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let byte = UInt8(truncatingIfNeeded: value)
    let half = UInt16(truncatingIfNeeded: value)
    switch offset & 0xffc {
    case 0x00:
      if !state.isEnabled || !state.control.bit(8) { site.guestError("UARTDR is written while the transmitter is off") }
      if state.flags.bit(5) { site.guestError("UARTDR is written while the FIFO is full: a character is lost") }
      state.put(byte)
      pump()
    case 0x04: state.receiveStatus = 0
    case 0x20: state.lowPowerDivisor = byte
    case 0x24: state.integerDivisor = half
    case 0x28: state.fractionalDivisor = byte & 0x3f
    case 0x2c: setLineControl(byte)
    case 0x30:
      let old = state.modemLevels
      state.control = half & Self.controlMask
      if half.bit(1) { site.unimplemented("infrared (SIREN in UARTCR)") }
      state.noteModem(since: old)
      pump()
      receive()
    case 0x34:
      let old = state.modemLevels
      state.fifoLevels = byte & 0x3f
      state.noteModem(since: old)
      pump()
      receive()
    case 0x38: state.interruptMask = half & 0x7ff
    case 0x44: state.raised &= ~half
    case 0x48:
      state.dmaControl = byte & 7
      if byte & 3 != 0 { site.unimplemented("DMA") }
    default: return
    }
    changed()
  }

  private func setLineControl(_ value: UInt8) {
    let breaks = value.bit(0) && !state.lineControl.bit(0)
    state.setLineControl(value)
    if breaks, state.isLooped, state.receives { state.arrive(Self.breakCharacter, now: clock.now) }
    pump()
    receive()
  }
}
