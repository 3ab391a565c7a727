import DeviceModel

/// Lines of text as a picture that lies over another: 0xAARRGGBB.
struct Panel: Equatable {
  /// Dots between its edge and the text.
  private static let margin = 12
  private static let ground: UInt32 = 0xe01c_2430
  private static let ink: UInt32 = 0xffff_ffff
  let width: Int
  let height: Int
  let pixels: [UInt32]

  init(_ lines: [String]) {
    let columns = lines.map(\.count).max() ?? 0
    width = columns * VGAFont.width + 2 * Self.margin
    height = lines.count * VGAFont.height + 2 * Self.margin
    var pixels = [UInt32](repeating: Self.ground, count: width * height)
    for (row, line) in lines.enumerated() {
      for (column, character) in line.enumerated() {
        let code = Int(CodePage437.code(character) ?? 0x3f)
        for y in 0..<VGAFont.height {
          let bits = VGAFont.rows[code * VGAFont.height + y]
          let start = (Self.margin + row * VGAFont.height + y) * width + Self.margin + column * VGAFont.width
          for x in 0..<VGAFont.width where bits & (0x80 >> UInt8(x)) != 0 { pixels[start + x] = Self.ink }
        }
      }
    }
    self.pixels = pixels
  }
}
