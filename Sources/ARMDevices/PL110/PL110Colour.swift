import Bits

/// What a panel makes of a colour, as 0x00RRGGBB.
///
/// An STN panel knows only on and off; the controller's grey scaler switches its cells on in a part of the frames. Of
/// a colour's bits it takes the upper four, and a mono panel only those of red.
struct PL110Colour {
  private let isTFT: Bool
  private let isMono: Bool
  private let swaps: Bool
  private let depthCode: UInt32
  private let wiring: PL110.Wiring

  init(_ control: PL110Control, _ wiring: PL110.Wiring) {
    isTFT = control.isTFT
    isMono = control.isMono
    swaps = control.swapsRedAndBlue
    depthCode = control.depthCode
    self.wiring = wiring
  }

  /// In how many of 90 frames a cell is on, for the 15 different greys.
  private static let duty: InlineArray<16, UInt32> = [
    0, 10, 18, 24, 30, 36, 40, 45, 45, 50, 54, 60, 66, 72, 80, 90,
  ]

  private static func grey(_ value: UInt32) -> UInt32 { (duty[Int(value & 15)] * 255 + 45) / 90 }

  /// A colour of the palette, or a 16-bit pixel that looks like one: red in bits 0-4, green, blue, intensity.
  func palette(_ entry: UInt16) -> UInt32 {
    let entry = UInt32(entry)
    return colour(
      entry.bits(0...4), entry.bits(5...9), entry.bits(10...14), intensity: wiring == .rgb5551 ? entry >> 15 : nil)
  }

  /// A pixel of 16 bits.
  func pixel(_ value: UInt16) -> UInt32 {
    let word = UInt32(value)
    if depthCode == 6 || (depthCode == 4 && isTFT && wiring == .rgb565) {
      guard isTFT else { return colour(word.bits(0...4), word.bits(6...10), word.bits(11...15), intensity: nil) }
      let green = word.bits(5...10)
      return ordered(Self.wide(word.bits(0...4)), green << 2 | green >> 4, Self.wide(word.bits(11...15)))
    }
    if depthCode == 7 {
      let (red, green, blue) = (word.bits(0...3), word.bits(4...7), word.bits(8...11))
      return isTFT ? ordered(red * 17, green * 17, blue * 17) : scaled(red, green, blue)
    }
    return palette(value)
  }

  /// A pixel of 24 bits, in a word: red in the lowest byte.
  func trueColour(_ word: UInt32) -> UInt32 {
    let (red, green, blue) = (word & 0xff, word >> 8 & 0xff, word >> 16 & 0xff)
    return isTFT ? ordered(red, green, blue) : scaled(red >> 4, green >> 4, blue >> 4)
  }

  /// Five bits of each, and one for all where the panel has it.
  private func colour(_ red: UInt32, _ green: UInt32, _ blue: UInt32, intensity: UInt32?) -> UInt32 {
    guard isTFT else { return scaled(red >> 1, green >> 1, blue >> 1) }
    guard let intensity else { return ordered(Self.wide(red), Self.wide(green), Self.wide(blue)) }
    func six(_ value: UInt32) -> UInt32 {
      let value = value << 1 | intensity
      return value << 2 | value >> 4
    }
    return ordered(six(red), six(green), six(blue))
  }

  private static func wide(_ value: UInt32) -> UInt32 { value << 3 | value >> 2 }

  /// Four bits of each on an STN panel.
  private func scaled(_ red: UInt32, _ green: UInt32, _ blue: UInt32) -> UInt32 {
    if isMono { return Self.grey(red) * 0x01_0101 }
    return ordered(Self.grey(red), Self.grey(green), Self.grey(blue))
  }

  private func ordered(_ red: UInt32, _ green: UInt32, _ blue: UInt32) -> UInt32 {
    swaps ? blue << 16 | green << 8 | red : red << 16 | green << 8 | blue
  }
}
