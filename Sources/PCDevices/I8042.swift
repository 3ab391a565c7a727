public import Bits
public import DeviceModel
public import Peripherals
public import SavedState

/// The keyboard controller of a PC (8042 with the PS/2 firmware; IBM PS/2 Hardware Interface Technical
/// Reference, "Keyboard and Auxiliary Device Controller"), with a keyboard and a mouse plugged in.
///
/// Commands take no time. A byte from a device follows the one before it after the time of one PS/2 frame, so that
/// handlers which read the data port twice see the same byte. After a reset its command byte is what a PC's
/// firmware leaves: keyboard on with interrupt and translation, mouse off.
public final class I8042: Device, KeyboardInput, PointerInput {
  public static let model = Model(
    "i8042", "PS/2 controller with keyboard and mouse",
    regions: [
      RegionModel("data", .io, size: 1, base: 0x60),
      RegionModel("command", .io, size: 1, base: 0x64),
    ],
    outputs: ["irq1", "irq12", "a20"])

  public static let registers = [
    RegisterRow("DATA", region: 0, at: 0, .readWrite, isVolatile: true),
    RegisterRow(
      "STATUS", region: 1, at: 0, .readOnly, reset: 0x1c, isVolatile: true,
      fields: "PERR[7] TO[6] MOBF[5] INH[4] A2[3] SYS[2] IBF[1] OBF[0]"),
    RegisterRow("COMMAND", region: 1, at: 0, .writeOnly, reset: nil, isVolatile: true),
  ]

  public struct State: DeviceState {
    /// The controller's memory; byte 0 is the command byte.
    public var ram: InlineArray<32, UInt8> = {
      var ram = InlineArray<32, UInt8>(repeating: 0)
      ram[0] = 0x65
      return ram
    }()
    /// The output buffer.
    public var output: UInt8 = 0
    public var isOutputFull = false
    /// The output buffer holds a byte of the mouse.
    public var isOutputAuxiliary = false
    /// The output buffer's byte came over a cable.
    public var isOutputFromDevice = false
    /// The last write was to the command port.
    public var wasCommand = true
    /// The command that the next data byte belongs to; 0 for none.
    public var pending: UInt8 = 0
    /// The controller's own answers, with bit 8 for those that look like the mouse's.
    public var replies = FixedQueue<16, UInt16>(filler: 0)
    /// Translation has seen the prefix of a break code.
    public var isBreak = false
    public var a20 = true
    /// Before this no byte comes from a device.
    public var cableTime: Int64 = 0
    public var keyboard = PS2Keyboard()
    public var mouse = PS2Mouse()
    /// What the lines were last driven to.
    public var irq1 = false
    public var irq12 = false

    public init() {}

    public static let table = StateTable<State>("i8042") {
      saved(\.ram)
      saved(\.output)
      saved(\.isOutputFull)
      saved(\.isOutputAuxiliary)
      saved(\.isOutputFromDevice)
      saved(\.wasCommand)
      saved(\.pending)
      list(\.replies, max: 16, where: { $0 < 0x200 })
      saved(\.isBreak)
      saved(\.a20)
      saved(\.cableTime, in: 0...(1 << 62))
      nested(\.keyboard)
      nested(\.mouse)
      derived(\.irq1)
      derived(\.irq12)
    }
  }

  public var state = State()
  private let site: Site
  private let irq1: Line
  private let irq12: Line
  private let a20: Line
  private let timer: Timer

  /// Eleven bits at 12.5 kHz, in nanoseconds.
  private static let frame: Int64 = 880_000

  public init(_ site: Site) {
    self.site = site
    irq1 = site.line("irq1")
    irq12 = site.line("irq12")
    a20 = site.line("a20")
    timer = site.clock.makeTimer()
    timer.onFire = { [unowned self] in proceed() }
    settle()
  }

  public func reset() {
    state = State()
    settle()
  }

  public func settle() {
    state.irq1 = wantsIRQ1
    state.irq12 = wantsIRQ12
    irq1.set(state.irq1)
    irq12.set(state.irq12)
    a20.set(state.a20)
    arm()
  }

  // MARK: For display and monitor

  public var isKeyboard: Bool { true }
  public var isPointer: Bool { true }

  /// A key goes down or up; `key` as `ScanCodes` names it.
  public func key(_ key: UInt16, down: Bool) {
    state.keyboard.press(key, down: down, now: site.clock.now)
    proceed()
  }

  /// The mouse moves right by `dx` and down by `dy`, its wheel towards the user by `dz`; `buttons` has left,
  /// right, middle, fourth and fifth from bit 0 up.
  public func move(dx: Int32, dy: Int32, dz: Int32, buttons: UInt8) {
    state.mouse.move(dx: dx, dy: dy, dz: dz, buttons: buttons, now: site.clock.now)
    proceed()
  }

  // MARK: The output buffer

  private var wantsIRQ1: Bool { state.isOutputFull && !state.isOutputAuxiliary && state.ram[0].bit(0) }
  private var wantsIRQ12: Bool { state.isOutputFull && state.isOutputAuxiliary && state.ram[0].bit(1) }

  private func updateLines() {
    if wantsIRQ1 != state.irq1 {
      state.irq1.toggle()
      irq1.set(state.irq1)
    }
    if wantsIRQ12 != state.irq12 {
      state.irq12.toggle()
      irq12.set(state.irq12)
    }
  }

  /// Takes the devices to the present and fills the output buffer if something is there for it.
  private func proceed() {
    let now = site.clock.now
    state.keyboard.tick(now: now)
    state.mouse.tick(now: now)
    if !state.isOutputFull { fill(now) }
    updateLines()
    arm()
  }

  private var isKeyboardReady: Bool { !state.ram[0].bit(4) && state.keyboard.hasOutput }
  private var isMouseReady: Bool { !state.ram[0].bit(5) && state.mouse.hasOutput }

  private func fill(_ now: Int64) {
    if let reply = state.replies.popFirst() {
      put(UInt8(truncatingIfNeeded: reply), auxiliary: reply.bit(8), fromDevice: false)
      return
    }
    guard now >= state.cableTime else { return }
    while isKeyboardReady, let byte = state.keyboard.next() {
      guard state.ram[0].bit(6) else {
        put(byte, auxiliary: false, fromDevice: true)
        return
      }
      if byte == 0xf0 {
        state.isBreak = true
      } else {
        put(ScanCodes.set1(fromSet2: byte) | (state.isBreak ? 0x80 : 0), auxiliary: false, fromDevice: true)
        state.isBreak = false
        return
      }
    }
    if isMouseReady, let byte = state.mouse.next() { put(byte, auxiliary: true, fromDevice: true) }
  }

  private func put(_ byte: UInt8, auxiliary: Bool, fromDevice: Bool) {
    state.output = byte
    state.isOutputFull = true
    state.isOutputAuxiliary = auxiliary
    state.isOutputFromDevice = fromDevice
  }

  private func arm() {
    var next = Int64.max
    if !state.isOutputFull, !state.replies.isEmpty || isKeyboardReady || isMouseReady { next = state.cableTime }
    if state.keyboard.repeatTime >= 0 { next = min(next, state.keyboard.repeatTime) }
    if state.mouse.reportTime >= 0 { next = min(next, state.mouse.reportTime) }
    timer.set(next == .max ? nil : next)
  }

  // MARK: Ports

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    guard region == 0 else { return UInt64(status) }
    let byte = state.output
    if state.isOutputFull {
      state.isOutputFull = false
      if state.isOutputFromDevice { state.cableTime = site.clock.now &+ Self.frame }
      // The line falls between two bytes.
      updateLines()
      proceed()
    }
    return UInt64(byte)
  }

  /// Bit 4 is the key lock, which is open; the input buffer is never full.
  private var status: UInt8 {
    (state.isOutputFull ? 1 : 0) | state.ram[0] & 4 | (state.wasCommand ? 8 : 0) | 0x10
      | (state.isOutputFull && state.isOutputAuxiliary ? 0x20 : 0)
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let byte = UInt8(truncatingIfNeeded: value)
    state.wasCommand = region != 0
    if region != 0 {
      state.pending = 0
      command(byte)
    } else if state.pending != 0 {
      parameter(byte)
    } else {
      // Talking to the keyboard turns its interface on.
      state.ram[0] &= ~0x10
      if !state.keyboard.receive(byte, now: site.clock.now) {
        site.guestError("the keyboard knows no command \(Site.hex(byte))")
      }
    }
    proceed()
  }

  private func command(_ byte: UInt8) {
    switch byte {
    case 0x20...0x3f: reply(state.ram[Int(byte & 0x1f)])
    case 0x60...0x7f, 0xa5, 0xd1...0xd4: state.pending = byte
    // No password is set.
    case 0xa4: reply(0xf1)
    case 0xa7: state.ram[0] |= 0x20
    case 0xa8: state.ram[0] &= ~0x20
    // Interface tests find clock and data lines in order.
    case 0xa9, 0xab: reply(0)
    case 0xaa:
      state.ram[0] |= 4
      reply(0x55)
    case 0xad: state.ram[0] |= 0x10
    case 0xae: state.ram[0] &= ~0x10
    // The input port: keyboard not locked, colour display.
    case 0xc0: reply(0xa0)
    case 0xd0: reply(outputPort)
    case 0xdd, 0xdf: setA20(byte == 0xdf)
    // Test inputs: both clock lines as their interfaces leave them.
    case 0xe0: reply((state.ram[0].bit(4) ? 0 : 1) | (state.ram[0].bit(5) ? 0 : 2))
    // Pulses output port bits that are 0; bit 0 is the system reset.
    case 0xf0...0xff: if !byte.bit(0) { site.control?.requestReset("keyboard controller pulse") }
    case 0xac, 0xc1, 0xc2: site.unimplemented("command \(Site.hex(byte))")
    default: site.guestError("unknown command \(Site.hex(byte))")
    }
  }

  private func reply(_ byte: UInt8) { state.replies.append(UInt16(byte)) }

  private var outputPort: UInt8 {
    let filled: UInt8 = !state.isOutputFull ? 0 : state.isOutputAuxiliary ? 0x20 : 0x10
    return 0xc1 | (state.a20 ? 2 : 0) | filled
  }

  private func setA20(_ level: Bool) {
    state.a20 = level
    a20.set(level)
  }

  /// The data byte of a command.
  private func parameter(_ byte: UInt8) {
    let command = state.pending
    // A password goes on until its zero.
    if command != 0xa5 || byte == 0 { state.pending = 0 }
    switch command {
    case 0x60...0x7f: state.ram[Int(command & 0x1f)] = byte
    case 0xd1:
      setA20(byte.bit(1))
      if !byte.bit(0) { site.control?.requestReset("keyboard controller output port") }
    case 0xd2: state.replies.append(UInt16(byte))
    case 0xd3: state.replies.append(0x100 | UInt16(byte))
    case 0xd4:
      state.ram[0] &= ~0x20
      if !state.mouse.receive(byte, now: site.clock.now) {
        site.guestError("the mouse knows no command \(Site.hex(byte))")
      }
    default: break
    }
  }
}
