import Bits

/// What the CRT controller's registers amount to in time.
struct VGATiming {
  /// Nanoseconds of a line, and of its part with dots.
  let line: Int64
  private let shown: Int64
  /// Lines of a picture with and without the vertical retrace.
  private let lines: Int64
  private let visible: Int64
  private let retrace: Int64
  private let retraceLines: Int64

  init(_ state: VGA.State) {
    let overflow = state.crtc[7]
    func vertical(_ register: Int, _ low: Int, _ high: Int) -> Int64 {
      Int64(state.crtc[register]) | (overflow.bit(low) ? 0x100 : 0) | (overflow.bit(high) ? 0x200 : 0)
    }
    let characterDots: Int64 = state.sequencer[1].bit(0) ? 8 : 9
    let clock: Int64 = (state.misc.bits(2...3) == 1 ? 28_322_000 : 25_175_000) / (state.sequencer[1].bit(3) ? 2 : 1)
    let total = Int64(state.crtc[0]) + 5
    line = total * characterDots * 1_000_000_000 / clock
    shown = line * min(total, Int64(state.crtc[1]) + 1) / total
    lines = vertical(6, 0, 5) + 2
    visible = min(lines, vertical(0x12, 1, 6) + 1)
    retrace = vertical(0x10, 2, 7)
    // The end register holds the low four bits of the line.
    let length = (Int64(state.crtc[0x11]) - retrace) & 0xf
    retraceLines = length == 0 ? 16 : length
  }

  /// Nanoseconds of a picture.
  var frame: Int64 { line * lines }

  /// Input status 1 at `now`: bit 0 outside the dots, bit 3 in the vertical retrace.
  func status(at now: Int64) -> UInt8 {
    let place = max(0, now) % frame
    let row = place / line
    let isBlank = row >= visible || place % line >= shown
    let isRetrace = row >= retrace && row < retrace + retraceLines
    return (isBlank ? 1 : 0) | (isRetrace ? 8 : 0)
  }
}
