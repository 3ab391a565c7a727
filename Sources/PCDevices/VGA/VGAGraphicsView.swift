import DeviceModel

/// The VGA's graphics modes as dots, line by line.
struct VGAGraphicsView {
  /// The colours of a line's dots, as the attribute controller or the DAC numbers them.
  private var colours: [UInt8] = []

  /// The bits of a byte, the leftmost first, as the lowest bits of eight bytes.
  private static let spread: [UInt64] = (0..<256).map { (byte: UInt64) -> UInt64 in
    var dots: UInt64 = 0
    for dot: UInt64 in 0..<8 { dots |= (byte >> (7 - dot) & 1) << (dot * 8) }
    return dots
  }

  /// Draws what has changed from the planes at `memory`; the rows of the picture in which something has.
  mutating func draw(
    _ look: VGALook, from memory: UnsafeRawPointer, _ pages: VGAPages, to dots: UnsafeMutablePointer<UInt32>
  ) -> Range<Int> {
    guard !pages.isEmpty else { return 0..<0 }
    let (scan, isChunky) = (look.scan, look.kind == .chunky)
    // One more for the dots that panning brings in.
    let characters = scan.columns + 1
    let table = isChunky ? look.palette : look.colours
    let wide = isChunky ? 4 : 8
    colours = [UInt8](repeating: 0, count: characters * 8)
    var changed = 0..<0
    for row in 0..<look.height {
      let line = scan.line(row * look.lineScale)
      let wraps = line.place + characters > scan.limit
      let used = line.pan == 0 ? scan.columns : characters
      guard wraps || pages.touch(line.place * 4, used * 4) else { continue }
      colours.withUnsafeMutableBytes { target in
        for column in 0..<characters {
          let place = (line.place + column) & (scan.limit - 1)
          let planes = memory.load(fromByteOffset: place * 4, as: UInt32.self)
          Self.expand(planes, look.kind, target, column * wide)
        }
      }
      let target = dots + row * look.width
      if look.dotScale == 1 {
        for x in 0..<look.width { target[x] = table[Int(colours[x + line.pan])] }
      } else {
        for x in 0..<look.width { target[x] = table[Int(colours[x / look.dotScale + line.pan])] }
      }
      changed = changed.covering(row..<row + 1)
    }
    return changed
  }

  /// The colours of the dots in the bytes of the four planes ("Graphics Mode Register": shift register modes).
  @inline(__always)
  private static func expand(
    _ planes: UInt32, _ kind: VGALook.Kind, _ target: UnsafeMutableRawBufferPointer, _ offset: Int
  ) {
    func plane(_ number: UInt32) -> Int { Int(planes >> (number * 8) & 0xff) }
    switch kind {
    case .chunky: target.storeBytes(of: planes, toByteOffset: offset, as: UInt32.self)
    case .interleaved:
      for dot in 0..<8 {
        let (even, shift) = (UInt32(dot >> 2), 6 - dot % 4 * 2)
        let low = plane(even) >> shift & 3
        let high = plane(even + 2) >> shift & 3
        target[offset + dot] = UInt8(high << 2 | low)
      }
    default:
      let dots = spread[plane(0)] | spread[plane(1)] << 1 | spread[plane(2)] << 2 | spread[plane(3)] << 3
      target.storeBytes(of: dots, toByteOffset: offset, as: UInt64.self)
    }
  }
}
