import Bits
public import DeviceModel
public import SavedState

/// The local APIC of one CPU (Intel SDM volume 3, chapter 11), in xAPIC and x2APIC mode.
///
/// Its register page is at the same address for every CPU: the board routes an access to the APIC of the CPU
/// that makes it. The CPU's module sees it through `readMSR`, `writeMSR`, `acknowledge` and `taskPriority`.
public final class LocalAPIC: Device {
  public static let model = Model(
    "lapic", "local APIC of a CPU, xAPIC and x2APIC",
    regions: [RegionModel("registers", .memory, size: 4096, widths: 4...4)],
    inputs: ["lint0", "lint1"],
    parameters: [
      ParameterModel("id", .integer(0...254), default: "0", "the APIC ID after reset"),
      ParameterModel("bsp", .flag, default: "off", "belongs to the bootstrap processor"),
      ParameterModel(
        "virtual-wire", .flag, default: "off",
        "after reset pass the 8259's interrupts on, as firmware sets it up (MP specification 1.4, 3.6.2.2)"),
      ParameterModel("x2apic", .flag, default: "off", "can be switched to x2APIC mode"),
      ParameterModel("tsc-deadline", .flag, default: "off", "the timer has the TSC-deadline mode"),
      ParameterModel(
        "bus-frequency", .integer(1_000_000...10_000_000_000), default: "1000000000",
        "ticks of the timer in a second, before its divider"),
      ParameterModel(
        "tsc-frequency", .integer(1_000_000...100_000_000_000), default: "1000000000",
        "ticks of the time stamp counter in a second"),
    ],
    backends: ["apic-bus", "cpu", "pic"])

  /// Eight words of 32 bits, one bit a vector.
  public typealias Vectors = InlineArray<8, UInt32>

  public struct State: DeviceState {
    /// IA32_APIC_BASE.
    public var base: UInt64 = 0xfee0_0800
    /// The ID that the board gave; in x2APIC mode the ID.
    public var initialID: UInt32 = 0
    /// The ID register of xAPIC mode, bits 24-31 of it.
    public var id: UInt8 = 0
    public var taskPriority: UInt8 = 0
    /// LDR bits 24-31.
    public var logicalID: UInt8 = 0
    /// DFR bits 28-31: 15 is flat, 0 is cluster.
    public var destinationModel: UInt8 = 0xf
    /// SVR: vector, software enable, focus check off, EOI broadcast off.
    public var spurious: UInt32 = 0xff
    public var inService = Vectors(repeating: 0)
    public var triggerMode = Vectors(repeating: 0)
    public var requested = Vectors(repeating: 0)
    /// What ESR reads as.
    public var errorStatus: UInt8 = 0
    /// Errors since ESR was last written.
    public var errors: UInt8 = 0
    /// ICR without the delivery status, destination in bits 56-63 (xAPIC) or 32-63 (x2APIC).
    public var command: UInt64 = 0
    /// Timer, thermal sensor, performance counters, LINT0, LINT1, error.
    public var vectorTable = InlineArray<6, UInt32>(repeating: 0x1_0000)
    public var initialCount: UInt32 = 0
    /// DCR: bits 0, 1 and 3.
    public var divide: UInt8 = 0
    /// The count at `countedAt`.
    public var count: UInt32 = 0
    /// Guest nanoseconds.
    public var countedAt: Int64 = 0
    /// When the timer next runs out, in guest nanoseconds; -1 while it is stopped.
    public var deadline: Int64 = -1
    /// IA32_TSC_DEADLINE.
    public var tscDeadline: UInt64 = 0
    /// Levels of LINT0 (bit 0) and LINT1 (bit 1).
    public var pins: UInt8 = 0
    /// An ExtINT message waits for the CPU.
    public var external = false
    /// The level of the CPU's INTR.
    public var request = false

    public init() {}

    public static let table = StateTable<State>("lapic", version: 1, validate: contradiction) {
      saved(\.base, where: { $0 & ~0xf_ffff_ffff_fd00 == 0 })
      fixed(\.initialID)
      saved(\.id)
      saved(\.taskPriority)
      saved(\.logicalID)
      saved(\.destinationModel, in: 0...15)
      saved(\.spurious, where: { $0 & ~0x13ff == 0 })
      saved(\.inService)
      saved(\.triggerMode)
      saved(\.requested)
      saved(\.errorStatus, where: { $0 & ~0xe0 == 0 })
      saved(\.errors, where: { $0 & ~0xe0 == 0 })
      saved(\.command)
      saved(\.vectorTable)
      saved(\.initialCount)
      saved(\.divide, where: { $0 & ~0xb == 0 })
      saved(\.count)
      saved(\.countedAt, where: { $0 >= 0 })
      saved(\.deadline, where: { $0 >= -1 })
      saved(\.tscDeadline)
      saved(\.pins, in: 0...3)
      saved(\.external)
      derived(\.request)
    }

    /// What is wrong with a loaded state as a whole.
    @Sendable private static func contradiction(_ state: State) -> String? {
      if !state.base.bit(11) && state.base.bit(10) { return "x2APIC mode of an APIC that is off" }
      if state.deadline >= 0 && state.deadline < state.countedAt && !state.isDeadlineMode {
        return "the timer runs out before it started"
      }
      return nil
    }

    /// Whether the timer is in TSC-deadline mode.
    var isDeadlineMode: Bool { vectorTable[0].bits(17...18) == 2 }
  }

  public var state = State()
  let site: Site
  let clock: VirtualClock
  let timer: DeviceModel.Timer
  let bus: APICBus
  private var neighbours: LocalAPICNeighbours
  /// The CPU it serves; not kept alive.
  public var cpu: (any CPUInterruptSink)? {
    get { neighbours.cpu }
    set { neighbours.cpu = newValue }
  }
  /// Who is asked for the vector of an external interrupt; not kept alive.
  public var pic: (any InterruptAcknowledger)? {
    get { neighbours.pic }
    set { neighbours.pic = newValue }
  }
  let options: LocalAPICOptions

  public init(_ site: Site) {
    self.site = site
    clock = site.clock
    timer = site.clock.makeTimer()
    bus = site.backend("apic-bus") ?? APICBus()
    neighbours = LocalAPICNeighbours(cpu: site.backend("cpu"), pic: site.backend("pic"))
    options = LocalAPICOptions(site)
    state.initialID = options.id
    bus.attach(self)
    timer.onFire = { [weak self] in self?.timerFired() }
    reset()
  }

  deinit { bus.detach(self) }

  public func reset() {
    state.base = 0xfee0_0800 | (options.isBootstrap ? 0x100 : 0)
    state.id = UInt8(truncatingIfNeeded: state.initialID)
    resetRegisters()
    cpu?.apicBaseChanged(0xfee0_0000)
  }

  /// As after INIT: everything but the ID and the base (Intel SDM volume 3, 11.4.7.3).
  func resetRegisters() {
    var fresh = State()
    fresh.base = state.base
    fresh.initialID = state.initialID
    fresh.id = state.id
    fresh.pins = state.pins
    if options.startsAsVirtualWire {
      // MP specification 1.4, example A-1: enabled, LINT0 as ExtINT, LINT1 as NMI.
      fresh.spurious = 0x10f
      fresh.vectorTable[3] = 0x700
      fresh.vectorTable[4] = 0x400
    }
    state = fresh
    settle()
  }

  public func settle() {
    timer.set(state.deadline >= 0 ? state.deadline : nil)
    drive()
  }

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    guard isEnabled, !isX2 else { return .max }
    guard offset & 0xf == 0 else {
      site.guestError("read at offset \(Site.hex(offset)), which is not a multiple of 16")
      return 0
    }
    guard let value = read(Int(offset >> 4)) else {
      site.guestError("read at offset \(Site.hex(offset)): there is no register")
      report(.illegalRegister)
      return 0
    }
    return UInt64(value)
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    guard isEnabled, !isX2 else { return }
    guard offset & 0xf == 0 else {
      return site.guestError("write at offset \(Site.hex(offset)), which is not a multiple of 16")
    }
    if !write(UInt32(truncatingIfNeeded: value), Int(offset >> 4)) {
      site.guestError("write at offset \(Site.hex(offset)): there is no register")
      report(.illegalRegister)
    }
  }
}
