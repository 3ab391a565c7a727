import Bits

/// Everything but memory, cursor and blinking that decides about the picture.
struct VGALook: Equatable {
  /// How memory becomes dots.
  enum Kind: Equatable {
    /// The screen is off.
    case blank
    case text
    /// A bit of each plane makes a dot.
    case planar
    /// Two bits of a byte, and two of one two planes on.
    case interleaved
    /// A byte of 256 colours.
    case chunky
    /// Pixels one after the other from byte `base` on, so many bytes a row, with so many bits.
    case linear(base: Int, pitch: Int, depth: Int)
  }

  let kind: Kind
  let scan: VGAScan
  /// Dots of a character: 8 or 9.
  let characterDots: Int
  /// The picture's dots in a row, and its rows. What the monitor gets twice in both directions is there once.
  let width: Int
  let height: Int
  /// How often a dot is there in a row of the picture.
  let dotScale: Int
  /// In text, how often a line is there; else how many of the monitor's lines one row of the picture stands for.
  let lineScale: Int
  /// 0x00RRGGBB of the sixteen attribute colours, and of the DAC's 256 as pixels name them.
  let colours: [UInt32]
  let palette: [UInt32]
  /// Where in plane 2 the fonts are for characters whose attribute has bit 3 set, and for the others.
  let fonts: [Int]
  /// Characters 0xc0 to 0xdf have a ninth dot like the eighth.
  let hasLineGraphics: Bool
  /// Bit 7 of an attribute blinks and is no background colour.
  let blinks: Bool
  /// The line of a character that is the underline.
  let underline: Int

  init(_ state: VGA.State) {
    let dispi = state.dispi
    let isGraphic = state.graphics[6].bit(0) || dispi.isEnabled
    let mode = Self.mode(state, isGraphic)
    // A screen that is off keeps its size.
    kind = !state.attributeIndex.bit(5) || state.sequencer[1].bit(5) ? .blank : mode
    let isPlanarVBE = dispi.isEnabled && dispi.depth == 4
    characterDots = isGraphic || state.sequencer[1].bit(0) ? 8 : 9
    scan =
      isPlanarVBE
      ? VGAScan(dispi) : VGAScan(state, characterDots: characterDots, isChunky: mode == .chunky)
    if case .linear = mode {
      (width, height, dotScale, lineScale) = (Int(dispi.width), Int(dispi.height), 1, 1)
    } else {
      let halves = state.sequencer[1].bit(3) && !isPlanarVBE
      let dots = (halves ? 2 : 1) * (mode == .chunky ? 2 : 1)
      let doubled = scan.isDoubled ? 2 : 1
      let isText = mode == .text
      let lines = doubled * (isText || scan.isInterleaved ? 1 : scan.rowHeight)
      let less = dots % 2 == 0 && lines % 2 == 0 ? 2 : 1
      dotScale = dots / less
      lineScale = isText ? lines / less : less
      width = max(1, scan.columns * (mode == .chunky ? 4 : characterDots) * dotScale)
      height = max(1, scan.lines / less)
    }
    let palette = Self.palette(state)
    self.palette = palette
    let enabled = Int(state.attribute[0x12] & 0xf)
    colours = (0..<16).map { palette[Int(Self.entry(state, $0 & enabled))] }
    let maps = state.sequencer[3]
    func font(_ low: ClosedRange<Int>, _ high: Int) -> Int {
      Int(maps.bits(low)) << 14 | (maps.bit(high) ? 0x2000 : 0)
    }
    fonts = [font(2...3, 5), font(0...1, 4)]
    hasLineGraphics = state.attribute[0x10].bit(2)
    blinks = state.attribute[0x10].bit(3)
    underline = Int(state.crtc[0x14] & 0x1f)
  }

  private static func mode(_ state: VGA.State, _ isGraphic: Bool) -> Kind {
    let dispi = state.dispi
    if dispi.isPacked {
      let base = Int(dispi.y) * dispi.pitch + Int(dispi.x) * ((Int(dispi.depth) + 7) / 8)
      return .linear(base: base, pitch: dispi.pitch, depth: Int(dispi.depth))
    }
    if !isGraphic { return .text }
    if dispi.isEnabled { return .planar }
    if state.graphics[5].bit(6) { return .chunky }
    return state.graphics[5].bit(5) ? .interleaved : .planar
  }

  /// The DAC's entry for an attribute colour ("Attribute Controller", internal palette and colour select).
  private static func entry(_ state: VGA.State, _ colour: Int) -> UInt8 {
    let value = state.attribute[colour] & 0x3f
    let select = state.attribute[0x14]
    return state.attribute[0x10].bit(7)
      ? value & 0xf | select << 4 : value | (select & 0xc) << 4
  }

  private static func palette(_ state: VGA.State) -> [UInt32] {
    let isWide = state.dispi.hasWideDAC
    return (0..<256).map { colour in
      let entry = (colour & Int(state.dacMask)) * 3
      return (0..<3).reduce(0 as UInt32) { dot, component in
        let value = state.palette[entry + component]
        return dot << 8 | UInt32(isWide ? value : value << 2 | value >> 4 & 3)
      }
    }
  }

  /// The bytes of memory that can be on the screen.
  var bytes: Range<Int> {
    switch kind {
    case .blank: return 0..<0
    case .linear(let base, let pitch, let depth):
      let end = base + (height - 1) * pitch + width * ((depth + 7) / 8)
      return min(base, VGA.memorySize)..<min(end, VGA.memorySize)
    default: return 0..<scan.limit * 4
    }
  }
}
