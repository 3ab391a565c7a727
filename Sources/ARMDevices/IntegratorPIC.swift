import Bits
public import DeviceModel
public import SavedState

/// An interrupt controller of the Integrator/CP (ARM DUI 0159, interrupt controllers): 32 level inputs, one set of
/// enables for IRQ, one for FIQ, and a software interrupt on input 0. The board has two, the second of which
/// interrupts the first.
public final class IntegratorPIC: Device {
  public static let model = Model(
    "integrator-pic", "Integrator/CP interrupt controller",
    regions: [RegionModel("registers", .memory, size: 0x80_0000, widths: 4...4, base: 0x1400_0000)],
    outputs: ["irq", "fiq"],
    inputs: (0..<32).map { "line\($0)" },
    parameters: [
      ParameterModel(
        "lines", .integer(0...0xffff_ffff), default: "0xffffffff",
        "the inputs that exist, a bit each; the others read as zero")
    ])

  /// What the inputs are is the board's affair.
  private static let lineFields = (0..<32).map { "LINE\($0)[\($0)]" }.joined(separator: " ")

  public static let registers = [
    RegisterRow("IRQ_STATUS", at: 0x00, width: 4, .readOnly, fields: lineFields),
    RegisterRow("IRQ_RAWSTAT", at: 0x04, width: 4, .readOnly, fields: lineFields),
    RegisterRow("IRQ_ENSET", at: 0x08, width: 4, .readWrite, fields: lineFields),
    RegisterRow("IRQ_ENCLR", at: 0x0c, width: 4, .writeOnly, fields: lineFields),
    RegisterRow("INT_SOFTSET", at: 0x10, width: 4, .readWrite, mask: 1),
    RegisterRow("INT_SOFTCLR", at: 0x14, width: 4, .writeOnly, mask: 1),
    RegisterRow("FIQ_STATUS", at: 0x20, width: 4, .readOnly, fields: lineFields),
    RegisterRow("FIQ_RAWSTAT", at: 0x24, width: 4, .readOnly, fields: lineFields),
    RegisterRow("FIQ_ENSET", at: 0x28, width: 4, .readWrite, fields: lineFields),
    RegisterRow("FIQ_ENCLR", at: 0x2c, width: 4, .writeOnly, fields: lineFields),
  ]

  public struct State: DeviceState {
    /// The inputs that exist.
    public var lines: UInt32 = .max
    /// What the inputs are driven to.
    public var levels: UInt32 = 0
    public var software: UInt32 = 0
    public var irqEnable: UInt32 = 0
    public var fiqEnable: UInt32 = 0
    /// What the outputs were last driven to.
    public var irq = false
    public var fiq = false

    public init() {}

    public static let table = StateTable<State>("integrator-pic", validate: contradiction) {
      fixed(\.lines)
      saved(\.levels)
      saved(\.software, in: 0...1)
      saved(\.irqEnable)
      saved(\.fiqEnable)
      derived(\.irq)
      derived(\.fiq)
    }

    private static func contradiction(_ state: State) -> String? {
      (state.levels | state.irqEnable | state.fiqEnable) & ~state.lines != 0
        ? "an input that does not exist is high or enabled" : nil
    }

    var raw: UInt32 { levels | software & lines }
  }

  public var state = State()
  private let site: Site
  private let irq: Line
  private let fiq: Line

  public init(_ site: Site) {
    self.site = site
    irq = site.line("irq")
    fiq = site.line("fiq")
    state.lines = UInt32(truncatingIfNeeded: site.integer("lines", Self.model))
  }

  public func reset() {
    let old = state
    state = State()
    state.lines = old.lines
    state.levels = old.levels
    settle()
  }

  public func settle() {
    state.irq = state.raw & state.irqEnable != 0
    state.fiq = state.raw & state.fiqEnable != 0
    irq.set(state.irq)
    fiq.set(state.fiq)
  }

  public func input(_ index: Int, _ level: Bool) {
    guard 0..<32 ~= index, state.lines.bit(index), state.levels.bit(index) != level else { return }
    state.levels.setBit(index, level)
    update()
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

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    let value: UInt32 =
      switch offset & ~3 {
      case 0x00: state.raw & state.irqEnable
      case 0x04, 0x24: state.raw
      case 0x08: state.irqEnable
      case 0x10: state.software
      case 0x20: state.raw & state.fiqEnable
      case 0x28: state.fiqEnable
      default: 0
      }
    return UInt64(value)
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let value = UInt32(truncatingIfNeeded: value)
    if offset & ~0x23 == 8, value & ~state.lines != 0 {
      site.guestError("enables inputs that there are not: \(Site.hex(value & ~state.lines))")
    }
    switch offset & ~3 {
    case 0x08: state.irqEnable |= value & state.lines
    case 0x0c: state.irqEnable &= ~value
    case 0x10: state.software |= value & 1
    case 0x14: state.software &= ~value
    case 0x28: state.fiqEnable |= value & state.lines
    case 0x2c: state.fiqEnable &= ~value
    default: return
    }
    update()
  }
}
