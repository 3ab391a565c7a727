public import DeviceModel
import GuestMemory

extension VGAText: PictureSource {
  public func makePicture() -> any Picture { VGATextPicture(self) }
}

/// The screen of a `vga-text` as dots.
final class VGATextPicture: Picture {
  /// Cursor and blinking characters change every half second or so: 32 frames of 60 a second make a cycle.
  private static let phase: Int64 = 16 * 16_666_667
  private let vga: VGAText
  private var picture = TextPicture()

  init(_ vga: VGAText) { self.vga = vga }

  var width: Int { picture.width }
  var height: Int { picture.height }
  var pixels: [UInt32] { picture.pixels }
  var changedRows: Range<Int> { picture.changedRows }

  var text: [String]? {
    guard let memory = vga.memory else { return nil }
    return (0..<vga.rows).map { row in
      CodePage437.line((0..<vga.columns).map { vga.cell(column: $0, row: row, in: memory).character })
    }
  }

  func update(_ now: Int64) -> Bool { picture.draw(content, phase: now / Self.phase & 1 == 0) }

  private var content: TextPicture.Content {
    let columns = vga.columns
    let rows = vga.rows
    var cells: [UInt16] = []
    cells.reserveCapacity(columns * rows)
    for row in 0..<rows {
      for column in 0..<columns {
        let cell = vga.memory.map { vga.cell(column: column, row: row, in: $0) } ?? (character: 0, attribute: 0)
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
