import Bits

/// How the CRT controller walks through the planes ("CRT Controller" of the Technical Reference): where each line of
/// the picture begins. Addresses are a plane's.
struct VGAScan: Equatable {
  /// One line of the picture.
  struct Line: Equatable {
    /// The address of its first character or eight dots.
    var place: Int
    /// The line of a character row.
    var scan: Int
    /// Dots that are left out on the left.
    var pan: Int
  }

  /// Characters, or eights of dots, in a line.
  let columns: Int
  /// Lines that the monitor gets.
  let lines: Int
  /// Each line is there twice.
  let isDoubled: Bool
  /// Lines of a row, which have the same address.
  let rowHeight: Int
  /// Odd lines of a row are elsewhere, as on a CGA.
  let isInterleaved: Bool
  /// Addresses wrap around here; a power of two.
  let limit: Int
  private let start: Int
  private let pitch: Int
  private let pan: Int
  private let firstScan: Int
  private let split: Int
  private let splitPan: Int
  /// Address bits that scan line bits 0 and 1 take the place of.
  private let scanBits: [Int?]

  /// A VGA mode whose characters are `characterDots` wide; in `isChunky` ones a dot is two wide.
  init(_ state: VGA.State, characterDots: Int, isChunky: Bool) {
    let (crtc, overflow) = (state.crtc, state.crtc[7])
    columns = Int(crtc[1]) + 1
    lines = (Int(crtc[0x12]) | (overflow.bit(1) ? 0x100 : 0) | (overflow.bit(6) ? 0x200 : 0)) + 1
    isDoubled = crtc[9].bit(7)
    rowHeight = Int(crtc[9] & 0x1f) + 1
    limit = 0x10000
    start = (Int(crtc[0xc]) << 8 | Int(crtc[0xd])) + Int(crtc[8].bits(5...6))
    pitch = Int(crtc[0x13]) * 2
    firstScan = Int(crtc[8] & 0x1f)
    split = Int(crtc[0x18]) | (overflow.bit(4) ? 0x100 : 0) | (crtc[9].bit(6) ? 0x200 : 0)
    let value = Int(state.attribute[0x13] & 0xf)
    if isChunky {
      pan = value >> 1 & 3
    } else if characterDots == 9 {
      pan = value >= 8 ? 0 : value + 1
    } else {
      pan = value & 7
    }
    splitPan = state.attribute[0x10].bit(5) ? 0 : pan
    // In word mode addresses count in twos, which this memory leaves out.
    let isWord = !crtc[0x17].bit(6) && !crtc[0x14].bit(6)
    isInterleaved = !crtc[0x17].bit(0)
    scanBits = [crtc[0x17].bit(0) ? nil : (isWord ? 12 : 13), crtc[0x17].bit(1) ? nil : (isWord ? 13 : 14)]
  }

  /// A VBE mode in four planes.
  init(_ dispi: VGADispi) {
    columns = Int(dispi.width) / 8
    lines = Int(dispi.height)
    isDoubled = false
    rowHeight = 1
    isInterleaved = false
    limit = VGA.memorySize / 4
    start = Int(dispi.y) * dispi.pitch + Int(dispi.x) / 8
    pitch = dispi.pitch
    pan = Int(dispi.x) % 8
    (firstScan, split, splitPan) = (0, .max, 0)
    scanBits = []
  }

  /// Line `number` of those that the monitor gets.
  func line(_ number: Int) -> Line {
    let isBelow = number > split
    let logical = (isBelow ? number - split - 1 : number) >> (isDoubled ? 1 : 0) + (isBelow ? 0 : firstScan)
    let scan = logical % rowHeight
    var place = ((isBelow ? 0 : start) + logical / rowHeight * pitch) & (limit - 1)
    for (bit, target) in scanBits.enumerated() {
      if let target { place.setBit(target, scan.bit(bit)) }
    }
    return Line(place: place, scan: scan, pan: isBelow ? splitPan : pan)
  }
}
