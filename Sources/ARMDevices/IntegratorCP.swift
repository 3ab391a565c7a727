import Bits
public import DeviceModel
public import SavedState

/// The baseboard's control registers of the Integrator/CP (ARM DUI 0159, baseboard control): identification, flash
/// protection and the memory card's socket.
///
/// `irq` is the insertion of a card, latched in INTREG. A card that is there when a reset ends counts as inserted then.
public final class IntegratorCP: Device {
  public static let model = Model(
    "integrator-cp", "Integrator/CP baseboard control",
    regions: [RegionModel("registers", .memory, size: 0x80_0000, widths: 4...4, base: 0xcb00_0000)],
    outputs: ["irq"],
    inputs: ["card-write-protected", "card-inserted"])

  public static let registers = [
    RegisterRow(
      "CP_IDFIELD", at: 0x0, width: 4, .readOnly, reset: 0x4103_4003,
      fields: "MAN[31:24] ARCH[23:16] FPGA[15:12] BUILD[11:4] REV[3:0]"),
    RegisterRow("CP_FLASHPROG", at: 0x4, width: 4, .readWrite, mask: 3, fields: "FLWREN[1] FLVPPEN[0]"),
    RegisterRow("CP_INTREG", at: 0x8, width: 4, .readWrite, mask: 8, fields: "CARDIN[3] WPROT[0]"),
    RegisterRow("CP_DECODE", at: 0xc, width: 4, .readOnly, reset: 0x11),
  ]

  public struct State: DeviceState {
    /// FLVPPEN and FLWREN: programming voltage and write enable of the flash.
    public var flashControl: UInt32 = 0
    public var isWriteProtected = false
    public var isCardIn = false
    /// A card has come, and INTREG has not been written.
    public var isInsertionLatched = false
    /// What the interrupt line was last driven to.
    public var irq = false

    public init() {}

    public static let table = StateTable<State>("integrator-cp") {
      saved(\.flashControl, in: 0...3)
      saved(\.isWriteProtected)
      saved(\.isCardIn)
      saved(\.isInsertionLatched)
      derived(\.irq)
    }
  }

  public var state = State()
  private let site: Site
  private let irq: Line

  public init(_ site: Site) {
    self.site = site
    irq = site.line("irq")
  }

  public func reset() {
    let old = state
    state = State()
    state.isWriteProtected = old.isWriteProtected
    state.isCardIn = old.isCardIn
    state.isInsertionLatched = old.isCardIn
    settle()
  }

  public func settle() {
    state.irq = state.isInsertionLatched
    irq.set(state.irq)
  }

  public func input(_ index: Int, _ level: Bool) {
    switch index {
    case 0: state.isWriteProtected = level
    case 1:
      if level, !state.isCardIn { state.isInsertionLatched = true }
      state.isCardIn = level
      update()
    default: break
    }
  }

  private func update() {
    guard state.irq != state.isInsertionLatched else { return }
    state.irq = state.isInsertionLatched
    irq.set(state.irq)
  }

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    switch offset & ~3 {
    case 0x0: 0x4103_4003
    case 0x4: UInt64(state.flashControl)
    case 0x8: (state.isWriteProtected ? 1 : 0) | (state.isInsertionLatched ? 8 : 0)
    case 0xc: 0x11
    default: 0
    }
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    switch offset & ~3 {
    case 0x4:
      state.flashControl = UInt32(truncatingIfNeeded: value) & 3
      if state.flashControl != 0 { site.unimplemented("programming the flash") }
    case 0x8 where value.bit(3):
      state.isInsertionLatched = false
      update()
    default: break
    }
  }
}
