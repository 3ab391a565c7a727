import Bits
public import DeviceModel
public import SavedState

/// The 82093AA I/O APIC with 24 pins, as later chips have it: version 0x20, with an EOI register.
public final class IOAPIC: Device {
  /// Interrupt input pins.
  public static let pinCount = 24

  public static let model = Model(
    "ioapic", "82093AA I/O APIC, 24 pins",
    regions: [RegionModel("registers", .memory, size: 0x1000, widths: 4...4, base: 0xfec0_0000)],
    inputs: (0..<pinCount).map { "pin\($0)" },
    parameters: [
      ParameterModel("id", .integer(0...15), default: "0", "the APIC ID after reset"),
      ParameterModel("gsi-base", .integer(0...1000), default: "0", "the global system interrupt of pin 0"),
    ],
    backends: ["apic-bus"])

  public struct State: DeviceState {
    /// The index register.
    public var select: UInt8 = 0
    /// The ID register, bits 24-27 of it.
    public var id: UInt8 = 0
    /// Redirection table entries, with remote IRR (bit 14).
    public var redirection = InlineArray<24, UInt64>(repeating: 0x1_0000)
    /// The level of each pin.
    public var pins: UInt32 = 0
    /// Pins whose level-triggered request no local APIC took yet: the delivery status.
    public var pending: UInt32 = 0
    /// The ID after reset, as the board gave it.
    public var initialID: UInt8 = 0
    /// The global system interrupt of pin 0.
    public var gsiBase: UInt32 = 0

    public init() {}

    public static let table = StateTable<State>("ioapic") {
      saved(\.select)
      saved(\.id, in: 0...15)
      saved(\.redirection)
      saved(\.pins, where: { $0 >> 24 == 0 })
      saved(\.pending, where: { $0 >> 24 == 0 })
      fixed(\.initialID)
      fixed(\.gsiBase)
    }
  }

  public static let registers: [RegisterRow] =
    [
      RegisterRow("IOREGSEL", at: 0x00, width: 4, .readWrite, mask: 0xff),
      RegisterRow("IOWIN", at: 0x10, width: 4, .readWrite, reset: nil, isVolatile: true),
      RegisterRow("EOI", at: 0x40, width: 4, .writeOnly, reset: nil, isVolatile: true),
      indexed("IOAPICID", 0, fields: "ID[27:24]"),
      indexed("IOAPICVER", 1, .readOnly, fields: "MAX_REDIRECTION_ENTRY[23:16] VERSION[7:0]"),
      indexed("IOAPICARB", 2, .readOnly, fields: "ID[27:24]"),
    ]
    + (0..<UInt64(pinCount)).flatMap { pin in
      [
        indexed(
          "IOREDTBL\(pin)", 0x10 + 2 * pin,
          fields: "MASK[16] TRIGGER_MODE[15] REMOTE_IRR[14] POLARITY[13] DELIVERY_STATUS[12] DESTINATION_MODE[11] "
            + "DELIVERY_MODE[10:8] VECTOR[7:0]"),
        indexed("IOREDTBL\(pin)_HIGH", 0x11 + 2 * pin, fields: "DESTINATION[31:24]"),
      ]
    }

  private static func indexed(
    _ name: String, _ index: UInt64, _ access: RegisterRow.Access = .readWrite, fields: String
  ) -> RegisterRow {
    RegisterRow(
      name, at: 0x10, width: 4, access, reset: nil, fields: fields, select: [RegisterWrite(index, at: 0, width: 4)])
  }

  /// The bits of an entry that a write changes: all but delivery status, remote IRR and the reserved ones.
  private static let writable: UInt64 = 0xff00_0000_0001_afff

  public var state = State()
  let bus: APICBus
  private let site: Site

  public init(_ site: Site) {
    self.site = site
    bus = site.backend("apic-bus") ?? APICBus()
    state.initialID = UInt8(truncatingIfNeeded: site.integer("id", Self.model)) & 15
    state.gsiBase = UInt32(truncatingIfNeeded: site.integer("gsi-base", Self.model))
    bus.attach(self)
    reset()
  }

  deinit { bus.detach(self) }

  public func reset() {
    var fresh = State()
    fresh.initialID = state.initialID
    fresh.id = state.initialID
    fresh.gsiBase = state.gsiBase
    fresh.pins = state.pins
    state = fresh
  }

  public func settle() {}

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    switch offset {
    case 0x00: UInt64(state.select)
    case 0x10: UInt64(readWindow())
    default: 0
    }
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    switch offset {
    case 0x00: state.select = UInt8(truncatingIfNeeded: value)
    case 0x10: writeWindow(UInt32(truncatingIfNeeded: value))
    case 0x40: endOfInterrupt(UInt8(truncatingIfNeeded: value))
    default: break
    }
  }

  private func readWindow() -> UInt32 {
    switch state.select {
    // The arbitration ID follows the ID (82093AA, 3.2.3).
    case 0x00, 0x02: return UInt32(state.id) << 24
    case 0x01: return UInt32(Self.pinCount - 1) << 16 | 0x20
    case 0x10..<0x40:
      let pin = Int(state.select - 0x10) / 2
      let entry = state.redirection[pin] | (state.pending.bit(pin) ? 0x1000 : 0)
      return UInt32(truncatingIfNeeded: state.select.bit(0) ? entry >> 32 : entry)
    default:
      site.guestError("read of register \(Site.hex(state.select)): there is none")
      return 0
    }
  }

  private func writeWindow(_ value: UInt32) {
    switch state.select {
    case 0x00: state.id = UInt8(truncatingIfNeeded: value >> 24) & 15
    case 0x10..<0x40:
      let pin = Int(state.select - 0x10) / 2
      var entry = state.redirection[pin]
      let wasActive = isActive(pin)
      if state.select.bit(0) {
        entry.setBits(32...63, UInt64(value))
      } else {
        entry.setBits(0...31, UInt64(value) & Self.writable | (entry & 0x4000))
      }
      entry &= Self.writable | 0x4000
      // An edge-triggered entry has no remote IRR: software clears a stuck one by going through edge mode.
      if !entry.bit(15) { entry.setBit(14, false) }
      state.redirection[pin] = entry
      state.pending.setBit(pin, false)
      // What a new polarity makes active is no edge of the pin.
      checkEntry(pin)
      sample(pin, wasActive: wasActive || isActive(pin))
    default:
      site.guestError("write of \(Site.hex(value)) to register \(Site.hex(state.select)): there is none to write")
    }
  }

  /// What an unmasked entry must not say (82093AA, 3.2.4).
  private func checkEntry(_ pin: Int) {
    let entry = state.redirection[pin]
    guard !entry.bit(16) else { return }
    let mode = UInt8(entry.bits(8...10))
    if APICMessage.Delivery(rawValue: mode) == nil || mode == APICMessage.Delivery.startUp.rawValue {
      site.guestError("pin \(pin) has delivery mode \(mode), which is reserved")
    } else if mode <= 1, entry & 0xff < 16 {
      site.guestError("pin \(pin) has vector \(entry & 0xff): the first is 16")
    }
  }

  /// Whether a pin has the level that its entry calls active.
  private func isActive(_ pin: Int) -> Bool { state.pins.bit(pin) != state.redirection[pin].bit(13) }

  public func input(_ index: Int, _ level: Bool) {
    guard index >= 0, index < Self.pinCount, state.pins.bit(index) != level else { return }
    let wasActive = isActive(index)
    state.pins.setBit(index, level)
    sample(index, wasActive: wasActive)
  }

  /// Sends what a pin asks for, if its entry lets it: an edge when it comes, a level while it is there and
  /// not yet in service. An edge on a masked pin is lost (82093AA, 3.2.4).
  private func sample(_ pin: Int, wasActive: Bool) {
    let entry = state.redirection[pin]
    guard isActive(pin) else {
      state.pending.setBit(pin, false)
      return
    }
    guard !entry.bit(16), let delivery = APICMessage.Delivery(rawValue: UInt8(entry.bits(8...10))) else { return }
    // Only fixed and lowest priority know levels; a level with another mode counts as an edge (3.2.4).
    let isLevel = entry.bit(15) && (delivery == .fixed || delivery == .lowestPriority)
    guard isLevel ? !entry.bit(14) : !wasActive, delivery != .startUp else { return }
    let message = APICMessage(
      destination: APICMessage.wide(UInt8(truncatingIfNeeded: entry >> 56)), isLogical: entry.bit(11),
      delivery: delivery, vector: UInt8(truncatingIfNeeded: entry), isLevel: isLevel)
    // Set before: the CPU may end the interrupt within the call.
    if isLevel { state.redirection[pin].setBit(14, true) }
    let taken = bus.deliver(message)
    if isLevel && !taken {
      state.redirection[pin].setBit(14, false)
      state.pending.setBit(pin, true)
    } else {
      state.pending.setBit(pin, false)
    }
  }

  /// The level-triggered interrupt `vector` has ended: pins that are still active ask again.
  func endOfInterrupt(_ vector: UInt8) {
    for pin in 0..<Self.pinCount {
      let entry = state.redirection[pin]
      if state.pending.bit(pin) {
        sample(pin, wasActive: true)
      } else if entry.bit(15), entry.bit(14), entry & 0xff == vector {
        state.redirection[pin].setBit(14, false)
        sample(pin, wasActive: true)
      }
    }
  }
}
