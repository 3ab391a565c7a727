import Bits
import DeviceModel
import GuestMemory

/// The course of a frame: when what happens, and what it leaves in LCDStatus.
extension PL110 {
  private static let underflow: UInt32 = 1 << 1
  private static let nextBase: UInt32 = 1 << 2
  private static let verticalCompare: UInt32 = 1 << 3
  private static let busError: UInt32 = 1 << 4

  private var isEnabled: Bool { PL110Control(bits: state.control).isEnabled }

  /// A bus error holds the DMA until the guest clears it: nothing is fetched, and the FIFOs run dry.
  var isHalted: Bool { state.status & Self.busError != 0 }

  func setControl(_ value: UInt32, _ now: Int64) {
    let was = isEnabled
    state.control = value
    let depth = PL110Control(bits: value).depthCode
    if depth > 5, PL110Control(bits: value).isEnabled { site.guestError("\(depth) in LcdBpp is reserved") }
    if isEnabled, !was {
      state.frameStart = now
      beginFrame()
    } else if !isEnabled, was {
      state.frameStart = 0
      state.wasCompared = false
      state.wasActive = false
    }
  }

  /// Takes the frame to the present: everything that has happened since the last call is in LCDStatus afterwards.
  /// However long that was, it takes no longer.
  func catchUp(_ now: Int64) {
    guard isEnabled, now >= state.frameStart else { return }
    let timing = PL110Timing(state)
    var elapsed = now &- state.frameStart
    if elapsed >= timing.frame {
      let frames = elapsed / timing.frame
      finishFrame()
      if frames > 1 {
        beginFrame()
        finishFrame()
      }
      state.frameStart &+= frames &* timing.frame
      elapsed %= timing.frame
      beginFrame()
    }
    if !state.wasCompared, elapsed >= timing.compare { compare() }
    if !state.wasActive, elapsed >= timing.active { activate() }
  }

  /// Vertical synchronisation: the base addresses are taken over and the first words fetched.
  private func beginFrame() {
    state.wasCompared = false
    state.wasActive = false
    guard !isHalted else { return }
    state.upperFrame = state.upperBase
    state.lowerFrame = state.lowerBase
    state.status |= Self.nextBase
    if !PL110Memory.isReadable(site.memory, panels) {
      site.guestError("the frame at \(Site.hex(state.upperFrame)) does not lie in memory")
      state.status |= Self.busError
    }
  }

  /// What is left to happen in the frame.
  private func finishFrame() {
    if !state.wasCompared { compare() }
    if !state.wasActive { activate() }
  }

  private func compare() {
    state.wasCompared = true
    state.status |= Self.verticalCompare
  }

  private func activate() {
    state.wasActive = true
    if isHalted { state.status |= Self.underflow }
  }

  /// When LCDStatus next changes in a way that the line would tell; nil for never.
  var deadline: Int64? {
    guard isEnabled else { return nil }
    let wanted = state.enable & ~state.status
    guard wanted != 0 else { return nil }
    let timing = PL110Timing(state)
    let next = state.frameStart &+ timing.frame
    var first = Int64.max
    if wanted & Self.verticalCompare != 0 {
      first = (state.wasCompared ? next : state.frameStart) &+ timing.compare
    }
    if isHalted {
      if wanted & Self.underflow != 0 {
        first = min(first, (state.wasActive ? next : state.frameStart) &+ timing.active)
      }
    } else if wanted & (Self.nextBase | Self.busError | Self.underflow) != 0 {
      // Whether the next frame's memory is there shows when it begins.
      first = min(first, next)
    }
    return first == .max ? nil : first
  }

  /// The address that the DMA of a panel has come to: the FIFO is filled at the start of the frame, then again
  /// whenever it has room for a burst.
  func fetched(from base: UInt32, _ now: Int64) -> UInt32 {
    guard isEnabled, !isHalted, now >= state.frameStart else { return base }
    let control = PL110Control(bits: state.control)
    let timing = PL110Timing(state)
    let bits = Int64(control.bitsPerPixel)
    let total = (Int64(timing.width * timing.lines) * bits + 31) / 32
    let used = timing.dots(at: now &- state.frameStart) * bits / 32
    // Two FIFOs of 16 words, which serve as one when there is one panel.
    let depth: Int64 = control.isDual ? 16 : 32
    let words = min(total, depth + used / control.burst * control.burst)
    return base &+ UInt32(truncatingIfNeeded: words * 4)
  }

  /// The stretches of memory that make up the frame on the screen: one, or the upper and the lower panel's.
  var panels: [PL110Memory.Stretch] { panels(upper: state.upperFrame, lower: state.lowerFrame) }

  func panels(upper: UInt32, lower: UInt32) -> [PL110Memory.Stretch] {
    let control = PL110Control(bits: state.control)
    let timing = PL110Timing(state)
    // DMA fetches words.
    let count = (timing.width * timing.lines * control.bitsPerPixel + 31) / 32 * 4
    let first = PL110Memory.Stretch(address: UInt64(upper), count: count)
    return control.isDual ? [first, PL110Memory.Stretch(address: UInt64(lower), count: count)] : [first]
  }
}
