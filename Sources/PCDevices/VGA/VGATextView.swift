import DeviceModel

/// Characters as dots; remembers which are on the screen.
struct VGATextView {
  /// Lines that show the same row of characters.
  private struct Band {
    var line: VGAScan.Line
    /// Its first line of the picture, before lines are repeated, and how many there are.
    var top: Int
    var count: Int
  }

  private var bands: [Band] = []
  /// Character and attribute, band after band.
  private var cells: [UInt16] = []
  /// Both fonts, 32 bytes a character.
  private var glyphs = [UInt8](repeating: 0, count: 2 * Self.fontSize)
  private var cursor: VGACursor?

  private static let fontSize = 8192

  /// Draws what has changed from the planes at `memory`; the rows of the picture in which something has.
  mutating func draw(
    _ look: VGALook, _ cursor: VGACursor, from memory: UnsafeRawPointer, _ pages: VGAPages,
    to dots: UnsafeMutablePointer<UInt32>
  ) -> Range<Int> {
    if pages.isAll { lay(look) }
    let old = self.cursor
    self.cursor = cursor
    guard !pages.isEmpty || cursor != old else { return 0..<0 }
    let isAll = takeFonts(look, from: memory, pages) || pages.isAll
    let hasBlinked = cursor.isTextOn != old?.isTextOn
    let touched: [Int?] = cursor == old ? [] : [cursor.place, old?.place]
    let characters = look.scan.columns + 1
    var changed = 0..<0
    for (number, band) in bands.enumerated() {
      var isChanged = false
      // One more only where panning brings it in.
      for column in 0..<(band.line.pan == 0 ? characters - 1 : characters) {
        let place = (band.line.place + column) & (look.scan.limit - 1)
        let cell = memory.load(fromByteOffset: place * 4, as: UInt16.self)
        let index = number * characters + column
        guard
          isAll || cells[index] != cell || touched.contains(place) || (hasBlinked && look.blinks && cell & 0x8000 != 0)
        else { continue }
        cells[index] = cell
        draw(cell, band, column, look, isCursor: cursor.place == place, to: dots)
        isChanged = true
      }
      guard isChanged else { continue }
      changed = changed.covering(
        band.top * look.lineScale..<min(look.height, (band.top + band.count) * look.lineScale))
    }
    return changed
  }

  /// What is written on the screen whose planes are at `memory`, a line a row of characters.
  static func lines(_ look: VGALook, from memory: UnsafeRawPointer) -> [String] {
    var view = Self()
    view.lay(look)
    return view.bands.map { band in
      CodePage437.line(
        (0..<look.scan.columns).map { column in
          let place = (band.line.place + column) & (look.scan.limit - 1)
          return memory.load(fromByteOffset: place * 4, as: UInt8.self)
        })
    }
  }

  /// Finds out which rows of characters are where.
  private mutating func lay(_ look: VGALook) {
    bands = []
    let step = look.scan.isDoubled ? 2 : 1
    for (top, number) in stride(from: 0, to: look.scan.lines, by: step).enumerated() {
      let line = look.scan.line(number)
      if let last = bands.last, last.line.place == line.place, last.line.pan == line.pan,
        last.line.scan + last.count == line.scan
      {
        bands[bands.count - 1].count += 1
      } else {
        bands.append(Band(line: line, top: top, count: 1))
      }
    }
    cells = [UInt16](repeating: 0, count: bands.count * (look.scan.columns + 1))
  }

  /// Copies the fonts out of plane 2; false when they are what they were.
  private mutating func takeFonts(_ look: VGALook, from memory: UnsafeRawPointer, _ pages: VGAPages) -> Bool {
    var isChanged = false
    for (number, font) in look.fonts.enumerated() where pages.touch(font * 4, Self.fontSize * 4) {
      let start = number * Self.fontSize
      glyphs.withUnsafeMutableBufferPointer { glyphs in
        for index in 0..<Self.fontSize {
          let byte = memory.load(fromByteOffset: (font + index) * 4 + 2, as: UInt8.self)
          if glyphs[start + index] != byte {
            glyphs[start + index] = byte
            isChanged = true
          }
        }
      }
    }
    return isChanged
  }

  private func draw(
    _ cell: UInt16, _ band: Band, _ column: Int, _ look: VGALook, isCursor: Bool,
    to dots: UnsafeMutablePointer<UInt32>
  ) {
    let (character, attribute) = (Int(cell & 0xff), Int(cell >> 8))
    let glyph = (attribute & 8 != 0 ? 0 : Self.fontSize) + character * 32
    let back = look.colours[attribute >> 4 & (look.blinks ? 7 : 15)]
    let isGone = look.blinks && attribute & 0x80 != 0 && cursor?.isTextOn == false
    let front = isGone ? back : look.colours[attribute & 15]
    let hasNinth = look.hasLineGraphics && character & 0xe0 == 0xc0
    let left = (column * look.characterDots - band.line.pan) * look.dotScale
    let first = max(0, left)
    let end = min(look.width, left + look.characterDots * look.dotScale)
    guard first < end else { return }
    for line in 0..<band.count {
      let scan = band.line.scan + line
      var bits = UInt16(glyphs[glyph + scan]) << 1
      if hasNinth { bits |= bits >> 1 & 1 }
      if scan == look.underline, attribute & 0x77 == 1 { bits = 0x1ff }
      if isCursor, let lines = cursor?.lines, lines.contains(scan) { bits = 0x1ff }
      for row in (band.top + line) * look.lineScale..<(band.top + line + 1) * look.lineScale where row < look.height {
        let target = dots + row * look.width
        for x in first..<end {
          target[x] = bits & (0x100 >> UInt16((x - left) / look.dotScale)) != 0 ? front : back
        }
      }
    }
  }
}
