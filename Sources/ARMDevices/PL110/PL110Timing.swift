import Bits

/// What the timing registers amount to, in panel clocks and in nanoseconds.
///
/// A line is sync, back porch, dots, front porch; a frame is sync lines, back porch, lines with dots, front porch.
struct PL110Timing {
  /// Dots in a line.
  let width: Int
  /// Lines of one panel; with two there are twice as many.
  let lines: Int
  /// Panel clocks of a line, and of the part before the first dot, and of the dots.
  let lineClocks: Int64
  let leadClocks: Int64
  let dotClocks: Int64
  /// Lines of a frame, and of the part before the first line with dots.
  let frameLines: Int64
  let leadLines: Int64
  /// Nanoseconds of a frame.
  let frame: Int64
  /// When the first line with dots begins, from the start of the frame in nanoseconds.
  let active: Int64
  /// When the vertical compare comes, likewise.
  let compare: Int64
  private let divider: Int64
  private let clock: Int64

  init(_ state: PL110.State) {
    let control = PL110Control(bits: state.control)
    let (horizontal, vertical, signals) = (state.timing0, state.timing1, state.timing2)
    width = Int(horizontal.bits(2...7) + 1) * 16
    lines = Int(vertical.bits(0...9) + 1)
    // Dots leave one a clock to a TFT panel; 4 or 8 to a mono one; 8 bits, three for a dot, to a colour STN one.
    let needed: Int
    if control.isTFT {
      needed = width
    } else if control.isMono {
      needed = width / (control.isEightBitMono ? 8 : 4)
    } else {
      needed = width * 3 / 8
    }
    // A line with fewer clocks (CPL) than it has dots to send does not end before they are sent.
    dotClocks = max(Int64(signals.bits(16...25)) + 1, Int64(needed))
    leadClocks = Int64(horizontal.bits(8...15)) + 1 + Int64(horizontal.bits(24...31)) + 1
    lineClocks = leadClocks + dotClocks + Int64(horizontal.bits(16...23)) + 1
    let sync = Int64(vertical.bits(10...15)) + 1
    leadLines = sync + Int64(vertical.bits(24...31))
    frameLines = leadLines + Int64(lines) + Int64(vertical.bits(16...23))
    let divider: Int64 = signals.bit(26) ? 1 : Int64(signals.bits(27...31) << 5 | signals.bits(0...4)) + 2
    let clock = max(1, Int64(state.clock))
    self.divider = divider
    self.clock = clock
    // At most 1792 clocks, 1598 lines and a divider of 1025: the product stays below 2^62.
    let lineLength = lineClocks
    func time(_ lines: Int64) -> Int64 { lines * lineLength * divider * 1_000_000_000 / clock }
    frame = max(1, time(frameLines))
    active = time(leadLines)
    switch control.comparePlace {
    case 0: compare = 0
    case 1: compare = time(sync)
    case 2: compare = active
    default: compare = time(leadLines + Int64(lines))
    }
  }

  /// Dots of one panel that have been sent `elapsed` nanoseconds into a frame.
  func dots(at elapsed: Int64) -> Int64 {
    let clocks = Int64(truncatingIfNeeded: Int128(elapsed) * Int128(clock) / (1_000_000_000 * Int128(divider)))
    let line = clocks / lineClocks - leadLines
    guard line >= 0 else { return 0 }
    guard line < Int64(lines) else { return Int64(lines * width) }
    let within = min(max(clocks % lineClocks - leadClocks, 0), dotClocks)
    return line * Int64(width) + within * Int64(width) / dotClocks
  }
}
