import DeviceModel
import Display
import GuestMemory
import PCDevices

/// A VGA's text screen as dots.
final class TextScreen: Picture {
  private let vga: VGAText
  private let memory: RAMBlock
  private var picture = TextPicture()

  init(_ vga: VGAText, memory: RAMBlock) {
    self.vga = vga
    self.memory = memory
  }

  var width: Int { picture.width }
  var height: Int { picture.height }
  var pixels: [UInt32] { picture.pixels }
  var changedRows: Range<Int> { picture.changedRows }

  var text: [String]? {
    (0..<vga.rows).map { row in
      CodePage437.line((0..<vga.columns).map { vga.cell(column: $0, row: row, in: memory).character })
    }
  }

  /// Cursor and blinking characters change every half second or so: 32 frames of the real card's 60 a cycle.
  private static let half: Int64 = 266_666_672

  func update(_ now: Int64) -> Bool {
    picture.draw(content, phase: now / Self.half & 1 == 0)
  }

  private var content: TextPicture.Content {
    let columns = vga.columns
    let rows = vga.rows
    var cells: [UInt16] = []
    cells.reserveCapacity(columns * rows)
    for row in 0..<rows {
      for column in 0..<columns {
        let cell = vga.cell(column: column, row: row, in: memory)
        cells.append(UInt16(cell.attribute) << 8 | UInt16(cell.character))
      }
    }
    let palette = (0..<16).map { index -> UInt32 in
      let colour = vga.colour(UInt8(index))
      return UInt32(colour.red) << 16 | UInt32(colour.green) << 8 | UInt32(colour.blue)
    }
    return TextPicture.Content(
      columns: columns, rows: rows, cells: cells, palette: palette,
      cursor: vga.cursor.map { ($0.row * columns + $0.column, vga.cursorLines) }, blinks: vga.blinks)
  }
}
