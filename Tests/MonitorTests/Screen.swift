/// What a terminal of 80 columns shows of the bytes it is sent.
struct Screen {
  private(set) var lines: [String] = []
  /// The line with the cursor, as a person sees it, without spaces at its end.
  var line: String {
    var text = String(String.UnicodeScalarView(cells))
    while text.last == " " { text.removeLast() }
    return text
  }
  private(set) var column = 0
  private(set) var bells = 0
  private var cells: [Unicode.Scalar] = []

  init(_ bytes: [UInt8] = []) { show(bytes) }

  mutating func show(_ bytes: [UInt8]) {
    var scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
      switch scalar {
      case "\r": column = 0
      case "\n":
        lines.append(line)
        cells = []
      case "\u{8}": column -= 1
      case "\u{7}": bells += 1
      case "\u{1b}":
        precondition(scalars.popFirst() == "[")
        let digits = scalars.prefix { $0.properties.numericType != nil }
        scalars = scalars.dropFirst(digits.count)
        let count = Int(String(String.UnicodeScalarView(digits))) ?? 1
        switch scalars.popFirst() {
        case "K": cells = Array(cells.prefix(column))
        case "D": column -= count
        case "J":
          cells = []
          lines = []
        case "H": column = 0
        case let other: preconditionFailure("\(String(describing: other))")
        }
      default:
        while cells.count <= column { cells.append(" ") }
        cells[column] = scalar
        column += 1
      }
      precondition(column >= 0 && column < 80, "the cursor leaves the line")
    }
  }
}
