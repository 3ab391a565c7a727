import Bits
import DeviceModel
import Peripherals

/// The AC-link: its frames, and what starts and stops it.
extension PL041 {
  private static let framesPerSecond: Int128 = 48_000

  // MARK: Starting and stopping

  func setMainControl(_ value: UInt16) {
    changeLink {
      state.mainControl = value
      guard !value.bit(0) else { return }
      for index in 0..<4 { state.channels[index].stop() }
    }
  }

  func setReset(_ isRunning: Bool) {
    changeLink {
      state.isCodecRunning = isRunning
      guard !isRunning else { return }
      state.codec = LM4549()
      state.reply = -1
    }
  }

  /// SYNC without a clock is a warm reset.
  func setSync(_ isForced: Bool) {
    changeLink {
      state.isSyncForced = isForced
      if isForced { state.codec.wake() }
    }
  }

  /// Frames count from where the link begins.
  private func changeLink(_ change: () -> Void) {
    let wasRunning = state.isLinkRunning
    change()
    if state.isLinkRunning, !wasRunning {
      state.linkStart = clock.now
      state.frames = 0
    }
  }

  // MARK: Time

  /// Carries all frames up to now.
  func advance() {
    guard state.isLinkRunning else { return }
    let now = clock.now
    guard now > state.linkStart else { return }
    let due = Int128(now - state.linkStart) * Self.framesPerSecond / 1_000_000_000
    let target = Int64(clamping: min(due, 1 << 48))
    while state.frames < target, state.isLinkRunning {
      // Frames in which nothing happens need not be carried one by one.
      guard quietFrames != nil else {
        state.frames = target
        return
      }
      carry()
      state.frames += 1
    }
  }

  /// When the next frame ends that can change something, in nanoseconds.
  var nextEvent: Int64? {
    guard state.isLinkRunning, let quiet = quietFrames else { return nil }
    let frame = Int128(state.frames) + Int128(quiet)
    let wait = (frame * 1_000_000_000 + Self.framesPerSecond - 1) / Self.framesPerSecond
    return Int64(clamping: Int128(state.linkStart) + wait)
  }

  /// Slots in which something comes: the recorded samples, or in loopback whatever is sent.
  private var receivable: UInt32 { state.mainControl.bit(1) ? 0x1ffe : 0x18 }

  /// Frames until the next one that can change something; nil when none can.
  private var quietFrames: Int64? {
    if state.slotWaits & sendableSlots != 0 || state.reply >= 0 { return 1 }
    var quiet: Int64?
    for index in 0..<4 {
      guard let frames = state.channels[index].quietFrames(state.depth, receivable: receivable) else { continue }
      quiet = min(quiet ?? frames, frames)
    }
    return quiet
  }

  /// Slots 1, 2 and 12 whose sending is enabled: bits 0 to 2.
  private var sendableSlots: UInt8 {
    let control = state.mainControl
    return (control.bit(4) ? 1 : 0) | (control.bit(6) ? 2 : 0) | (control.bit(8) ? 4 : 0)
  }

  // MARK: A frame

  private func carry() {
    var out = InlineArray<13, UInt32?>(repeating: nil)
    let number = state.frames
    let isPlaying = LM4549.isDue(rate: state.codec.playRate, frame: number)
    for index in 0..<4 where state.channels[index].sends {
      let slots = state.channels[index].sendSlots
      for slot in 1...12 where slots.bit(slot) {
        // The codec asks for samples in slots 3 and 4 at its own rate.
        if slot == 3 || slot == 4, !isPlaying { continue }
        if let sample = state.channels[index].next() { out[slot] = sample }
      }
    }
    let sendable = state.slotWaits & sendableSlots
    if sendable.bit(0) { out[1] = state.slotOut[0] }
    if sendable.bit(1) { out[2] = state.slotOut[1] }
    if sendable.bit(2) { out[12] = state.slotOut[2] }
    state.slotWaits &= ~sendable
    if isPlaying, out[3] != nil || out[4] != nil {
      audio?.play(
        AudioFrame(left: Self.signed(out[3]), right: Self.signed(out[4])), rate: state.codec.playRate)
    }
    let reply = state.reply
    state.reply = -1
    if let command = out[1] { access(command, data: out[2]) }
    receive(out, reply: reply, number: number)
  }

  private static func signed(_ sample: UInt32?) -> Int32 {
    Int32(truncatingIfNeeded: (sample ?? 0) << 12) >> 12
  }

  /// Slot 1 names a register, and slot 2 has what is written into it. Only the primary codec is there.
  private func access(_ command: UInt32, data: UInt32?) {
    let codec = state.mainControl >> 10 & 3
    guard codec == 0 else { return site.unimplemented("codec \(codec): there is one") }
    let address = UInt8(truncatingIfNeeded: command >> 12 & 0x7f)
    if command.bit(19) {
      state.reply = Int16(address)
    } else if let data {
      state.codec.write(UInt16(truncatingIfNeeded: data >> 4), address)
    }
  }

  /// What comes in the frame: the answer to a read of the frame before, and recorded samples.
  private func receive(_ out: InlineArray<13, UInt32?>, reply: Int16, number: Int64) {
    var into = InlineArray<13, UInt32?>(repeating: nil)
    if state.mainControl.bit(1) {
      into = out
    } else {
      if reply >= 0 {
        into[1] = UInt32(reply) << 12
        into[2] = UInt32(state.codec.read(UInt8(reply & 0x7f))) << 4
      }
      if isRecording, LM4549.isDue(rate: state.codec.recordRate, frame: number) {
        let frame = audio?.record(rate: state.codec.recordRate) ?? AudioFrame()
        into[3] = UInt32(bitPattern: frame.left) & 0xf_ffff
        into[4] = UInt32(bitPattern: frame.right) & 0xf_ffff
      }
    }
    for index in 0..<4 where state.channels[index].receives {
      let slots = state.channels[index].receiveSlots
      for slot in 1...12 where slots.bit(slot) {
        if let sample = into[slot] { state.channels[index].receive(sample, state.depth) }
      }
      state.channels[index].tick()
    }
    let control = state.mainControl
    for (index, slot, enable) in [(0, 1, 3), (1, 2, 5), (2, 12, 7)] where control.bit(enable) {
      guard let sample = into[slot] else { continue }
      state.slotIn[index] = sample
      state.slotValid.setBit(index, true)
    }
  }

  private var isRecording: Bool {
    (0..<4).contains { state.channels[$0].receives && state.channels[$0].receiveSlots & 0x18 != 0 }
  }
}
