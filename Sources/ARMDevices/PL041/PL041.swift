import Bits
public import DeviceModel
import Peripherals
import SavedState

/// The PrimeCell advanced audio codec interface (ARM DDI 0173) with an LM4549 codec on its AC-link.
///
/// The link carries 48000 frames a second while the interface is enabled and the codec runs; samples go out in its
/// slots at that rate, or at the codec's when variable rates are on, and what the codec plays goes to the back end.
public final class PL041: Device {
  public static let model = Model(
    "pl041", "PrimeCell audio codec interface with an LM4549 codec",
    regions: [RegionModel("registers", .memory, size: 0x1000, widths: 4...4)],
    outputs: ["irq"],
    parameters: [
      ParameterModel(
        "fifo-depth", .choice(["8", "16", "32", "64", "128", "256", "512"]), default: "512",
        "samples in each FIFO; the PrimeCell has 8, the one on the Integrator/CP more")
    ],
    backends: ["audio"])

  public static let registers: [RegisterRow] = {
    var rows: [RegisterRow] = []
    for channel in 0..<4 {
      let base = UInt64(channel * 0x14)
      rows += [
        RegisterRow("RXCR\(channel + 1)", at: base, width: 4, .readWrite, mask: 0x1fff_ffff),
        RegisterRow("TXCR\(channel + 1)", at: base + 0x4, width: 4, .readWrite, mask: 0x1_ffff),
        RegisterRow("SR\(channel + 1)", at: base + 0x8, width: 4, .readOnly, reset: 0x000b),
        RegisterRow("ISR\(channel + 1)", at: base + 0xc, width: 4, .readOnly),
        RegisterRow("IE\(channel + 1)", at: base + 0x10, width: 4, .readWrite, mask: 0x7f),
        RegisterRow(
          "DR\(channel + 1)", at: 0x90 + UInt64(channel * 0x20), width: 4, count: 8, .readWrite, isVolatile: true),
      ]
    }
    rows += [
      RegisterRow("SL1RX", at: 0x50, width: 4, .readOnly, isVolatile: true),
      RegisterRow("SL1TX", at: 0x54, width: 4, .readWrite, mask: 0xf_ffff),
      RegisterRow("SL2RX", at: 0x58, width: 4, .readOnly, isVolatile: true),
      RegisterRow("SL2TX", at: 0x5c, width: 4, .readWrite, mask: 0xf_ffff),
      RegisterRow("SL12RX", at: 0x60, width: 4, .readOnly, isVolatile: true),
      RegisterRow("SL12TX", at: 0x64, width: 4, .readWrite, mask: 0xf_ffff),
      RegisterRow("SLFR", at: 0x68, width: 4, .readOnly, reset: 0x0a80),
      RegisterRow("SLISTAT", at: 0x6c, width: 4, .readOnly),
      RegisterRow("SLIEN", at: 0x70, width: 4, .readWrite, mask: 0xff),
      RegisterRow("INTCLR", at: 0x74, width: 4, .writeOnly),
      RegisterRow("MAINCR", at: 0x78, width: 4, .readWrite, mask: 0xfff),
      RegisterRow("RESET", at: 0x7c, width: 4, .readWrite, mask: 1),
      RegisterRow("SYNC", at: 0x80, width: 4, .readWrite, mask: 1),
      RegisterRow("ALLINTS", at: 0x84, width: 4, .readOnly),
      RegisterRow("MAINFR", at: 0x88, width: 4, .readOnly),
    ]
    rows += PrimeCell.registers(part(fifoDepth: PL041State().fifoDepth), "PeriphID", "PCellID")
    return rows
  }()

  /// The fourth byte has log2(depth / 8) of the FIFOs, with and without compact mode.
  private static func part(fifoDepth: UInt16) -> UInt32 {
    let code = UInt32(truncatingIfNeeded: fifoDepth.trailingZeroBitCount - 3) & 7
    return 0x0004_1041 | (code << 3 | code) << 24
  }

  public typealias State = PL041State

  public var state = PL041State()
  let site: Site
  let clock: VirtualClock
  let audio: (any AudioBackend)?
  private let irq: Line
  private let timer: Timer

  public init(_ site: Site) {
    self.site = site
    clock = site.clock
    audio = site.backends["audio"] as? any AudioBackend
    irq = site.line("irq")
    timer = site.clock.makeTimer()
    state.fifoDepth = UInt16(site.integer("fifo-depth", Self.model))
    timer.onFire = { [unowned self] in
      advance()
      update()
    }
    settle()
  }

  public func reset() {
    let depth = state.fifoDepth
    state = PL041State()
    state.fifoDepth = depth
    settle()
  }

  public func settle() {
    state.irq = state.allInterrupts != 0
    irq.set(state.irq)
    timer.set(nextEvent)
  }

  private func update() {
    let level = state.allInterrupts != 0
    if level != state.irq {
      state.irq = level
      irq.set(level)
    }
    timer.set(nextEvent)
  }

  // MARK: Registers

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    advance()
    defer { update() }
    if offset < 0x50 {
      let channel = state.channels[Int(offset / 0x14)]
      switch offset % 0x14 {
      case 0x0: return UInt64(channel.receiveControl)
      case 0x4: return UInt64(channel.sendControl)
      case 0x8: return UInt64(channel.status(state.depth))
      case 0xc: return UInt64(channel.interrupts(state.depth))
      default: return UInt64(channel.interruptEnable)
      }
    }
    switch offset {
    case 0x50, 0x58, 0x60: return UInt64(readSlot(Int(offset - 0x50) / 8))
    case 0x54, 0x5c, 0x64: return UInt64(state.slotOut[Int(offset - 0x54) / 8])
    case 0x68: return UInt64(state.slotFlags)
    case 0x6c: return UInt64(state.slotInterrupts)
    case 0x70: return UInt64(state.slotEnable)
    case 0x78: return UInt64(state.mainControl)
    case 0x7c: return state.isCodecRunning ? 1 : 0
    case 0x80: return state.isSyncForced ? 1 : 0
    case 0x84: return UInt64(state.allInterrupts)
    case 0x88: return state.isBusy ? 2 : 0
    case 0x90..<0x110: return UInt64(state.channels[Int(offset - 0x90) / 0x20].take())
    default: return PrimeCell.identification(Self.part(fifoDepth: state.fifoDepth), at: offset) ?? 0
    }
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let word = UInt32(truncatingIfNeeded: value)
    advance()
    defer { update() }
    if offset < 0x50 {
      let index = Int(offset / 0x14)
      switch offset % 0x14 {
      case 0x0: state.channels[index].setReceive(word)
      case 0x4: state.channels[index].setSend(word)
      case 0x10: state.channels[index].interruptEnable = UInt8(word & 0x7f)
      default: break
      }
      return
    }
    switch offset {
    case 0x54, 0x5c, 0x64:
      let index = Int(offset - 0x54) / 8
      state.slotOut[index] = word & 0xf_ffff
      state.slotWaits.setBit(index, true)
    case 0x70: state.slotEnable = UInt8(truncatingIfNeeded: word)
    case 0x74: clear(word)
    case 0x78: setMainControl(UInt16(word & 0xfff))
    case 0x7c: setReset(word.bit(0))
    case 0x80: setSync(word.bit(0))
    case 0x90..<0x110:
      let index = Int(offset - 0x90) / 0x20
      if state.channels[index].isSendFull(state.depth) {
        site.guestError("DR\(index + 1) is written while the FIFO is full: a sample is lost")
      }
      state.channels[index].put(word, state.depth)
    default: break
    }
  }

  private func readSlot(_ index: Int) -> UInt32 {
    state.slotValid.setBit(index, false)
    return state.slotIn[index]
  }

  private func clear(_ word: UInt32) {
    for index in 0..<4 {
      if word.bit(1 + index) { state.channels[index].hasOverrun = false }
      if word.bit(5 + index) { state.channels[index].hasUnderrun = false }
      if word.bit(9 + index) { state.channels[index].hasTimedOutEmpty = false }
    }
  }
}
