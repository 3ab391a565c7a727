/// A text screen as dots: rendered anew only where something changed.
struct TextPicture {
  /// What the screen shows.
  struct Content: Equatable, Sendable {
    /// Characters in a row.
    var columns: Int
    /// Rows of characters.
    var rows: Int
    /// Character in the low byte, attribute in the high one; row after row.
    var cells: [UInt16]
    /// 16 colours, 0x00RRGGBB.
    var palette: [UInt32]
    /// Where the cursor is and the lines of a cell that it covers; nil while there is none to be seen.
    var cursor: (place: Int, lines: ClosedRange<Int>)?
    /// Bit 7 of an attribute blinks and is no background colour.
    var blinks: Bool

    /// A screen of `columns` by `rows` cells and 16 colours.
    init(
      columns: Int, rows: Int, cells: [UInt16], palette: [UInt32], cursor: (place: Int, lines: ClosedRange<Int>)?,
      blinks: Bool
    ) {
      precondition(cells.count == columns * rows && palette.count == 16)
      self.columns = columns
      self.rows = rows
      self.cells = cells
      self.palette = palette
      self.cursor = cursor
      self.blinks = blinks
    }

    static func == (a: Self, b: Self) -> Bool {
      a.columns == b.columns && a.rows == b.rows && a.cells == b.cells && a.palette == b.palette
        && a.cursor?.place == b.cursor?.place && a.cursor?.lines == b.cursor?.lines && a.blinks == b.blinks
    }
  }

  /// 0x00RRGGBB, row after row.
  private(set) var pixels: [UInt32] = []
  /// Dots in a row.
  private(set) var width = 0
  /// Rows of dots.
  private(set) var height = 0
  /// The rows of dots that the last `draw` has changed.
  private(set) var changedRows = 0..<0
  private var shown: Content?
  private var shownPhase = false

  init() {}

  /// Shows `content`; `phase` is the half of the blinking in which things are visible. False when nothing changed.
  mutating func draw(_ content: Content, phase: Bool) -> Bool {
    changedRows = 0..<0
    if shown == content, shownPhase == phase { return false }
    let size = (content.columns * VGAFont.width, content.rows * VGAFont.height)
    let isFresh = size != (width, height) || shown?.palette != content.palette || shown?.blinks != content.blinks
    if size != (width, height) {
      (width, height) = size
      pixels = [UInt32](repeating: 0, count: width * height)
    }
    for place in content.cells.indices {
      let cell = content.cells[place]
      let blinks = content.blinks && cell & 0x8000 != 0
      let isCursor = content.cursor?.place == place || shown?.cursor?.place == place
      if !isFresh, !isCursor, !(blinks && phase != shownPhase), shown?.cells[place] == cell { continue }
      draw(cell, at: place, content, phase)
      let row = place / content.columns * Font.height
      changedRows = (changedRows.isEmpty ? row : changedRows.lowerBound)..<row + VGAFont.height
    }
    shown = content
    shownPhase = phase
    return !changedRows.isEmpty
  }

  private mutating func draw(_ cell: UInt16, at place: Int, _ content: Content, _ phase: Bool) {
    let blinks = content.blinks && cell & 0x8000 != 0
    let back = content.palette[Int(cell >> 12) & (content.blinks ? 7 : 15)]
    let front = blinks && !phase ? back : content.palette[Int(cell >> 8) & 15]
    let x = place % content.columns * VGAFont.width
    let y = place / content.columns * VGAFont.height
    for line in 0..<VGAFont.height {
      var bits = VGAFont.rows[Int(cell & 0xff) * VGAFont.height + line]
      if let cursor = content.cursor, cursor.place == place, phase, cursor.lines.contains(line) { bits = 0xff }
      let start = (y + line) * width + x
      for dot in 0..<VGAFont.width { pixels[start + dot] = bits & (0x80 >> UInt8(dot)) != 0 ? front : back }
    }
  }
}
