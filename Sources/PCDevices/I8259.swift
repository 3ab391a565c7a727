import Bits
public import DeviceModel
public import SavedState

/// The two cascaded 8259A of a PC, with the edge/level registers of later chip sets.
///
/// The slave's INT output goes to the master's IR2. The CPU sees `intr` and answers with `acknowledge()`.
public final class I8259: Device {
  public static let model = Model(
    "i8259", "8259A interrupt controller pair with edge/level control",
    regions: [
      RegionModel("master", .io, size: 2, base: 0x20),
      RegionModel("slave", .io, size: 2, base: 0xa0),
      RegionModel("elcr", .io, size: 2, base: 0x4d0),
    ],
    outputs: ["intr"],
    inputs: (0..<16).map { "irq\($0)" })

  private static let masterFields = (0..<8).map { "IR\($0)[\($0)]" }.joined(separator: " ")
  private static let slaveFields = (0..<8).map { "IR\($0 + 8)[\($0)]" }.joined(separator: " ")

  // OCW3 chooses between IRR and ISR.
  public static let registers = [
    RegisterRow("MASTER_COMMAND", region: 0, at: 0, .readWrite, isVolatile: true),
    RegisterRow("MASTER_IRR", region: 0, at: 0, .readOnly, fields: masterFields, select: [RegisterWrite(0x0a, at: 0)]),
    RegisterRow("MASTER_ISR", region: 0, at: 0, .readOnly, fields: masterFields, select: [RegisterWrite(0x0b, at: 0)]),
    RegisterRow("MASTER_MASK", region: 0, at: 1, .readWrite, fields: masterFields),
    RegisterRow("SLAVE_COMMAND", region: 1, at: 0, .readWrite, isVolatile: true),
    RegisterRow(
      "SLAVE_IRR", region: 1, at: 0, .readOnly, fields: slaveFields,
      select: [RegisterWrite(0x0a, region: 1, at: 0)]),
    RegisterRow(
      "SLAVE_ISR", region: 1, at: 0, .readOnly, fields: slaveFields,
      select: [RegisterWrite(0x0b, region: 1, at: 0)]),
    RegisterRow("SLAVE_MASK", region: 1, at: 1, .readWrite, fields: slaveFields),
    RegisterRow("ELCR1", region: 2, at: 0, .readWrite, mask: 0xf8, fields: masterFields),
    RegisterRow("ELCR2", region: 2, at: 1, .readWrite, mask: 0xde, fields: slaveFields),
  ]

  public struct State: DeviceState {
    public var master = PICUnit()
    public var slave = PICUnit()
    /// The level of input irq2, which shares the master's IR2 with the slave.
    public var irq2 = false
    /// What `intr` was last driven to.
    public var intr = false

    public init() {}

    public static let table = StateTable<State>("i8259", validate: contradiction) {
      nested(\.master)
      nested(\.slave)
      saved(\.irq2)
      derived(\.intr)
    }

    private static func contradiction(_ state: State) -> String? {
      state.master.lines.bit(2) == (state.irq2 || state.slave.request(nests: 0) >= 0)
        ? nil : "the master's line 2 is not the slave's output"
    }
  }

  public var state = State()
  private let site: Site
  private let intr: Line

  public init(_ site: Site) {
    self.site = site
    intr = site.line("intr")
  }

  /// Lines are what their drivers hold them at, so they outlast a reset.
  public func reset() {
    let old = state
    state = State()
    state.master.lines = old.master.lines & ~4
    state.slave.lines = old.slave.lines
    state.irq2 = old.irq2
    settle()
  }

  public func settle() {
    update()
    intr.set(state.intr)
  }

  public func input(_ index: Int, _ level: Bool) {
    switch index {
    case 2:
      state.irq2 = level
      update()
    case 0..<8:
      if state.master.drive(index, level) { update() }
    case 8..<16:
      if state.slave.drive(index - 8, level) { update() }
    default: break
    }
  }

  /// The two INTA cycles of the CPU: gives the vector. Without a request it is the default IR7 (spurious)
  /// of the chip that answers, and nothing goes into service there; 0xff when no chip answers.
  public func acknowledge() -> UInt8 {
    guard state.master.phase == .ready, state.master.bufferedRole != false else { return 0xff }
    let level = state.master.request(nests: cascades)
    guard level >= 0 else { return state.master.vector(7) }
    state.master.begin(level)
    let vector = cascades.bit(level) ? cascade(level) : state.master.vector(level)
    state.master.finish(level)
    update()
    return vector
  }

  /// The master has put `level` on the cascade lines; what the slave answers.
  private func cascade(_ level: Int) -> UInt8 {
    guard state.slave.phase == .ready, !state.slave.isSingle, state.slave.icw3 & 7 == UInt8(level),
      state.slave.bufferedRole != true
    else { return 0xff }
    let inner = state.slave.request(nests: 0)
    guard inner >= 0 else { return state.slave.vector(7) }
    state.slave.begin(inner)
    // INT falls during INTA also when more is pending, so that the master sees another edge.
    _ = state.master.drive(2, state.irq2)
    state.slave.finish(inner)
    return state.slave.vector(inner)
  }

  /// Levels of the master that slaves share.
  private var cascades: UInt8 { state.master.isSingle ? 0 : state.master.icw3 }

  private func update() {
    _ = state.master.drive(2, state.irq2 || state.slave.request(nests: 0) >= 0)
    let level = state.master.request(nests: cascades) >= 0
    if level != state.intr {
      state.intr = level
      intr.set(level)
    }
  }

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    switch region {
    case 0: UInt64(state.master.polled ? poll(\.master, nests: cascades) : state.master.read(offset & 1 == 1))
    case 1: UInt64(state.slave.polled ? poll(\.slave, nests: 0) : state.slave.read(offset & 1 == 1))
    default: UInt64(offset & 1 == 0 ? state.master.elcr : state.slave.elcr)
    }
  }

  /// The read after a poll command: bit 7 and the level, which goes into service; 0 without a request.
  private func poll(_ unit: WritableKeyPath<State, PICUnit>, nests: UInt8) -> UInt8 {
    state[keyPath: unit].polled = false
    let level = state[keyPath: unit].request(nests: nests)
    guard level >= 0 else { return 0 }
    state[keyPath: unit].begin(level)
    if unit == \.slave { _ = state.master.drive(2, state.irq2) }
    state[keyPath: unit].finish(level)
    update()
    return 0x80 | UInt8(truncatingIfNeeded: level)
  }

  private func write(_ byte: UInt8, _ a0: Bool, to unit: WritableKeyPath<State, PICUnit>) {
    let wasReady = state[keyPath: unit].phase == .ready
    state[keyPath: unit].write(byte, a0)
    if !wasReady, state[keyPath: unit].phase == .ready, !state[keyPath: unit].icw4.bit(0) {
      site.guestError("the \(unit == \.master ? "master" : "slave") is set up for an 8080")
    }
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let byte = UInt8(truncatingIfNeeded: value)
    switch (region, offset & 1) {
    case (0, let a0): write(byte, a0 == 1, to: \.master)
    case (1, let a0): write(byte, a0 == 1, to: \.slave)
    // The timer, the keyboard and the cascade are edges by nature, and so are the clock and the coprocessor.
    case (_, 0): state.master.setELCR(byte & 0xf8)
    default: state.slave.setELCR(byte & 0xde)
    }
    update()
  }
}
