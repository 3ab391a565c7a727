import Bits

/// How words of memory become dots: the order of bytes and pixels, the palette, and what the panel makes of a colour.
struct PL110Format {
  /// Bits that a pixel takes in memory: 1, 2, 4, 8, 16 or 32.
  let bitsPerPixel: Int
  private let control: PL110Control
  private let wiring: PL110.Wiring
  /// How far each pixel of a word is from its least significant end.
  private let shifts: InlineArray<32, UInt32>
  /// Colours by what a pixel holds; empty for 24-bit pixels, which are colours themselves.
  private let colours: [UInt32]

  init(_ control: PL110Control, _ wiring: PL110.Wiring, _ palette: InlineArray<128, UInt32>) {
    self.control = control
    self.wiring = wiring
    let bits = control.bitsPerPixel
    bitsPerPixel = bits
    shifts = InlineArray { Self.shift(of: $0, bits, control) }
    let converter = PL110Colour(control, wiring)
    switch bits {
    case 32: colours = []
    case 16: colours = (0...0xffff).map { converter.pixel(UInt16($0)) }
    default:
      colours = (0..<1 << bits).map { index in
        converter.palette(UInt16(truncatingIfNeeded: palette[index >> 1] >> (UInt32(index & 1) * 16)))
      }
    }
  }

  /// The distance of pixel `index` of a word from bit 0 (DDI 0161, "Pixel serializer").
  private static func shift(of index: Int, _ bits: Int, _ control: PL110Control) -> UInt32 {
    let perWord = 32 / bits
    let index = index & (perWord - 1)
    guard bits < 8 else { return UInt32((control.hasBigBytes ? perWord - 1 - index : index) * bits) }
    let perByte = 8 / bits
    let byte = index / perByte
    let pixel = index % perByte
    let place = control.hasBigPixels ? perByte - 1 - pixel : pixel
    return UInt32((control.hasBigBytes ? 3 - byte : byte) * 8 + place * bits)
  }

  /// Makes dots of the pixels `range` of a stretch that begins at `source`, and puts them at the same numbers from
  /// `target` on.
  func draw(_ range: Range<Int>, from source: UnsafeRawPointer, to target: UnsafeMutablePointer<UInt32>) {
    if bitsPerPixel == 32 {
      let converter = PL110Colour(control, wiring)
      for index in range {
        target[index] = converter.trueColour(source.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
      }
      return
    }
    let perWord = 32 / bitsPerPixel
    let toWord = perWord.trailingZeroBitCount
    let mask: UInt32 = 1 << UInt32(bitsPerPixel) - 1
    colours.withUnsafeBufferPointer { colours in
      for index in range {
        let word = source.loadUnaligned(fromByteOffset: (index &>> toWord) &* 4, as: UInt32.self)
        target[index] = colours[Int(word &>> shifts[index & (perWord &- 1)] & mask)]
      }
    }
  }
}
