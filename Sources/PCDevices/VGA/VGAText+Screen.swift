import Bits
public import GuestMemory

extension VGAText {
  /// Columns, 1 to 256.
  public var columns: Int { Int(state.crtc[1]) + 1 }

  /// Scan lines of a character, 1 to 32.
  public var cellHeight: Int { Int(state.crtc[9] & 0x1f) + 1 }

  /// Rows of characters that fit into the picture, 1 to 128.
  public var rows: Int {
    let overflow = state.crtc[7]
    let lines = Int(state.crtc[0x12]) + (overflow.bit(1) ? 0x100 : 0) + (overflow.bit(6) ? 0x200 : 0) + 1
    return min(128, max(1, lines / cellHeight))
  }

  /// The first character on the screen, counted in characters from the start of the memory.
  public var startAddress: Int { Int(state.crtc[0xc]) << 8 | Int(state.crtc[0xd]) }

  /// Where the cursor is; nil while it is off or not on the screen.
  public var cursor: (column: Int, row: Int)? {
    guard !state.crtc[0xa].bit(5), state.crtc[0xa] & 0x1f <= state.crtc[0xb] & 0x1f else { return nil }
    let place = (Int(state.crtc[0xe]) << 8 | Int(state.crtc[0xf])) - startAddress
    guard place >= 0, place < columns * rows else { return nil }
    return (place % columns, place / columns)
  }

  /// The scan lines of a character that the cursor covers.
  public var cursorLines: ClosedRange<Int> {
    let first = Int(state.crtc[0xa] & 0x1f)
    return first...max(first, Int(state.crtc[0xb] & 0x1f))
  }

  /// Whether bit 7 of an attribute makes a character blink instead of brightening its background.
  public var blinks: Bool { state.attribute[0x10].bit(3) }

  /// Red, green and blue, 0 to 255 each, of attribute colour `colour`, 0 to 15.
  public func colour(_ colour: UInt8) -> (red: UInt8, green: UInt8, blue: UInt8) {
    let index = Int(state.attribute[Int(colour & 15)] & 0x3f & state.dacMask) * 3
    func wide(_ value: UInt8) -> UInt8 { value << 2 | value >> 4 }
    return (wide(state.palette[index]), wide(state.palette[index + 1]), wide(state.palette[index + 2]))
  }

  /// Character and attribute at a place on the screen, from the block that the board mapped at 0xb8000.
  public func cell(column: Int, row: Int, in memory: RAMBlock) -> (character: UInt8, attribute: UInt8) {
    let offset = ((startAddress &+ row &* columns &+ column) &* 2) & (Self.memorySize - 2)
    guard offset >= 0, offset + 1 < memory.size, let cell = memory.readable(offset, count: 2) else { return (0, 0) }
    return (cell.load(as: UInt8.self), cell.load(fromByteOffset: 1, as: UInt8.self))
  }

  /// The screen's characters as text, a line a row without the blanks at its end; for people and tests.
  public func text(in memory: RAMBlock) -> [String] {
    (0..<rows).map { row in
      var line = (0..<columns).map { cell(column: $0, row: row, in: memory).character }
      while let last = line.last, last == 0 || last == 0x20 { line.removeLast() }
      return String(line.map { (0x20..<0x7f).contains($0) ? Character(UnicodeScalar($0)) : " " })
    }
  }
}
