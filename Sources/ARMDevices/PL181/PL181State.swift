public import Bits
public import Peripherals
public import SavedState

/// What a PL181 remembers, with the card in its slot. Events on the card's bus are in periods of the card's clock,
/// counted while that runs; -1 for none.
public struct PL181State: DeviceState {
  /// The command path (DDI 0172, 2.3.2).
  public enum CommandPhase: UInt8, Wire, Sendable, CaseIterable {
    case idle
    /// Waits for the end of the data.
    case pending
    case sending
    /// The card's response is on its way: with a CRC, without one, or long.
    case answeredShort
    case answeredUnchecked
    case answeredLong
    /// The card says nothing.
    case unanswered
  }

  /// The data path (DDI 0172, 2.3.4).
  public enum DataPhase: UInt8, Wire, Sendable, CaseIterable {
    case idle
    case waitReceive
    case receive
    case receiveCRC
    /// All is received; the FIFO is to be read.
    case drain
    case waitSend
    case send
    case sendCRC
    case busy
  }

  /// The clock of the interface, in hertz.
  public var mclk: UInt32 = 14_745_600
  /// The card's clock stands still while the FIFO is full or empty.
  public var hasFlowControl = true
  public var power: UInt8 = 0
  public var clock: UInt16 = 0
  public var argument: UInt32 = 0
  public var command: UInt16 = 0
  public var responseCommand: UInt8 = 0
  public var response = InlineArray<4, UInt32>(repeating: 0)
  public var dataTimer: UInt32 = 0
  public var dataLength: UInt16 = 0
  public var dataControl: UInt8 = 0
  public var dataCount: UInt16 = 0
  /// Bits 0-10 of Status, which stay until they are cleared.
  public var flags: UInt16 = 0
  public var mask0: UInt32 = 0
  public var mask1: UInt32 = 0
  public var select: UInt8 = 0
  public var fifoCount: UInt16 = 0
  public var fifo = FixedQueue<16, UInt32>(filler: 0)
  public var commandPhase = CommandPhase.idle
  /// The response that is on its way.
  public var answer = InlineArray<4, UInt32>(repeating: 0)
  public var dataPhase = DataPhase.idle
  /// The word between FIFO and card, and how many of its bytes are in it: received ones, or those still to be sent.
  public var word: UInt32 = 0
  public var wordBytes: UInt8 = 0
  /// Bytes of the block that are still to come.
  public var blockLeft: UInt16 = 0
  /// The card has taken the block that was sent.
  public var isAccepted = false
  /// When the present phase of the command path ends.
  public var commandEvent: Int64 = -1
  /// When the next bytes have gone over the data lines, or the present phase ends.
  public var dataEvent: Int64 = -1
  /// When the data timer runs out.
  public var timeOutEvent: Int64 = -1
  /// How often the card's clock had ticked at `clockOrigin`, in nanoseconds of the virtual clock.
  public var clockBase: Int64 = 0
  public var clockOrigin: Int64 = 0
  public var card = SDCard()
  /// What the interrupt lines were last driven to.
  public var irq0 = false
  public var irq1 = false

  public init() {}

  private static let last: Int64 = 1 << 62

  public static let table = StateTable<PL181State>("pl181", validate: contradiction) {
    fixed(\.mclk)
    fixed(\.hasFlowControl)
    saved(\.power)
    saved(\.clock, in: 0...0xfff)
    saved(\.argument)
    saved(\.command, in: 0...0x7ff)
    saved(\.responseCommand, in: 0...0x3f)
    saved(\.response)
    saved(\.dataTimer)
    saved(\.dataLength)
    saved(\.dataControl)
    saved(\.dataCount)
    saved(\.flags, in: 0...0x7ff)
    saved(\.mask0, in: 0...0x3f_ffff)
    saved(\.mask1, in: 0...0x3f_ffff)
    saved(\.select, in: 0...0xf)
    saved(\.fifoCount, in: 0...0x4000)
    list(\.fifo, max: 16)
    saved(\.commandPhase)
    saved(\.answer)
    saved(\.dataPhase)
    saved(\.word)
    saved(\.wordBytes, in: 0...4)
    saved(\.blockLeft)
    saved(\.isAccepted)
    saved(\.commandEvent, in: -1...last)
    saved(\.dataEvent, in: -1...last)
    saved(\.timeOutEvent, in: -1...last)
    saved(\.clockBase, in: 0...last)
    saved(\.clockOrigin, in: 0...last)
    nested(\.card)
    derived(\.irq0)
    derived(\.irq1)
  }

  private static func contradiction(_ state: PL181State) -> String? {
    if state.blockLeft > state.dataCount { return "a block is longer than all the data" }
    if state.dataPhase == .send, state.dataEvent >= 0, state.wordBytes == 0 { return "nothing is being sent" }
    if state.dataPhase == .receive, state.wordBytes == 4 { return "a whole word is still to be received" }
    if state.dataPhase == .receive || state.dataPhase == .send, state.blockLeft == 0 { return "an empty block" }
    return nil
  }

  // MARK: Registers

  /// The data path sends and receives.
  var isSending: Bool { dataPhase.rawValue >= DataPhase.waitSend.rawValue }
  var isReceiving: Bool { dataPhase != .idle && !isSending }

  /// The Status register: flags that stay, and those of the FIFO, which are those of its direction only.
  var status: UInt32 {
    var status = UInt32(flags)
    if commandPhase != .idle, commandPhase != .pending { status |= Status.commandActive }
    if isSending {
      status |= Status.sendActive
      if fifo.count <= 8 { status |= Status.sendHalfEmpty }
      if fifo.isFull { status |= Status.sendFull }
      status |= fifo.isEmpty ? Status.sendEmpty : Status.sendAvailable
    }
    if isReceiving {
      status |= Status.receiveActive
      if fifo.count >= 8 { status |= Status.receiveHalfFull }
      if fifo.isFull { status |= Status.receiveFull }
      status |= fifo.isEmpty ? Status.receiveEmpty : Status.receiveAvailable
    }
    return status
  }

  mutating func raise(_ flag: UInt32) { flags |= UInt16(truncatingIfNeeded: flag) }

  /// Bytes of a block as BlockSize has it; 2048 is the longest there is.
  var blockLength: UInt16 { 1 << UInt16(min(dataControl >> 4, 11)) }
  /// Data of no blocks, for the stream commands of MultiMediaCards.
  var isStream: Bool { dataControl.bit(2) }
  var isWide: Bool { clock.bit(11) }
  /// Periods of the card's clock that a byte takes.
  var byteClocks: Int64 { isWide ? 2 : 8 }
  var isPowered: Bool { power & 3 == 3 }

  // MARK: The card's clock

  private var divisor: Int128 { clock.bit(10) ? 1 : 2 * (Int128(clock & 0xff) + 1) }
  private var isClocked: Bool { clock.bit(8) }

  /// How often the card's clock has ticked at `time`, in nanoseconds.
  func clocks(at time: Int64) -> Int64 {
    guard isClocked, time > clockOrigin else { return clockBase }
    let ticks = Int128(time - clockOrigin) * Int128(mclk) / (divisor * 1_000_000_000)
    return Int64(clamping: Int128(clockBase) + ticks)
  }

  /// When the card's clock has ticked `count` times, in nanoseconds; nil while it stands still.
  func time(of count: Int64) -> Int64? {
    guard isClocked else { return nil }
    guard count > clockBase else { return clockOrigin }
    let frequency = Int128(max(mclk, 1))
    let time = (Int128(count) - Int128(clockBase)) * divisor * 1_000_000_000
    return Int64(clamping: Int128(clockOrigin) + (time + frequency - 1) / frequency)
  }

  /// Sets the Clock register; ticks so far stay.
  mutating func setClock(_ value: UInt16, now: Int64) {
    clockBase = clocks(at: now)
    clockOrigin = now
    clock = value & 0xfff
  }
}

extension PL181State {
  /// Bits of Status, Mask0, Mask1 and (up to bit 10) Clear.
  enum Status {
    static let commandCRCFail: UInt32 = 1 << 0
    static let dataCRCFail: UInt32 = 1 << 1
    static let commandTimeOut: UInt32 = 1 << 2
    static let dataTimeOut: UInt32 = 1 << 3
    static let sendUnderrun: UInt32 = 1 << 4
    static let receiveOverrun: UInt32 = 1 << 5
    static let responseEnd: UInt32 = 1 << 6
    static let commandSent: UInt32 = 1 << 7
    static let dataEnd: UInt32 = 1 << 8
    static let startBitError: UInt32 = 1 << 9
    static let blockEnd: UInt32 = 1 << 10
    static let commandActive: UInt32 = 1 << 11
    static let sendActive: UInt32 = 1 << 12
    static let receiveActive: UInt32 = 1 << 13
    static let sendHalfEmpty: UInt32 = 1 << 14
    static let receiveHalfFull: UInt32 = 1 << 15
    static let sendFull: UInt32 = 1 << 16
    static let receiveFull: UInt32 = 1 << 17
    static let sendEmpty: UInt32 = 1 << 18
    static let receiveEmpty: UInt32 = 1 << 19
    static let sendAvailable: UInt32 = 1 << 20
    static let receiveAvailable: UInt32 = 1 << 21
    /// Those of the FIFO that can change with every word.
    static let everyWord: UInt32 = 0x3f_0000
  }
}
