import Bits
import Peripherals
import SavedState

/// The command path state machine (DDI 0172, 2.3.2), and time.
extension PL181 {
  /// Periods of the card's clock: a command, a long response, from a command to its response (N_CR), and how long
  /// one is waited for.
  private static let commandClocks: Int64 = 48
  private static let longClocks: Int64 = 136
  private static let responseGap: Int64 = 5
  private static let responseLimit: Int64 = 64

  private var expectsResponse: Bool { state.command.bit(6) }
  private var expectsLong: Bool { state.command.bit(7) }

  // MARK: Time

  /// Does everything that was due up to now, in its order.
  func advance() {
    let target = state.clocks(at: clock.now)
    while let event = earliest, event <= target {
      let time = state.time(of: event) ?? clock.now
      if event == state.commandEvent {
        state.commandEvent = -1
        commandDue(at: event, time)
      } else if event == state.dataEvent {
        state.dataEvent = -1
        dataDue(at: event, time)
      } else {
        state.timeOutEvent = -1
        timedOut()
      }
    }
  }

  private var earliest: Int64? {
    [state.commandEvent, state.dataEvent, state.timeOutEvent].lazy.filter { $0 >= 0 }.min()
  }

  /// The first event that can make a difference to an interrupt line.
  var nextEvent: Int64? {
    let data = state.dataEvent < 0 ? -1 : state.dataEvent &+ quietClocks
    return [state.commandEvent, data, state.timeOutEvent].lazy.filter { $0 >= 0 }.min()
  }

  // MARK: Commands

  func setCommand(_ value: UInt16) {
    state.command = value
    state.commandEvent = -1
    state.commandPhase = .idle
    guard value.bit(10) else { return }
    if value.bit(9) {
      state.commandPhase = .pending
    } else {
      beginCommand(at: state.clocks(at: clock.now))
    }
  }

  func beginCommand(at event: Int64) {
    state.commandPhase = .sending
    state.commandEvent = event &+ Self.commandClocks
  }

  private func commandDue(at event: Int64, _ time: Int64) {
    let phase = state.commandPhase
    state.commandPhase = .idle
    switch phase {
    case .sending: commandSent(at: event, time)
    case .answeredShort, .answeredUnchecked, .answeredLong:
      state.response = state.answer
      state.responseCommand = phase == .answeredShort ? UInt8(state.command & 0x3f) : 0x3f
      // One of the wrong length, or without a CRC, does not check.
      let isChecked = phase == (expectsLong ? .answeredLong : .answeredShort)
      state.raise(isChecked ? PL181State.Status.responseEnd : PL181State.Status.commandCRCFail)
    case .unanswered: state.raise(PL181State.Status.commandTimeOut)
    case .idle, .pending: break
    }
  }

  /// The card has heard the command.
  private func commandSent(at event: Int64, _ time: Int64) {
    var response = SDResponse.none
    if state.isPowered, state.select == 0 {
      response = state.card.command(UInt8(state.command & 0x3f), state.argument, now: time, disk: disk)
    }
    if expectsResponse, case .none = response { site.guestError("no card answers CMD\(state.command & 0x3f) now") }
    awaitData(at: event)
    guard expectsResponse else {
      state.raise(PL181State.Status.commandSent)
      return
    }
    let wait = Self.responseGap &+ (expectsLong ? Self.longClocks : Self.commandClocks)
    state.commandEvent = event &+ wait
    switch response {
    case .none:
      state.commandPhase = .unanswered
      // In interrupt mode the card may take its time.
      state.commandEvent = state.command.bit(8) ? -1 : event &+ Self.responseLimit
    case .short(let word):
      state.commandPhase = .answeredShort
      state.answer = [word, 0, 0, 0]
    case .uncheckedShort(let word):
      state.commandPhase = .answeredUnchecked
      state.answer = [word, 0, 0, 0]
    case .long(let word):
      state.commandPhase = .answeredLong
      // The last register lacks the end bit.
      for index in 0..<4 { state.answer[index] = UInt32(truncatingIfNeeded: word >> UInt128(96 - 32 * index)) }
      state.answer[3] &= ~1
    }
  }
}
