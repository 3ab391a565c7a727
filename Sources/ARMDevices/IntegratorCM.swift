import Bits
public import DeviceModel

/// The core module's registers as the Integrator/CP has them (ARM DUI 0159, core module control registers; DUI 0102).
///
/// `remap` is the level of the REMAP bit: the board maps boot flash at address 0 while it is low, SDRAM while it
/// is high. The receive and transmit interrupts of the processor's debug channel (sources 1 and 2 of the module's own
/// interrupt controller) never come, as no debugger is at its other end.
public final class IntegratorCM: Device {
  public static let model = Model(
    "integrator-cm", "Integrator core module",
    regions: [RegionModel("registers", .memory, size: 0x80_0000, widths: 4...4, base: 0x1000_0000)],
    outputs: ["irq", "fiq", "remap"],
    parameters: [
      ParameterModel("memory", .integer(4...256), default: "128", "the SDRAM module that is fitted, in MiB")
    ])

  public static let registers =
    [
      RegisterRow(
        "CM_ID", at: 0x00, width: 4, .readOnly, reset: UInt64(id),
        fields: "MAN[31:24] ARCH[23:16] FPGA[15:12] BUILD[11:4] REV[3:0]"),
      RegisterRow("CM_PROC", at: 0x04, width: 4, .readOnly),
      RegisterRow("CM_OSC", at: 0x08, width: 4, .readWrite, reset: 0x0100_0048, mask: 0x01ff_ffff),
      RegisterRow(
        "CM_CTRL", at: 0x0c, width: 4, .readWrite, mask: UInt64(controlMask),
        fields:
          "EBIWP[20] n24BITEN[19] STATIC[18] STATIC2[17] STATIC1[16] LCDEN1[15] LCDEN0[14] LCDMUXSEL[13:11] LCDBIASDN[10] LCDBIASUP[9] LCDBIASEN[8] RESET[3] REMAP[2] nMBDET[1] LED[0]"
      ),
      RegisterRow("CM_STAT", at: 0x10, width: 4, .readOnly, reset: UInt64(status)),
      RegisterRow("CM_LOCK", at: 0x14, width: 4, .readWrite, mask: 0x1_ffff, fields: "LOCKED[16] LOCKVAL[15:0]"),
      RegisterRow("CM_LMBUSCNT", at: 0x18, width: 4, .readOnly, reset: nil),
      RegisterRow("CM_AUXOSC", at: 0x1c, width: 4, .readWrite, reset: 0x0007_feff, mask: 0x0007_ffff),
      RegisterRow(
        "CM_SDRAM", at: 0x20, width: 4, .readWrite, reset: nil, mask: 0x000f_ff1f,
        fields: "NBANKS[19:16] NROWS[15:12] NCOLS[11:8] SPDOK[5] MEMSIZE[4:2] CASLAT[1:0]"),
      RegisterRow("CM_INIT", at: 0x24, width: 4, .readWrite, reset: 0x112, mask: 0x0003_ffff),
      RegisterRow("CM_REFCNT", at: 0x28, width: 4, .readOnly, reset: nil),
      RegisterRow("CM_FLAGS", at: 0x30, width: 4, .readWrite),
      RegisterRow("CM_FLAGSC", at: 0x34, width: 4, .writeOnly),
      RegisterRow("CM_NVFLAGS", at: 0x38, width: 4, .readWrite),
      RegisterRow("CM_NVFLAGSC", at: 0x3c, width: 4, .writeOnly),
      RegisterRow("CM_IRQ_STAT", at: 0x40, width: 4, .readOnly, fields: "COMMTx[2] COMMRx[1] SOFT[0]"),
      RegisterRow("CM_IRQ_RSTAT", at: 0x44, width: 4, .readOnly, fields: "COMMTx[2] COMMRx[1] SOFT[0]"),
      RegisterRow("CM_IRQ_ENSET", at: 0x48, width: 4, .readWrite, mask: 7, fields: "COMMTx[2] COMMRx[1] SOFT[0]"),
      RegisterRow("CM_IRQ_ENCLR", at: 0x4c, width: 4, .writeOnly, mask: 7, fields: "COMMTx[2] COMMRx[1] SOFT[0]"),
      RegisterRow("CM_SOFT_INTSET", at: 0x50, width: 4, .readWrite, mask: 1),
      RegisterRow("CM_SOFT_INTCLR", at: 0x54, width: 4, .writeOnly, mask: 1),
      RegisterRow("CM_FIQ_STAT", at: 0x60, width: 4, .readOnly, fields: "COMMTx[2] COMMRx[1] SOFT[0]"),
      RegisterRow("CM_FIQ_RSTAT", at: 0x64, width: 4, .readOnly, fields: "COMMTx[2] COMMRx[1] SOFT[0]"),
      RegisterRow("CM_FIQ_ENSET", at: 0x68, width: 4, .readWrite, mask: 7, fields: "COMMTx[2] COMMRx[1] SOFT[0]"),
      RegisterRow("CM_FIQ_ENCLR", at: 0x6c, width: 4, .writeOnly, mask: 7, fields: "COMMTx[2] COMMRx[1] SOFT[0]"),
    ]
    + (0..<4).map {
      RegisterRow("CM_VOLTAGE_CTL\($0)", at: 0x80 + UInt64($0) * 4, width: 4, .readWrite, mask: 0xff)
    }
    + (0..<32).map {
      RegisterRow("CM_SPD\($0 * 4)", at: 0x100 + UInt64($0) * 4, width: 4, .readOnly, reset: nil)
    }

  static let id: UInt32 = 0x411a_3001
  static let status: UInt32 = 0x0010_0000
  /// LED, REMAP and what the processor modules of the board drive the display with; not bit 1, which says that
  /// there is a motherboard, nor the reset of bit 3.
  static let controlMask: UInt32 = 0x001f_ff05
  /// What unlocks, and locks again when anything else is written.
  static let key: UInt32 = 0xa05f

  public typealias State = IntegratorCMState

  public var state = IntegratorCMState()
  private let clock: VirtualClock
  private let irq: Line
  private let fiq: Line
  private let remap: Line
  private let site: Site

  public init(_ site: Site) {
    self.site = site
    clock = site.clock
    irq = site.line("irq")
    fiq = site.line("fiq")
    remap = site.line("remap")
    state = IntegratorCMState(memory: UInt32(truncatingIfNeeded: site.integer("memory", Self.model)))
  }

  public func reset() {
    let old = state
    state = IntegratorCMState(memory: old.memory)
    state.nonVolatileFlags = old.nonVolatileFlags
    state.countsSince = clock.now
    settle()
  }

  public func settle() {
    state.irq = state.raw & state.irqEnable != 0
    state.fiq = state.raw & state.fiqEnable != 0
    state.remap = state.control.bit(2)
    irq.set(state.irq)
    fiq.set(state.fiq)
    remap.set(state.remap)
  }

  private func update() {
    let asksIRQ = state.raw & state.irqEnable != 0
    if asksIRQ != state.irq {
      state.irq = asksIRQ
      irq.set(asksIRQ)
    }
    let asksFIQ = state.raw & state.fiqEnable != 0
    if asksFIQ != state.fiq {
      state.fiq = asksFIQ
      fiq.set(asksFIQ)
    }
  }

  private func setControl(_ value: UInt32) {
    state.control = value & Self.controlMask
    let level = state.control.bit(2)
    if level != state.remap {
      state.remap = level
      remap.set(level)
    }
    if value.bit(3) { site.control?.requestReset("the guest set the reset bit of the core module") }
  }

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    let value: UInt32 =
      switch offset & ~3 {
      case 0x00: Self.id
      case 0x08: state.oscillator
      case 0x0c: state.control
      case 0x10: Self.status
      case 0x14: state.lock | (state.isUnlocked ? 0x1_0000 : 0)
      case 0x18: state.count(at: clock.now, megahertz: 40)
      case 0x1c: state.auxiliaryOscillator
      case 0x20: state.sdram
      case 0x24: state.initialisation
      case 0x28: state.count(at: clock.now, megahertz: 24)
      case 0x30: state.flags
      case 0x38: state.nonVolatileFlags
      case 0x40: state.raw & state.irqEnable
      case 0x44, 0x64: state.raw
      case 0x48: state.irqEnable
      case 0x50: state.software
      case 0x60: state.raw & state.fiqEnable
      case 0x68: state.fiqEnable
      case let offset where 0x80...0x8c ~= offset: state.voltages[Int(truncatingIfNeeded: offset >> 2 & 3)]
      case let offset where 0x100..<0x180 ~= offset:
        SerialPresenceDetect(megabytes: state.memory).word(at: Int(truncatingIfNeeded: offset & 0x7c))
      default: 0
      }
    return UInt64(value)
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let value = UInt32(truncatingIfNeeded: value)
    switch offset & ~3 {
    case 0x08 where state.isUnlocked: state.oscillator = value & 0x01ff_ffff
    case 0x0c: setControl(value)
    case 0x14: state.lock = value & 0xffff
    case 0x1c where state.isUnlocked: state.auxiliaryOscillator = value & 0x0007_ffff
    case 0x20: state.sdram = state.sdram & ~0x000f_ff1f | value & 0x000f_ff1f
    case 0x24 where state.isUnlocked: state.initialisation = value & 0x0003_ffff
    case 0x30: state.flags |= value
    case 0x34: state.flags &= ~value
    case 0x38: state.nonVolatileFlags |= value
    case 0x3c: state.nonVolatileFlags &= ~value
    case 0x48: state.irqEnable |= value & 7
    case 0x4c: state.irqEnable &= ~value
    case 0x50: state.software |= value & 1
    case 0x54: state.software &= ~value
    case 0x68: state.fiqEnable |= value & 7
    case 0x6c: state.fiqEnable &= ~value
    case let offset where 0x80...0x8c ~= offset && state.isUnlocked:
      state.voltages[Int(truncatingIfNeeded: offset >> 2 & 3)] = value & 0xff
    case 0x08, 0x1c, 0x24, 0x80...0x8c:
      return site.guestError("offset \(Site.hex(offset)) is written while CM_LOCK is locked")
    default: return
    }
    update()
  }
}
