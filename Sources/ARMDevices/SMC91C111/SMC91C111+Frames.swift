import Bits

/// Frames out and in.
extension SMC91C111 {
  // MARK: Sending

  /// Puts the next frame on the wire, if one waits and the wire is free.
  func startSending() {
    guard state.sendEnd < 0, state.isSendEnabled, state.configuration.bit(15), let page = state.sendQueue.first else {
      return
    }
    // Preamble, frame, check sequence and gap.
    let bits = Int64(max(60, frame(page).count) + 8 + 4 + 12) * 8
    state.sendEnd = clock.now &+ bits * (state.phy.isFast ? 10 : 100)
    timer.arm(at: state.sendEnd)
  }

  func cancelSending() {
    state.sendQueue.removeAll()
    state.doneQueue.removeAll()
    state.sendEnd = -1
    timer.cancel()
  }

  /// The frame of a packet that the guest has laid out: status, byte count, data, and the control byte, which tells
  /// whether there is a last odd byte beside it.
  private func frame(_ page: UInt8) -> [UInt8] {
    let count = state.word(page, 2) & 0x7fe
    guard count >= 6 else { return [] }
    let control = state[page, count - 1]
    return (4..<count - (control.bit(5) ? 1 : 2)).map { state[page, $0] }
  }

  /// The frame on the wire has left.
  func sent() {
    guard state.sendEnd >= 0 else { return }
    state.sendEnd = -1
    guard let page = state.sendQueue.popFirst() else { return }
    var frame = frame(page)
    let hasOwnCheck = state.sendControl.bit(8) && !state[page, (state.word(page, 2) & 0x7fe) &- 1].bit(4)
    // A frame that brings its own check sequence has it at its end.
    if hasOwnCheck { frame.removeLast(min(4, frame.count)) }
    if state.sendControl.bit(7) { while frame.count < 60 { frame.append(0) } }
    var status: UInt16 = 0x0001
    if let first = frame.first, first & 1 != 0 {
      status |= frame.prefix(6).allSatisfy { $0 == 0xff } ? 0x0040 : 0x0008
    }
    let isLooped = state.sendControl.bit(13) || state.phy.isLooped
    // With MON_CSN a dead wire is an error, and stops the transmitter.
    if state.sendControl.bit(10), !isLooped, !state.phy.isLinkUp {
      status = status & ~1 | 0x0400
      state.sendControl.setBit(0, false)
    } else if isLooped {
      _ = arrive(frame, canWait: false)
    } else if state.phy.isLinkUp, !frame.isEmpty {
      network?.send(frame)
    }
    state.status = status
    state.setWord(page, 0, state.ephStatus)
    if state.sendQueue.isEmpty { state.latched |= 0x04 }
    if status & 1 != 0, state.control.bit(11) {
      state.release(page)
      network?.resume()
    } else {
      state.doneQueue.append(page)
    }
    startSending()
  }

  // MARK: Receiving

  /// A frame comes off the wire; false when there is no page for it and it `canWait`.
  func arrive(_ data: [UInt8], canWait: Bool) -> Bool {
    guard state.isReceiveEnabled, accepts(data) else { return true }
    // What is shorter than a frame can be was padded before the wire; what is longer than a page cannot be kept.
    let frame = data.count < 60 ? data + [UInt8](repeating: 0, count: 60 - data.count) : data
    guard frame.count <= 2038 else { return true }
    guard !state.receiveQueue.isFull, let page = state.takePage() else {
      if !canWait { state.latched |= 0x10 }
      return !canWait
    }
    var bytes = frame
    if !state.receiveControl.bit(9) {
      let check = ~Self.check(frame[...])
      for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: check >> shift)) }
    }
    let isOdd = bytes.count & 1 != 0
    var status = UInt16(Self.hash(frame)) << 1
    if frame[0] & 1 != 0 { status |= frame.prefix(6).allSatisfy { $0 == 0xff } ? 0x4000 : 0x0001 }
    if isOdd { status |= 0x1000 }
    if frame.count > 1514 { status |= 0x0800 }
    let count = UInt16(bytes.count & ~1) + 6
    state.setWord(page, 0, status)
    state.setWord(page, 2, count)
    for (index, byte) in bytes.enumerated() { state[page, 4 + UInt16(index)] = byte }
    // The last word is control: an odd last byte, and what says so.
    if !isOdd { state[page, count - 2] = 0 }
    state[page, count - 1] = isOdd ? 0x60 : 0x40
    state.receiveQueue.append(page)
    return true
  }

  /// The address filter.
  private func accepts(_ frame: [UInt8]) -> Bool {
    guard frame.count >= 14 else { return false }
    if state.receiveControl.bit(1) { return true }
    guard frame[0] & 1 != 0 else { return (0..<6).allSatisfy { frame[$0] == state.station[$0] } }
    if frame.prefix(6).allSatisfy({ $0 == 0xff }) || state.receiveControl.bit(2) { return true }
    let hash = Self.hash(frame)
    return state.multicast[Int(hash >> 3)].bit(Int(hash & 7))
  }

  /// The CRC-32 of Ethernet, as the shift register holds it, bit 0 first on the wire.
  private static func check(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var register: UInt32 = 0xffff_ffff
    for byte in bytes {
      register ^= UInt32(byte)
      for _ in 0..<8 { register = register >> 1 ^ (register & 1 != 0 ? 0xedb8_8320 : 0) }
    }
    return register
  }

  /// The six most significant bits of the destination's CRC: a byte and a bit of the multicast table.
  private static func hash(_ frame: [UInt8]) -> UInt8 {
    let register = UInt8(truncatingIfNeeded: check(frame[..<6]) & 0x3f)
    var hash: UInt8 = 0
    for bit in 0..<6 where register.bit(bit) { hash |= 0x20 >> UInt8(bit) }
    return hash
  }
}
