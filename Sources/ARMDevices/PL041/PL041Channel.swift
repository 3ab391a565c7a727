public import Bits
public import SavedState

/// One of the four channels of a PL041: a FIFO each way. FIFOs hold samples as they are in a slot, 20 bits with the
/// most significant one first.
public struct PL041Channel: DeviceState {
  public var receiveControl: UInt32 = 0
  public var sendControl: UInt32 = 0
  public var interruptEnable: UInt8 = 0
  public var sendFIFO = FixedQueue<512, UInt32>(filler: 0)
  public var receiveFIFO = FixedQueue<512, UInt32>(filler: 0)
  /// Samples are going out; when none is there for the next slot, that is an underrun.
  public var isSending = false
  public var hasUnderrun = false
  public var hasOverrun = false
  /// The receive time-out has come while the FIFO was empty.
  public var hasTimedOutEmpty = false
  /// Frames since the receiver's FIFO was last touched, as far as its time-out counts.
  public var idleFrames: UInt16 = 0

  public init() {}

  public static let table = StateTable<PL041Channel>("pl041-channel") {
    saved(\.receiveControl, in: 0...0x1fff_ffff)
    saved(\.sendControl, in: 0...0x1_ffff)
    saved(\.interruptEnable, in: 0...0x7f)
    list(\.sendFIFO, max: 512, where: { $0 <= 0xf_ffff })
    list(\.receiveFIFO, max: 512, where: { $0 <= 0xf_ffff })
    saved(\.isSending)
    saved(\.hasUnderrun)
    saved(\.hasOverrun)
    saved(\.hasTimedOutEmpty)
    saved(\.idleFrames, in: 0...0xfff)
  }

  // MARK: Control

  var sends: Bool { sendControl.bit(0) }
  var receives: Bool { receiveControl.bit(0) }
  /// Slots that are sent and received: bit n is slot n.
  var sendSlots: UInt32 { sendControl & 0x1ffe }
  var receiveSlots: UInt32 { receiveControl & 0x1ffe }
  private var timeOut: UInt16 { UInt16(receiveControl >> 17 & 0xfff) }
  private var hasTimedOut: Bool { timeOut > 0 && idleFrames >= timeOut }

  /// Samples that a FIFO holds: `depth` where it is on, one register's where not.
  private static func room(_ control: UInt32, _ depth: Int32) -> Int32 {
    control.bit(16) ? depth : control.bit(15) ? 2 : 1
  }

  /// Samples in a word of the data register.
  private static func perWord(_ control: UInt32) -> Int32 { control.bit(15) ? 2 : 1 }

  /// How far a sample of the chosen size is from the slot's most significant bit.
  private static func shift(_ control: UInt32) -> UInt32 {
    switch control >> 13 & 3 {
    case 0: 4
    case 1: 2
    case 2: 0
    default: 8
    }
  }

  mutating func setSend(_ value: UInt32) {
    sendControl = value & 0x1_ffff
    if !sendControl.bit(16) { sendFIFO.removeAll() }
    if !sends { isSending = false }
  }

  mutating func setReceive(_ value: UInt32) {
    receiveControl = value & 0x1fff_ffff
    idleFrames = 0
    if !receiveControl.bit(16) { receiveFIFO.removeAll() }
  }

  /// The interface goes off: FIFOs are empty, nothing is going on.
  mutating func stop() {
    sendFIFO.removeAll()
    receiveFIFO.removeAll()
    isSending = false
    hasUnderrun = false
    hasOverrun = false
    hasTimedOutEmpty = false
    idleFrames = 0
  }

  // MARK: Status

  func isSendFull(_ depth: Int32) -> Bool {
    sendFIFO.count + Self.perWord(sendControl) > Self.room(sendControl, depth)
  }
  private func isSendHalfEmpty(_ depth: Int32) -> Bool { sendFIFO.count <= Self.room(sendControl, depth) / 2 }
  private func isReceiveHalfFull(_ depth: Int32) -> Bool {
    receiveFIFO.count >= max(1, Self.room(receiveControl, depth) / 2)
  }

  /// The status register.
  func status(_ depth: Int32) -> UInt32 {
    var value: UInt32 = 0
    if receiveFIFO.isEmpty { value |= 1 << 0 }
    if sendFIFO.isEmpty { value |= 1 << 1 }
    if isReceiveHalfFull(depth) { value |= 1 << 2 }
    if isSendHalfEmpty(depth) { value |= 1 << 3 }
    if receiveFIFO.count >= Self.room(receiveControl, depth) { value |= 1 << 4 }
    if isSendFull(depth) { value |= 1 << 5 }
    if isSending { value |= 1 << 7 }
    if hasOverrun { value |= 1 << 8 }
    if hasUnderrun { value |= 1 << 9 }
    if hasTimedOut, !receiveFIFO.isEmpty { value |= 1 << 10 }
    if hasTimedOutEmpty { value |= 1 << 11 }
    return value
  }

  /// The interrupt status register: what is enabled and there.
  func interrupts(_ depth: Int32) -> UInt8 {
    var value: UInt8 = 0
    if sends, sendFIFO.isEmpty, !isSending { value |= 1 << 0 }
    if hasTimedOut, !receiveFIFO.isEmpty { value |= 1 << 1 }
    if isSendHalfEmpty(depth) { value |= 1 << 2 }
    if isReceiveHalfFull(depth) { value |= 1 << 3 }
    if hasOverrun { value |= 1 << 4 }
    if hasUnderrun { value |= 1 << 5 }
    if hasTimedOutEmpty { value |= 1 << 6 }
    return value & interruptEnable
  }

  // MARK: The data register

  mutating func put(_ word: UInt32, _ depth: Int32) {
    guard !isSendFull(depth) else { return }
    let shift = Self.shift(sendControl)
    guard sendControl.bit(15) else {
      sendFIFO.append(word << shift & 0xf_ffff)
      return
    }
    for half in [word & 0xffff, word >> 16] { sendFIFO.append(half << shift & 0xf_ffff) }
  }

  mutating func take() -> UInt32 {
    idleFrames = 0
    let shift = Self.shift(receiveControl)
    let first = (receiveFIFO.popFirst() ?? 0) >> shift
    guard receiveControl.bit(15) else { return first }
    let second = (receiveFIFO.popFirst() ?? 0) >> shift
    return first & 0xffff | second << 16
  }

  // MARK: Frames

  /// The sample for a slot that this channel sends; nil where it has none.
  mutating func next() -> UInt32? {
    guard let sample = sendFIFO.popFirst() else {
      if isSending { hasUnderrun = true }
      isSending = false
      return nil
    }
    isSending = true
    return sample
  }

  /// A sample has come in a slot that this channel receives.
  mutating func receive(_ sample: UInt32, _ depth: Int32) {
    idleFrames = 0
    // Bits below the chosen size are not kept.
    let kept = sample & 0xf_ffff & ~((1 << Self.shift(receiveControl)) - 1)
    guard receiveFIFO.count < Self.room(receiveControl, depth), receiveFIFO.append(kept)
    else {
      hasOverrun = true
      return
    }
  }

  /// A frame has passed for the receive time-out.
  mutating func tick() {
    guard receives, timeOut > 0, idleFrames < timeOut else { return }
    idleFrames += 1
    if idleFrames == timeOut, receiveFIFO.isEmpty { hasTimedOutEmpty = true }
  }

  /// Frames that can pass without a change that somebody might be told of; nil for any number. `receivable` has the
  /// slots in which something comes.
  func quietFrames(_ depth: Int32, receivable: UInt32) -> Int64? {
    var quiet: Int64?
    func limit(_ samples: Int32, _ slots: UInt32) {
      let frames = max(1, Int64(samples) / Int64(max(1, slots.nonzeroBitCount)))
      quiet = min(quiet ?? frames, frames)
    }
    if sends, sendSlots != 0, isSending || !sendFIFO.isEmpty {
      let half = Self.room(sendControl, depth) / 2
      limit(sendFIFO.count > half ? sendFIFO.count - half : sendFIFO.count, sendSlots)
    }
    guard receives else { return quiet }
    if receiveSlots & receivable != 0, !hasOverrun {
      let room = Self.room(receiveControl, depth)
      let half = room / 2
      limit(receiveFIFO.count < half ? half - receiveFIFO.count : room - receiveFIFO.count, receiveSlots & receivable)
    }
    if timeOut > 0, idleFrames < timeOut { limit(Int32(timeOut - idleFrames), 1) }
    return quiet
  }
}
