import Bits
public import DeviceModel

/// Commands (Physical Layer Specification 4.7.4) and what they do in which state (4.8).
extension SDCard {
  /// A command with its argument has come over the line at `now`.
  public mutating func command(
    _ index: UInt8, _ argument: UInt32, now: Int64, disk: (any BlockBackend)?
  ) -> SDResponse {
    guard isInserted, phase != .inactive else { return .none }
    advance(to: now)
    let isApplication = isApplication
    self.isApplication = false
    if eraseStart >= 0, ![13, 33, 38].contains(index) {
      // Whatever else comes between ends an erase sequence.
      forgetErase()
      status |= SDStatus.eraseReset
    }
    if isApplication, let response = applicationCommand(index, argument) { return response }
    let isAddressed = UInt16(truncatingIfNeeded: argument >> 16) == relativeAddress
    let before = presentStatus
    switch (index, phase) {
    case (0, _):
      powerCycle()
      return .none
    case (2, .ready):
      phase = .identification
      return .long(cid)
    case (3, .identification), (3, .standby):
      phase = .standby
      // Any number but 0, another one each time.
      relativeAddress = relativeAddress &+ 0x4567
      if relativeAddress == 0 { relativeAddress = 0x4567 }
      return addressResponse(before)
    case (6, .transfer):
      switchFunction(argument)
      return response(before)
    case (7, _): return select(isAddressed)
    case (8, .idle):
      // 2.7 to 3.6 V, and the pattern back.
      guard argument >> 8 & 0xf == 1 else { return .none }
      knowsHost = true
      return .short(argument & 0xfff)
    case (9, .standby): return isAddressed ? .long(csd) : .none
    case (10, .standby): return isAddressed ? .long(cid) : .none
    case (12, .data):
      endTransfer()
      return response(before)
    case (12, .receive):
      endTransfer()
      phase = .programming
      busyEnd = max(busyEnd, now)
      return response(before)
    case (13, .standby), (13, .transfer), (13, .data), (13, .receive), (13, .programming), (13, .disconnect):
      return isAddressed ? response(before) : .none
    case (15, .standby), (15, .transfer), (15, .data), (15, .receive), (15, .programming), (15, .disconnect):
      if isAddressed { phase = .inactive }
      return .none
    case (16, .transfer):
      // The length counts for standard capacity only, but is checked in both.
      if (1...512).contains(argument) {
        blockLength = UInt16(argument)
      } else {
        status |= SDStatus.blockLengthError
      }
      return response(before)
    case (17, .transfer), (18, .transfer):
      beginRead(argument, several: index == 18)
      return response(before)
    case (24, .transfer), (25, .transfer):
      beginWrite(argument, several: index == 25)
      return response(before)
    case (27, .transfer):
      begin(.csd, length: 16)
      phase = .receive
      return response(before)
    case (32, .transfer), (33, .transfer):
      setErase(argument, isEnd: index == 33)
      return response(before)
    case (38, .transfer):
      erase(now: now, disk: disk)
      return response(before)
    case (55, .idle), (55, .standby), (55, .transfer), (55, .data), (55, .receive), (55, .programming),
      (55, .disconnect):
      guard isAddressed else { return .none }
      self.isApplication = true
      return response(before, isApplication: true)
    default: return illegal()
    }
  }

  /// A command after CMD55; nil when no application's has that number, and it is an ordinary one.
  private mutating func applicationCommand(_ index: UInt8, _ argument: UInt32) -> SDResponse? {
    let before = presentStatus
    switch (index, phase) {
    case (6, .transfer):
      // 0 for one data line, 2 for four.
      if argument & 3 == 0 || argument & 3 == 2 {
        isWide = argument & 3 == 2
      } else {
        status |= SDStatus.outOfRange
      }
    case (13, .transfer): sendRegister(sdStatus)
    case (22, .transfer): sendRegister((0..<4).map { UInt8(truncatingIfNeeded: written >> UInt32(24 - 8 * $0)) })
    case (23, .transfer), (42, .transfer): break  // Hints about erasing ahead, and the pull-up of data line 3.
    case (41, .idle): return operate(argument)
    case (51, .transfer): sendRegister(configuration)
    case (6, _), (13, _), (22, _), (23, _), (41, _), (42, _), (51, _): return illegal()
    default: return nil
    }
    return response(before, isApplication: true)
  }

  // MARK: Responses

  /// R1: what it has told is told.
  private mutating func response(_ before: UInt32, isApplication: Bool = false) -> SDResponse {
    .short(takeStatus(before, isApplication: isApplication))
  }

  /// R6: the address, and the status' bits 23, 22, 19 and 12-0.
  private mutating func addressResponse(_ before: UInt32) -> SDResponse {
    let status = takeStatus(before, isApplication: false)
    let short = status >> 8 & 0xc000 | status >> 6 & 0x2000 | status & 0x1fff
    return .short(UInt32(relativeAddress) << 16 | short)
  }

  /// CURRENT_STATE and READY_FOR_DATA: a response has them as they were when the command came.
  private var presentStatus: UInt32 { UInt32(phase.rawValue) << 9 | (busyEnd < 0 ? SDStatus.readyForData : 0) }

  private mutating func takeStatus(_ before: UInt32, isApplication: Bool) -> UInt32 {
    var result = status | before
    if isApplication { result |= SDStatus.applicationCommand }
    status = 0
    return result
  }

  /// No response; the next one tells of it.
  private mutating func illegal() -> SDResponse {
    status |= SDStatus.illegalCommand
    return .none
  }

  // MARK: Single commands

  /// ACMD41: voltages are agreed upon and the card starts.
  private mutating func operate(_ argument: UInt32) -> SDResponse {
    let window: UInt32 = 0x00ff_8000
    // Without voltages it is a question.
    guard argument & 0x00ff_ffff != 0 else { return .uncheckedShort(window) }
    guard argument & window != 0 else {
      phase = .inactive
      return .none
    }
    // A host that cannot have cards of high capacity waits in vain.
    guard !isHighCapacity || knowsHost && argument.bit(30) else { return .uncheckedShort(window) }
    phase = .ready
    return .uncheckedShort(window | 1 << 31 | (isHighCapacity ? 1 << 30 : 0))
  }

  /// CMD7: the addressed card is selected, all others are deselected, and those say nothing.
  private mutating func select(_ isAddressed: Bool) -> SDResponse {
    let before = presentStatus
    if isAddressed, relativeAddress != 0 {
      switch phase {
      case .standby: phase = .transfer
      case .disconnect: phase = .programming
      default: return illegal()
      }
      return response(before)
    }
    switch phase {
    case .transfer, .standby: phase = .standby
    case .data:
      endTransfer()
      phase = .standby
    case .programming: phase = .disconnect
    default: return illegal()
    }
    return .none
  }

  /// CMD6: functions of six groups are asked for or chosen; only the first has a choice.
  private mutating func switchFunction(_ argument: UInt32) {
    var chosen = (0..<6).map { UInt8(truncatingIfNeeded: argument >> UInt32(4 * $0) & 0xf) }
    for group in 0..<6 {
      let present: UInt8 = group == 0 && isHighSpeed ? 1 : 0
      if chosen[group] == 0xf {
        chosen[group] = present
      } else if chosen[group] > (group == 0 ? 1 : 0) {
        chosen[group] = 0xf
      }
    }
    // One that cannot be leaves all as they are.
    if argument.bit(31), !chosen.contains(0xf) { isHighSpeed = chosen[0] == 1 }
    var bytes = [UInt8](repeating: 0, count: 64)
    bytes[1] = 100  // mA
    for group in 0..<6 {
      bytes[12 - 2 * group] = 0x80
      bytes[13 - 2 * group] = group == 0 ? 0x03 : 0x01
      bytes[16 - group / 2] |= chosen[group] << (group & 1 == 0 ? 0 : 4)
    }
    sendRegister(bytes)
  }

  // MARK: Erasing

  private mutating func forgetErase() {
    eraseStart = -1
    eraseEnd = -1
  }

  private mutating func setErase(_ argument: UInt32, isEnd: Bool) {
    let place = place(of: argument)
    guard place < capacity else {
      forgetErase()
      status |= SDStatus.outOfRange
      return
    }
    if !isEnd {
      eraseStart = place
    } else if eraseStart < 0 {
      status |= SDStatus.eraseSequenceError
    } else {
      eraseEnd = place
    }
  }

  private mutating func erase(now: Int64, disk: (any BlockBackend)?) {
    let (start, end) = (eraseStart & ~511, eraseEnd & ~511)
    guard eraseStart >= 0, eraseEnd >= 0 else {
      forgetErase()
      status |= SDStatus.eraseSequenceError
      return
    }
    forgetErase()
    guard start <= end, end < capacity else {
      status |= SDStatus.eraseParameter
      return
    }
    guard !isWriteProtected else {
      status |= SDStatus.writeProtected
      return
    }
    if disk?.clear(at: start, count: end &- start &+ 512) != .done { status |= SDStatus.error }
    phase = .programming
    busyEnd = now &+ Self.eraseTime
  }
}
