import Bits
import Peripherals
import SavedState

/// The data path state machine (DDI 0172, 2.3.4) and the FIFO (2.3.5).
extension PL181 {
  private typealias Status = PL181State.Status

  /// Periods of the card's clock: from a command to data (N_AC), a CRC with its end bit, the turn of the line with
  /// the card's CRC status, and from a word in the FIFO to the start bit.
  private static let accessGap: Int64 = 8
  private static let crcClocks: Int64 = 17
  private static let statusClocks: Int64 = 8
  private static let startGap: Int64 = 2

  // MARK: Start and end

  func setDataControl(_ value: UInt8) {
    state.dataControl = value
    endData()
    state.fifo.removeAll()
    if value.bit(3), value.bit(0) { site.unimplemented("DMA: the FIFO is served by the CPU") }
    guard value.bit(0) else { return }
    let event = state.clocks(at: clock.now)
    state.dataCount = state.dataLength
    state.fifoCount = (state.dataLength &>> 2) &+ (state.dataLength & 3 == 0 ? 0 : 1)
    guard state.dataCount > 0 else {
      state.raise(Status.dataEnd)
      return
    }
    if value.bit(1) {
      waitForBlock(at: event)
    } else {
      state.dataPhase = .waitSend
    }
  }

  private func endData() {
    state.dataPhase = .idle
    state.dataEvent = -1
    state.timeOutEvent = -1
    state.word = 0
    state.wordBytes = 0
    state.blockLeft = 0
  }

  private func fail(_ flag: UInt32) {
    state.raise(flag)
    endData()
  }

  /// All of the data is over the line.
  private func finish(at event: Int64) {
    let isReceiving = state.isReceiving
    state.raise(Status.dataEnd)
    endData()
    // Received words keep the receiver active until they are read.
    if isReceiving, !state.fifo.isEmpty { state.dataPhase = .drain }
    if state.commandPhase == .pending { beginCommand(at: event) }
  }

  func timedOut() {
    if state.dataPhase == .waitReceive || state.dataPhase == .busy { fail(Status.dataTimeOut) }
  }

  // MARK: Events

  func dataDue(at event: Int64, _ time: Int64) {
    switch state.dataPhase {
    case .waitReceive: beginBlock(at: event)
    case .receive: received(at: event)
    case .receiveCRC: receivedCRC(at: event)
    case .waitSend: beginSending(at: event)
    case .send: sent(at: event, time)
    case .sendCRC:
      guard state.isAccepted else { return fail(Status.dataCRCFail) }
      state.dataPhase = .busy
      state.timeOutEvent = event &+ Int64(state.dataTimer)
      busyDue(at: event, time)
    case .busy: busyDue(at: event, time)
    case .idle, .drain: break
    }
  }

  /// Clocks after the next event until which no interrupt line can change: words that only fill or empty the FIFO a
  /// little further need no event of their own.
  var quietClocks: Int64 {
    guard state.dataPhase == .receive || state.dataPhase == .send, (state.mask0 | state.mask1) & Status.everyWord == 0
    else { return 0 }
    let count = Int64(state.fifo.count)
    let isAligned = state.blockLeft & 3 == 0 && (state.wordBytes & 3 == 0)
    guard isAligned else { return 0 }
    let words: Int64
    if state.dataPhase == .receive {
      words = count < 8 ? 8 &- count : 16 &- count
    } else {
      words = count > 8 ? count &- 8 : count
    }
    let quiet = max(0, min(words, Int64(state.blockLeft >> 2)) &- 1)
    return quiet &* 4 &* state.byteClocks
  }

  // MARK: Receiving

  private func waitForBlock(at event: Int64) {
    state.dataPhase = .waitReceive
    state.timeOutEvent = event &+ Int64(state.dataTimer)
    awaitData(at: event)
  }

  /// A command or a block has come to its end: if the card has data for a receiver that waits, they come.
  func awaitData(at event: Int64) {
    guard state.dataPhase == .waitReceive, state.dataEvent < 0, hasRoom, state.card.phase == .data else { return }
    state.dataEvent = event &+ Self.accessGap
  }

  private func beginBlock(at event: Int64) {
    // A narrow card leaves three lines without a start bit.
    if state.isWide, !state.card.isWide { return fail(Status.startBitError) }
    guard hasRoom else { return }
    // A block that does not come is waited for until the data timer ends it.
    guard let byte = state.card.send(disk: disk) else { return }
    state.dataPhase = .receive
    state.timeOutEvent = -1
    state.blockLeft = state.isStream ? state.dataCount : min(state.blockLength, state.dataCount)
    if take(byte) { receiveNext(at: event &+ state.byteClocks) }
  }

  /// With a full FIFO the clock waits.
  private var hasRoom: Bool { !state.hasFlowControl || !state.fifo.isFull }

  private func receiveNext(at event: Int64) {
    guard state.blockLeft > 0 else {
      if state.isStream { return finish(at: event) }
      state.dataPhase = .receiveCRC
      state.dataEvent = event &+ Self.crcClocks
      return
    }
    guard hasRoom else { return }
    let bytes = min(4 &- Int64(state.wordBytes), Int64(state.blockLeft))
    state.dataEvent = event &+ bytes &* state.byteClocks
  }

  private func received(at event: Int64) {
    for _ in 0..<min(4 - Int(state.wordBytes & 3), Int(state.blockLeft)) {
      // A block that breaks off does not check.
      guard let byte = state.card.send(disk: disk) else { return fail(Status.dataCRCFail) }
      guard take(byte) else { return }
    }
    receiveNext(at: event)
  }

  /// A byte has come; false when the FIFO has no room for its word.
  private func take(_ byte: UInt8) -> Bool {
    state.word |= UInt32(byte) << UInt32(8 * (state.wordBytes & 3))
    state.wordBytes = (state.wordBytes & 3) + 1
    state.blockLeft &-= 1
    state.dataCount &-= 1
    guard state.wordBytes == 4 || state.dataCount == 0 else { return true }
    guard state.fifo.append(state.word) else {
      fail(Status.receiveOverrun)
      return false
    }
    // A received word counts when it comes, so that a driver knows from the rest how many wait in the FIFO.
    if state.fifoCount > 0 { state.fifoCount &-= 1 }
    state.word = 0
    state.wordBytes = 0
    return true
  }

  private func receivedCRC(at event: Int64) {
    // Blocks of another length than the card's, and a wide card on one line, do not check.
    guard state.card.isAtBlockStart, state.isWide || !state.card.isWide else { return fail(Status.dataCRCFail) }
    state.raise(Status.blockEnd)
    if state.dataCount == 0 { finish(at: event) } else { waitForBlock(at: event) }
  }

  // MARK: Sending

  private func beginSending(at event: Int64) {
    state.dataPhase = .send
    state.blockLeft = state.isStream ? state.dataCount : min(state.blockLength, state.dataCount)
    sendNext(at: event)
  }

  private func sendNext(at event: Int64) {
    if state.wordBytes == 0 {
      guard let word = state.fifo.popFirst() else {
        // With an empty FIFO the clock waits.
        if !state.hasFlowControl { fail(Status.sendUnderrun) }
        return
      }
      state.word = word
      state.wordBytes = UInt8(min(4, state.dataCount))
    }
    let bytes = min(Int64(state.wordBytes), Int64(state.blockLeft))
    state.dataEvent = event &+ bytes &* state.byteClocks
  }

  private func sent(at event: Int64, _ time: Int64) {
    // What goes over the wrong number of lines does not check at the card.
    let isHeard = state.isWide == state.card.isWide && state.isPowered && state.select == 0
    state.isAccepted = false
    for _ in 0..<min(Int(state.wordBytes), Int(state.blockLeft)) {
      let byte = UInt8(truncatingIfNeeded: state.word)
      if isHeard { state.isAccepted = state.card.receive(byte, now: time, disk: disk) == .accepted }
      state.word >>= 8
      state.wordBytes &-= 1
      state.blockLeft &-= 1
      state.dataCount &-= 1
    }
    if state.blockLeft > 0 { return sendNext(at: event) }
    if state.isStream { return finish(at: event) }
    state.dataPhase = .sendCRC
    state.dataEvent = event &+ Self.crcClocks &+ Self.statusClocks
  }

  private func busyDue(at event: Int64, _ time: Int64) {
    if state.card.isBusy(now: time) {
      state.dataEvent = max(event &+ 1, state.clocks(at: state.card.busyEnd) &+ 1)
      return
    }
    state.timeOutEvent = -1
    state.raise(Status.blockEnd)
    if state.dataCount == 0 { return finish(at: event) }
    state.dataPhase = .waitSend
    if !state.fifo.isEmpty || state.wordBytes > 0 { state.dataEvent = event &+ Self.startGap }
  }

  // MARK: The FIFO

  func readFIFO() -> UInt32 {
    guard state.isReceiving, let word = state.fifo.popFirst() else {
      site.guestError("the FIFO is read while it has nothing received")
      return 0
    }
    if state.dataPhase == .drain, state.fifo.isEmpty { state.dataPhase = .idle }
    if state.dataEvent < 0 {
      let event = state.clocks(at: clock.now)
      if state.dataPhase == .receive { receiveNext(at: event) } else { awaitData(at: event) }
    }
    return word
  }

  func writeFIFO(_ word: UInt32) {
    guard state.isSending, state.fifo.append(word) else {
      return site.guestError("the FIFO is written while it takes nothing: a word is lost")
    }
    if state.fifoCount > 0 { state.fifoCount &-= 1 }
    let event = state.clocks(at: clock.now)
    if state.dataPhase == .waitSend, state.dataEvent < 0 { state.dataEvent = event &+ Self.startGap }
    if state.dataPhase == .send, state.dataEvent < 0 { sendNext(at: event) }
  }
}
