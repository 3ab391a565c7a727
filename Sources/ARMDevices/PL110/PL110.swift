import Bits
public import DeviceModel
public import SavedState

/// The PrimeCell colour LCD controller (PL110, ARM DDI 0161) with its panel.
///
/// It scans guest memory at the rate that its timing registers and the panel clock give. Between two looks at it
/// nothing runs: what a frame does is worked out from its phase whenever a register is accessed, and a timer is armed
/// only for an interrupt that somebody has enabled and that is not pending yet.
public final class PL110: Device {
  public static let model = Model(
    "pl110", "PrimeCell colour LCD controller",
    regions: [RegionModel("registers", .memory, size: 0x1000, widths: 4...4)],
    outputs: ["irq"],
    parameters: [
      ParameterModel(
        "clock", .integer(1_000...1_000_000_000), default: "25175000", "CLCDCLK in Hz, of which the panel clock is made"
      ),
      ParameterModel(
        "order", .choice(["pl110", "versatile"]), default: "pl110",
        "interrupt enable at 0x18 and control at 0x1c, or swapped as on the Versatile boards"),
      ParameterModel(
        "wiring", .choice(["555", "5551", "565"]), default: "555",
        "what the panel makes of 16 bits: five a colour; with the intensity bit below them; 565"),
    ])

  /// How the controller's 16-bit colours reach a TFT panel.
  public enum Wiring: UInt8, Wire, Sendable {
    /// Five bits a colour; the intensity bit is not connected.
    case rgb555
    /// Six bits a colour, the lowest of each is the intensity bit.
    case rgb5551
    /// 16-bit pixels are 5:6:5; palette colours have five bits.
    case rgb565
  }

  public struct State: DeviceState {
    /// CLCDCLK in Hz.
    public var clock: UInt32 = 25_175_000
    /// Interrupt enable and control have changed places.
    public var isSwapped = false
    public var wiring = Wiring.rgb555
    public var timing0: UInt32 = 0
    public var timing1: UInt32 = 0
    public var timing2: UInt32 = 0
    public var timing3: UInt32 = 0
    /// LCDUPBASE and LCDLPBASE: where the next frame begins.
    public var upperBase: UInt32 = 0
    public var lowerBase: UInt32 = 0
    /// LCDINTRENABLE, LCDControl, LCDStatus.
    public var enable: UInt32 = 0
    public var control: UInt32 = 0
    public var status: UInt32 = 0
    /// Two colours a word, the first in its low half.
    public var palette = InlineArray<128, UInt32>(repeating: 0)
    /// Where the frame on the screen begins.
    public var upperFrame: UInt32 = 0
    public var lowerFrame: UInt32 = 0
    /// When that frame began; 0 while the controller is off.
    public var frameStart: Int64 = 0
    /// The vertical compare of this frame has been, and its first line with dots has begun.
    public var wasCompared = false
    public var wasActive = false
    /// What the line was last driven to.
    public var irq = false

    public init() {}

    public static let table = StateTable<State>("pl110") {
      fixed(\.clock)
      fixed(\.isSwapped)
      fixed(\.wiring)
      saved(\.timing0, where: { $0 & ~PL110.timingMasks[0] == 0 })
      saved(\.timing1)
      saved(\.timing2, where: { $0 & ~PL110.timingMasks[2] == 0 })
      saved(\.timing3, where: { $0 & ~PL110.timingMasks[3] == 0 })
      saved(\.upperBase, where: { $0 & 3 == 0 })
      saved(\.lowerBase, where: { $0 & 3 == 0 })
      saved(\.enable, where: { $0 & ~PL110.interruptMask == 0 })
      saved(\.control, where: { $0 & ~PL110Control.mask == 0 })
      saved(\.status, where: { $0 & ~PL110.interruptMask == 0 })
      saved(\.palette)
      saved(\.upperFrame, where: { $0 & 3 == 0 })
      saved(\.lowerFrame, where: { $0 & 3 == 0 })
      saved(\.frameStart, in: 0...(1 << 62))
      saved(\.wasCompared)
      saved(\.wasActive)
      derived(\.irq)
    }
  }

  public var state = State()
  let site: Site
  private let irq: Line
  private let timer: Timer

  public init(_ site: Site) {
    self.site = site
    irq = site.line("irq")
    timer = site.clock.makeTimer()
    state.clock = UInt32(clamping: site.integer("clock", Self.model))
    state.isSwapped = site.text("order", Self.model) == "versatile"
    switch site.text("wiring", Self.model) {
    case "5551": state.wiring = .rgb5551
    case "565": state.wiring = .rgb565
    default: state.wiring = .rgb555
    }
    timer.onFire = { [unowned self] in
      catchUp(self.site.clock.now)
      update()
    }
    settle()
  }

  public func reset() {
    let old = state
    state = State()
    state.clock = old.clock
    state.isSwapped = old.isSwapped
    state.wiring = old.wiring
    settle()
  }

  public func settle() {
    state.irq = state.status & state.enable != 0
    irq.set(state.irq)
    timer.set(deadline)
  }

  /// Drives the line if it has changed, and arms the timer for what comes next.
  func update() {
    let level = state.status & state.enable != 0
    if level != state.irq {
      state.irq = level
      irq.set(level)
    }
    timer.set(deadline)
  }
}
