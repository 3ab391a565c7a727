import Bits
public import DeviceModel
import Peripherals
import SavedState

/// The PrimeCell multimedia card interface (ARM DDI 0172 and its SD version, DDI 0205) with an SD card on a disk image
/// in its slot; without a disk the slot is empty.
///
/// Commands, responses and data take the time that the card's clock gives them. On the chip a FIFO that is not served
/// in time overruns or underruns. A host that runs the guest late is no fault of the guest's, so the card's clock
/// waits for the FIFO instead unless `flow-control` is off. What the disk refuses becomes what a bad card shows: data
/// that never comes on reading, a bad CRC status on writing.
public final class PL181: Device {
  public static let model = Model(
    "pl181", "PrimeCell MMC and SD card interface with a card",
    regions: [RegionModel("registers", .memory, size: 0x1000, widths: 4...4)],
    outputs: ["irq0", "irq1", "card-inserted", "card-write-protected"],
    parameters: [
      ParameterModel("mclk", .integer(1_000...100_000_000), default: "14745600", "the interface's clock, in hertz"),
      ParameterModel("flow-control", .flag, default: "on", "the card's clock waits for the FIFO"),
    ],
    backends: ["drive"])

  /// The flags of the status register, from bit 0 up, as enables and clears have them too.
  private static let flags = [
    "CmdCrcFail", "DataCrcFail", "CmdTimeOut", "DataTimeOut", "TxUnderrun", "RxOverrun",
    "CmdRespEnd", "CmdSent", "DataEnd", "StartBitErr", "DataBlockEnd", "CmdActive",
    "TxActive", "RxActive", "TxFifoHalfEmpty", "RxFifoHalfFull", "TxFifoFull", "RxFifoFull",
    "TxFifoEmpty", "RxFifoEmpty", "TxDataAvlbl", "RxDataAvlbl",
  ]

  private static func fields(_ bits: ClosedRange<Int>) -> String {
    bits.reversed().map { "\(flags[$0])[\($0)]" }.joined(separator: " ")
  }

  public static let registers =
    [
      RegisterRow(
        "Power", at: 0x00, width: 4, .readWrite, mask: 0xff, fields: "Rod[7] OpenDrain[6] Voltage[5:2] Ctrl[1:0]"),
      RegisterRow(
        "Clock", at: 0x04, width: 4, .readWrite, mask: 0xfff,
        fields: "WideBus[11] Bypass[10] PwrSave[9] Enable[8] ClkDiv[7:0]"),
      RegisterRow("Argument", at: 0x08, width: 4, .readWrite),
      RegisterRow(
        "Command", at: 0x0c, width: 4, .readWrite, mask: 0x7ff,
        fields: "Enable[10] Pending[9] Interrupt[8] LongRsp[7] Response[6] CmdIndex[5:0]"),
      RegisterRow("RespCmd", at: 0x10, width: 4, .readOnly, fields: "RespCmd[5:0]"),
      RegisterRow("Response0", at: 0x14, width: 4, .readOnly),
      RegisterRow("Response1", at: 0x18, width: 4, .readOnly),
      RegisterRow("Response2", at: 0x1c, width: 4, .readOnly),
      RegisterRow("Response3", at: 0x20, width: 4, .readOnly),
      RegisterRow("DataTimer", at: 0x24, width: 4, .readWrite),
      RegisterRow("DataLength", at: 0x28, width: 4, .readWrite, mask: 0xffff),
      RegisterRow(
        "DataCtrl", at: 0x2c, width: 4, .readWrite, mask: 0xff,
        fields: "BlockSize[7:4] DMAEnable[3] Mode[2] Direction[1] Enable[0]"),
      RegisterRow("DataCnt", at: 0x30, width: 4, .readOnly),
      RegisterRow("Status", at: 0x34, width: 4, .readOnly, fields: fields(0...21)),
      RegisterRow("Clear", at: 0x38, width: 4, .writeOnly, fields: fields(0...10)),
      RegisterRow("Mask0", at: 0x3c, width: 4, .readWrite, mask: 0x3f_ffff, fields: fields(0...21)),
      RegisterRow("Mask1", at: 0x40, width: 4, .readWrite, mask: 0x3f_ffff, fields: fields(0...21)),
      RegisterRow("Select", at: 0x44, width: 4, .readWrite, mask: 0xf, fields: "SDCardAddr[3:0]"),
      RegisterRow("FifoCnt", at: 0x48, width: 4, .readOnly),
      RegisterRow("FIFO", at: 0x80, width: 4, count: 16, .readWrite, isVolatile: true),
    ] + PrimeCell.registers(part, "PeriphID", "PCellID")

  private static let part: UInt32 = 0x0004_1181

  public typealias State = PL181State

  public var state = PL181State()
  let site: Site
  let clock: VirtualClock
  let disk: (any BlockBackend)?
  private let irq0: Line
  private let irq1: Line
  private let inserted: Line
  private let protected: Line
  private let timer: Timer

  public init(_ site: Site) {
    self.site = site
    clock = site.clock
    disk = site.backends["drive"] as? any BlockBackend
    irq0 = site.line("irq0")
    irq1 = site.line("irq1")
    inserted = site.line("card-inserted")
    protected = site.line("card-write-protected")
    timer = site.clock.makeTimer()
    state.mclk = UInt32(site.integer("mclk", Self.model))
    state.hasFlowControl = site.flag("flow-control", Self.model)
    state.card.insert(disk)
    timer.onFire = { [unowned self] in
      advance()
      update()
    }
    settle()
  }

  public func reset() {
    let old = state
    state = PL181State()
    (state.mclk, state.hasFlowControl, state.card) = (old.mclk, old.hasFlowControl, old.card)
    powerOff()
    settle()
  }

  public func settle() {
    state.irq0 = state.status & state.mask0 != 0
    state.irq1 = state.status & state.mask1 != 0
    irq0.set(state.irq0)
    irq1.set(state.irq1)
    inserted.set(state.card.isInserted)
    protected.set(state.card.isLocked)
    arm()
  }

  /// A card that loses its power keeps what it was given; so should the host.
  private func powerOff() {
    if state.card.phase != .idle { _ = disk?.flush() }
    state.card.powerCycle()
  }

  /// After anything that can change Status: the lines and the timer follow.
  private func update() {
    let status = state.status
    if state.irq0 != (status & state.mask0 != 0) {
      state.irq0.toggle()
      irq0.set(state.irq0)
    }
    if state.irq1 != (status & state.mask1 != 0) {
      state.irq1.toggle()
      irq1.set(state.irq1)
    }
    arm()
  }

  private func arm() { timer.set(nextEvent.flatMap { state.time(of: $0) }) }

  // MARK: Registers

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    advance()
    defer { update() }
    switch offset {
    case 0x00: return UInt64(state.power)
    case 0x04: return UInt64(state.clock)
    case 0x08: return UInt64(state.argument)
    case 0x0c: return UInt64(state.command)
    case 0x10: return UInt64(state.responseCommand)
    case 0x14...0x20: return UInt64(state.response[Int((offset - 0x14) >> 2)])
    case 0x24: return UInt64(state.dataTimer)
    case 0x28: return UInt64(state.dataLength)
    case 0x2c: return UInt64(state.dataControl)
    case 0x30: return UInt64(state.dataCount)
    case 0x34: return UInt64(state.status)
    case 0x3c: return UInt64(state.mask0)
    case 0x40: return UInt64(state.mask1)
    case 0x44: return UInt64(state.select)
    case 0x48: return UInt64(state.fifoCount)
    case 0x80..<0xc0: return UInt64(readFIFO())
    default: return PrimeCell.identification(Self.part, at: offset) ?? 0
    }
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let word = UInt32(truncatingIfNeeded: value)
    advance()
    defer { update() }
    switch offset {
    case 0x00:
      if word & 3 == 0, state.power & 3 != 0 { powerOff() }
      state.power = UInt8(truncatingIfNeeded: word)
    case 0x04: state.setClock(UInt16(truncatingIfNeeded: word), now: clock.now)
    case 0x08: state.argument = word
    case 0x0c: setCommand(UInt16(word & 0x7ff))
    case 0x24: state.dataTimer = word
    case 0x28: state.dataLength = UInt16(truncatingIfNeeded: word)
    case 0x2c: setDataControl(UInt8(truncatingIfNeeded: word))
    case 0x38: state.flags &= ~UInt16(truncatingIfNeeded: word & 0x7ff)
    case 0x3c: state.mask0 = word & 0x3f_ffff
    case 0x40: state.mask1 = word & 0x3f_ffff
    case 0x44: state.select = UInt8(word & 0xf)
    case 0x80..<0xc0: writeFIFO(word)
    default: break
    }
  }
}
