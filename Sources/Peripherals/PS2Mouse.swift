public import Bits
public import SavedState

/// A PS/2 mouse with wheel and five buttons (IBM PS/2 Hardware Interface Technical Reference, "Mouse", with
/// Microsoft's IntelliMouse extensions). Times are nanoseconds of the virtual clock.
///
/// Movement that does not fit into one report goes into the next; the overflow bits stay clear.
public struct PS2Mouse: DeviceState {
  /// What the next byte from the system is, if not a command.
  public enum Parameter: UInt8, Wire, Sendable {
    case none
    case resolution
    case rate
  }

  public var isRemote = false
  /// Wrap mode: echoes what it gets.
  public var wraps = false
  public var isReporting = false
  /// Scaling 2:1.
  public var isScaled = false
  /// 0 to 3 for 1 to 8 counts a millimetre. Movement comes in counts, so this is only told back.
  public var resolution: UInt8 = 2
  /// Reports a second.
  public var rate: UInt8 = 100
  /// 0 without a wheel, 3 with one, 4 with five buttons too.
  public var identity: UInt8 = 0
  /// The sample rates set before the last, the older in the high byte.
  public var knock: UInt16 = 0
  public var parameter = Parameter.none
  /// Left, right, middle, fourth, fifth from bit 0 up.
  public var buttons: UInt8 = 0
  public var areButtonsNew = false
  /// Counts since the last report: right, up, and the wheel towards the user.
  public var dx: Int32 = 0
  public var dy: Int32 = 0
  public var dz: Int32 = 0
  /// Before this no further report is made.
  public var nextReport: Int64 = 0
  public var lastSent: UInt8 = 0
  public var replies = FixedQueue<16, UInt8>(filler: 0)
  /// The rest of a report.
  public var report = FixedQueue<4, UInt8>(filler: 0)

  public init() {}

  private static let limit: Int32 = 1 << 20

  public static let table = StateTable<PS2Mouse>("ps2-mouse") {
    saved(\.isRemote)
    saved(\.wraps)
    saved(\.isReporting)
    saved(\.isScaled)
    saved(\.resolution, in: 0...3)
    saved(\.rate, in: 1...255)
    saved(\.identity, where: { $0 == 0 || $0 == 3 || $0 == 4 })
    saved(\.knock)
    saved(\.parameter)
    saved(\.buttons, in: 0...0x1f)
    saved(\.areButtonsNew)
    saved(\.dx, in: -limit...limit)
    saved(\.dy, in: -limit...limit)
    saved(\.dz, in: -limit...limit)
    saved(\.nextReport, in: 0...(1 << 62))
    saved(\.lastSent)
    list(\.replies, max: 16)
    list(\.report, max: 4)
  }

  public var hasOutput: Bool { !replies.isEmpty || !report.isEmpty }

  /// When there will be something to report that has to wait for its time; -1 for never.
  public var reportTime: Int64 { hasNews && isStreaming && report.isEmpty ? nextReport : -1 }

  private var hasNews: Bool { areButtonsNew || dx != 0 || dy != 0 || dz != 0 }
  private var isStreaming: Bool { isReporting && !isRemote && !wraps }

  /// The next byte for the system.
  public mutating func next() -> UInt8? {
    guard let byte = replies.popFirst() ?? report.popFirst() else { return nil }
    if byte != 0xfe { lastSent = byte }
    return byte
  }

  // MARK: Movement

  /// The mouse moves right by `dx` and down by `dy`, its wheel towards the user by `dz`, in counts; buttons in
  /// `buttons` (left, right, middle, fourth, fifth from bit 0 up) are down.
  public mutating func move(dx: Int32, dy: Int32, dz: Int32, buttons: UInt8, now: Int64) {
    if buttons & 0x1f != self.buttons { areButtonsNew = true }
    self.buttons = buttons & 0x1f
    func add(_ value: Int32, to sum: Int32) -> Int32 {
      max(-Self.limit, min(Self.limit, sum &+ max(-Self.limit, min(Self.limit, value))))
    }
    // Counts while nobody listens are lost.
    guard isReporting || isRemote else {
      areButtonsNew = false
      return
    }
    self.dx = add(dx, to: self.dx)
    self.dy = add(0 &- dy, to: self.dy)
    self.dz = identity == 0 ? 0 : add(dz, to: self.dz)
    tick(now: now)
  }

  /// Makes a report when there is something to tell and its time has come.
  public mutating func tick(now: Int64) {
    guard isStreaming, hasNews, report.isEmpty, now >= nextReport else { return }
    nextReport = now &+ 1_000_000_000 / max(1, Int64(rate))
    for byte in makeReport(scaled: isScaled) { report.append(byte) }
  }

  private mutating func makeReport(scaled: Bool) -> [UInt8] {
    let (x, y) = (max(-256, min(255, dx)), max(-256, min(255, dy)))
    dx -= x
    dy -= y
    areButtonsNew = false
    let (sx, sy) = scaled ? (Self.scale(x), Self.scale(y)) : (x, y)
    let signs: UInt8 = (sx < 0 ? 0x10 : 0) | (sy < 0 ? 0x20 : 0)
    var bytes = [buttons & 7 | 0x08 | signs, UInt8(truncatingIfNeeded: sx), UInt8(truncatingIfNeeded: sy)]
    guard identity != 0 else {
      dz = 0
      return bytes
    }
    let z = max(-8, min(7, dz))
    dz -= z
    let wheel = UInt8(truncatingIfNeeded: z)
    bytes.append(identity == 3 ? wheel : wheel & 0x0f | buttons << 1 & 0x30)
    return bytes
  }

  /// Scaling 2:1, for counts that a report can carry.
  private static func scale(_ count: Int32) -> Int32 {
    let size: Int32 =
      switch abs(count) {
      case 0, 1, 3: abs(count)
      case 2: 1
      case 4: 6
      case 5: 9
      case let n: min(255, 2 * n)
      }
    return count < 0 ? 0 - size : size
  }

  // MARK: Commands

  /// A byte from the system.
  ///
  /// - Returns: whether there is such a command, or parameter.
  @discardableResult
  public mutating func receive(_ byte: UInt8, now: Int64) -> Bool {
    // A command ends the report that is being sent.
    report.removeAll()
    if wraps, byte != 0xec, byte != 0xff {
      replies.append(byte)
      return true
    }
    let expected = parameter
    parameter = .none
    switch expected {
    case .resolution where byte < 4:
      resolution = byte
      reply(0xfa)
      return true
    case .rate where byte > 0 && byte <= 200:
      setRate(byte)
      return true
    default: break
    }
    return command(byte)
  }

  private mutating func command(_ byte: UInt8) -> Bool {
    switch byte {
    case 0xe6, 0xe7:
      isScaled = byte == 0xe7
      reply(0xfa)
    case 0xe8:
      parameter = .resolution
      reply(0xfa)
    case 0xe9: reply(0xfa, status, resolution, rate)
    case 0xea, 0xf0:
      isRemote = byte == 0xf0
      forget()
      reply(0xfa)
    case 0xeb:
      reply(0xfa)
      for byte in makeReport(scaled: false) { replies.append(byte) }
    case 0xec, 0xee:
      wraps = byte == 0xee
      forget()
      reply(0xfa)
    case 0xf2: reply(0xfa, identity)
    case 0xf3:
      parameter = .rate
      reply(0xfa)
    case 0xf4, 0xf5:
      isReporting = byte == 0xf4
      forget()
      reply(0xfa)
    case 0xf6:
      setDefaults()
      reply(0xfa)
    case 0xfe: reply(lastSent)
    case 0xff:
      let held = buttons
      self = PS2Mouse()
      buttons = held
      reply(0xfa, 0xaa, 0x00)
    default:
      reply(0xfe)
      return false
    }
    return true
  }

  private mutating func reply(_ bytes: UInt8...) {
    for byte in bytes { replies.append(byte) }
  }

  private mutating func forget() {
    (dx, dy, dz) = (0, 0, 0)
    areButtonsNew = false
  }

  private mutating func setDefaults() {
    isRemote = false
    isReporting = false
    isScaled = false
    resolution = 2
    rate = 100
    forget()
  }

  /// Three rates in a row are the knock that a driver with a wheel gives: 200, 100, 80, or 200, 200, 80 for five
  /// buttons.
  private mutating func setRate(_ value: UInt8) {
    rate = value
    if value == 80, knock == 200 << 8 | 100 { identity = 3 }
    if value == 80, knock == 200 << 8 | 200 { identity = 4 }
    knock = knock << 8 | UInt16(value)
    reply(0xfa)
  }

  private var status: UInt8 {
    let (left, right, middle) = (buttons & 1, buttons >> 1 & 1, buttons >> 2 & 1)
    return (isRemote ? 0x40 : 0) | (isReporting ? 0x20 : 0) | (isScaled ? 0x10 : 0) | left << 2 | middle << 1 | right
  }
}
