import Boards
import Display
import GuestMemory
import PCDevices

/// The window of a machine: shows its text screen at most 60 times a second, and hands it the keys.
final class Screen {
  static let frame: Int64 = 16_666_667
  private let window: Window
  private let title: String
  private var picture = TextPicture()
  private var vga: VGAText?
  private var memory: RAMBlock?
  private var keyboard: I8042?
  private weak var machine: Machine?
  private var lastFrame: Int64 = 0
  private var lastTitle: (at: Int64, executed: UInt64) = (0, 0)

  init(title: String) throws(DisplayError) {
    self.title = title
    window = try Window(title: title, width: 720, height: 400)
  }

  func attach(_ machine: Machine) {
    self.machine = machine
    vga = machine.first(VGAText.self)
    memory = machine.blocks["vga.memory"]
    keyboard = machine.first(I8042.self)
  }

  /// Nanoseconds until the picture may be shown again.
  func untilNextFrame(_ now: Int64) -> Int64 { max(0, lastFrame + Self.frame - now) }

  func update(_ now: Int64) {
    guard now - lastFrame >= Self.frame else { return }
    lastFrame = now
    for event in window.events() {
      switch event {
      case .key(let code, let isDown): keyboard?.key(code, down: isDown)
      case .close: machine?.quit()
      case .exposed: break
      }
    }
    // Cursor and blinking characters change every half second or so: 32 frames of the real card's 60 a cycle.
    let phase = now / (Self.frame * 16) & 1 == 0
    if let content, picture.draw(content, phase: phase) {
      window.show(picture.pixels, width: picture.width, height: picture.height)
    }
    if now - lastTitle.at >= 1_000_000_000 { updateTitle(now) }
  }

  private var content: TextPicture.Content? {
    guard let vga, let memory else { return nil }
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

  private func updateTitle(_ now: Int64) {
    guard let machine else { return }
    let executed = machine.cpus.reduce(0 as UInt64) { $0 &+ $1.executed }
    let speed = Double(executed &- lastTitle.executed) * 1000 / Double(max(1, now - lastTitle.at))
    lastTitle = (now, executed)
    let state = machine.isRunning ? "\(Int(speed)) MIPS" : "paused"
    window.setTitle("\(title) - \(machine.board.name) - \(state)")
  }
}
