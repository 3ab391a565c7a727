import Bits
public import DeviceModel

/// The MC146818 real-time clock with the 128 bytes of CMOS memory of a PC (Motorola ADI-1019).
///
/// The time is the site's wall clock plus an offset in the state. Flags are computed when they are looked at;
/// a timer runs only towards the next interrupt that is enabled and not yet raised. The battery keeps time
/// and memory over a reset.
///
/// With `extended-ram` there is a second bank of 128 bytes of memory, reached through ports of its own as in PCs since
/// Intel's PIIX (82371FB, 3.7: RTCEI and RTCED); without, those ports answer nothing.
public final class MC146818: Device {
  public static let model = Model(
    "mc146818", "MC146818 real-time clock and CMOS memory",
    regions: [RegionModel("ports", .io, size: 2, base: 0x70), RegionModel("extended", .io, size: 2, base: 0x72)],
    outputs: ["irq", "nmi-mask"],
    parameters: [
      ParameterModel("extended-ram", .flag, default: "off", "a second bank of 128 bytes of CMOS memory")
    ])

  public static let registers =
    [
      RegisterRow("INDEX", at: 0, .writeOnly, reset: nil, isVolatile: true, fields: "NMI_MASK[7] INDEX[6:0]"),
      RegisterRow("DATA", at: 1, .readWrite, reset: nil, isVolatile: true),
      RegisterRow("EXTENDED_INDEX", region: 1, at: 0, .readWrite, reset: nil, isVolatile: true),
      RegisterRow("EXTENDED_DATA", region: 1, at: 1, .readWrite, reset: nil, isVolatile: true),
      indexed("REGISTER_A", 10, fields: "UIP[7] DV[6:4] RS[3:0]"),
      indexed("REGISTER_B", 11, fields: "SET[7] PIE[6] AIE[5] UIE[4] SQWE[3] DM[2] H24[1] DSE[0]"),
      indexed("REGISTER_C", 12, .readOnly, fields: "IRQF[7] PF[6] AF[5] UF[4]"),
      indexed("REGISTER_D", 13, .readOnly, fields: "VRT[7]"),
    ]
    + [
      "SECONDS", "SECONDS_ALARM", "MINUTES", "MINUTES_ALARM", "HOURS", "HOURS_ALARM", "DAY_OF_WEEK", "DATE_OF_MONTH",
      "MONTH", "YEAR",
    ].enumerated().map { indexed($1, UInt64($0)) }

  private static func indexed(
    _ name: String, _ index: UInt64, _ access: RegisterRow.Access = .readWrite, fields: String = ""
  ) -> RegisterRow {
    RegisterRow(name, at: 1, access, reset: nil, fields: fields, select: [RegisterWrite(index, at: 0)])
  }

  public typealias State = RTCState

  public var state = RTCState()
  private let site: Site
  private let irq: Line
  private let nmiMask: Line
  private let timer: Timer

  private static let second: Int64 = 1_000_000_000
  /// UIP rises 244 µs before an update cycle of 1984 µs; the time changes at the cycle's end.
  private static let updateTime: Int64 = 2_228_000

  public init(_ site: Site) {
    self.site = site
    state.hasExtendedRAM = site.flag("extended-ram", Self.model)
    irq = site.line("irq")
    nmiMask = site.line("nmi-mask")
    timer = site.clock.makeTimer()
    timer.onFire = { [unowned self] in evaluate(site.clock.now) }
  }

  /// The RESET pin: interrupts are disabled, their flags cleared.
  public func reset() {
    evaluate(site.clock.now)
    state.ram[11] &= ~0x78
    state.ram[12] = 0
    state.isNMIMasked = false
    state.index = 0
    state.extendedIndex = 0
    settle()
  }

  public func settle() {
    nmiMask.set(state.isNMIMasked)
    state.irq = isAsking
    irq.set(state.irq)
    arm(site.clock.now)
  }

  // MARK: For the board

  /// Writes byte `index` of the CMOS memory as a firmware would; 0 to 127, the clock's own 0 to 13 excluded.
  public func setByte(_ index: Int, _ value: UInt8) {
    precondition(14..<128 ~= index, "CMOS byte \(index) is not general-purpose")
    if RTCState.isTime(index) { write(index, value) } else { state.ram[index] = value }
  }

  /// Tells firmware and old kernels how much memory there is: `low` bytes below 4 GiB, `high` above.
  public func setMemorySize(low: UInt64, high: UInt64) {
    func put(_ value: UInt64, at indices: Int...) {
      for (n, index) in indices.enumerated() { setByte(index, UInt8(truncatingIfNeeded: value >> UInt64(8 * n))) }
    }
    let base = min(low >> 10, 640)
    let extended = low > 1 << 20 ? min((low - 1 << 20) >> 10, 0xffff) : 0
    let above16M = low > 16 << 20 ? min((low - 16 << 20) >> 16, 0xffff) : 0
    put(base, at: 0x15, 0x16)
    put(extended, at: 0x17, 0x18)
    put(extended, at: 0x30, 0x31)
    put(above16M, at: 0x34, 0x35)
    put(min(high >> 16, 0xff_ffff), at: 0x5b, 0x5c, 0x5d)
    // The checksum over 0x10-0x2d.
    var sum: UInt64 = 0
    for index in 0x10...0x2d { sum += UInt64(state.ram[index]) }
    put(sum, at: 0x2f, 0x2e)
  }

  // MARK: Time

  /// The divider chain at virtual time `now`: seconds and nanoseconds of the second.
  private func chain(_ now: Int64) -> (seconds: Int64, rest: Int64) {
    let all = site.epoch &+ now &+ state.phase
    let seconds = floorDivide(all, Self.second)
    return (seconds, all &- seconds &* Self.second)
  }

  /// Brings the flags of register C to `now`, and what follows from them.
  private func evaluate(_ now: Int64) {
    if now > state.seen {
      raiseFlags(from: chain(state.seen), to: chain(now))
      state.seen = now
    }
    updateIRQ()
    arm(now)
  }

  private func raiseFlags(from old: (seconds: Int64, rest: Int64), to new: (seconds: Int64, rest: Int64)) {
    if !state.isHeld, new.seconds > old.seconds {
      state.ram[12] |= 0x10
      let start = old.seconds &+ state.offset
      let end = new.seconds &+ state.offset
      if let delay = state.alarmDelay(after: start), start &+ delay <= end { state.ram[12] |= 0x20 }
      if state.savesDaylight { state.saveDaylight(from: start, to: end) }
    }
    let rate = state.rate
    if state.isDividing, rate > 0,
      new.seconds != old.seconds || new.rest &* rate / Self.second != old.rest &* rate / Self.second
    {
      state.ram[12] |= 0x40
    }
  }

  /// Flags and enables have the same places in registers C and B.
  private var isAsking: Bool { state.ram[12] & state.ram[11] & 0x70 != 0 }

  private func updateIRQ() {
    let level = isAsking
    if level != state.irq {
      state.irq = level
      irq.set(level)
    }
  }

  private func arm(_ now: Int64) {
    let wanted = state.registerB & ~state.ram[12] & 0x70
    guard wanted != 0, state.isDividing else {
      timer.cancel()
      return
    }
    let (seconds, rest) = chain(now)
    var wait = Int64.max
    if wanted.bit(4), !state.isHeld { wait = Self.second - rest }
    if wanted.bit(5), !state.isHeld, let delay = state.alarmDelay(after: seconds &+ state.offset) {
      wait = min(wait, delay &* Self.second - rest)
    }
    let rate = state.rate
    if wanted.bit(6), rate > 0 {
      let next = rest &* rate / Self.second + 1
      wait = min(wait, (next &* Self.second + rate - 1) / rate - rest)
    }
    timer.set(wait == .max ? nil : now &+ wait)
  }

  // MARK: Ports

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    guard region == 0 else {
      guard state.hasExtendedRAM else { return 0xff }
      return UInt64(offset & 1 == 0 ? state.extendedIndex : state.extendedRAM[Int(state.extendedIndex)])
    }
    guard offset & 1 == 1 else { return 0xff }
    let index = Int(state.index & 0x7f)
    let now = site.clock.now
    switch index {
    case 10:
      let isUpdating = !state.isHeld && chain(now).rest >= Self.second - Self.updateTime
      return UInt64(state.registerA | (isUpdating ? 0x80 : 0))
    case 12:
      evaluate(now)
      let value = state.ram[12] | (isAsking ? 0x80 : 0)
      state.ram[12] = 0
      updateIRQ()
      arm(now)
      return UInt64(value)
    case 13: return 0x80
    default:
      guard RTCState.isTime(index), !state.isHeld else { return UInt64(state.ram[index]) }
      evaluate(now)
      return UInt64(state.timeByte(index, seconds: chain(now).seconds &+ state.offset))
    }
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let byte = UInt8(truncatingIfNeeded: value)
    guard region == 0 else {
      guard state.hasExtendedRAM else { return }
      if offset & 1 == 0 {
        state.extendedIndex = byte & 0x7f
      } else {
        state.extendedRAM[Int(state.extendedIndex)] = byte
      }
      return
    }
    if offset & 1 == 0 {
      state.index = byte & 0x7f
      if state.isNMIMasked != byte.bit(7) {
        state.isNMIMasked = byte.bit(7)
        nmiMask.set(state.isNMIMasked)
      }
    } else {
      write(Int(state.index & 0x7f), byte)
    }
  }

  private func write(_ index: Int, _ byte: UInt8) {
    let now = site.clock.now
    switch index {
    case 10: setControl(a: byte & 0x7f, b: state.registerB, now)
    case 11:
      // SET going high clears UIE.
      let rises = byte.bit(7) && !state.registerB.bit(7)
      setControl(a: state.registerA, b: rises ? byte & ~0x10 : byte, now)
    case 12, 13:
      site.guestError("write of \(Site.hex(byte)) to register \(index == 12 ? "C" : "D"), which is read-only")
    case 1, 3, 5:
      evaluate(now)
      state.ram[index] = byte
      arm(now)
    default:
      guard RTCState.isTime(index), !state.isHeld else {
        state.ram[index] = byte
        return
      }
      evaluate(now)
      let seconds = chain(now).seconds
      state.capture(seconds: seconds &+ state.offset)
      state.ram[index] = byte
      state.release(chain: seconds)
      arm(now)
    }
  }

  private func setControl(a: UInt8, b: UInt8, _ now: Int64) {
    evaluate(now)
    let wasHeld = state.isHeld
    let wasDividing = state.isDividing
    let seconds = chain(now).seconds &+ state.offset
    let running = a & 0x70 == 0x20
    if a & 0x70 < 0x20 { site.unimplemented("a time base other than 32768 Hz (register A is \(Site.hex(a)))") }
    if b.bit(3), !state.registerB.bit(3) { site.unimplemented("the square wave output") }
    if !wasHeld, b.bit(7) || !running { state.capture(seconds: seconds) }
    state.ram[10] = a
    state.ram[11] = b
    if running, !wasDividing {
      // The first update comes half a second after the divider has left its reset.
      state.phase = floorRemainder(Self.second / 2 &- floorRemainder(site.epoch &+ now, Self.second), Self.second)
    }
    if wasHeld, !state.isHeld { state.release(chain: chain(now).seconds) }
    updateIRQ()
    arm(now)
  }
}
