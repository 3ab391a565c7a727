/// Keys that are the window's own while Control and Alt are down.
public enum HotKey: Hashable, Sendable {
  /// Takes the host's mouse for the guest, or gives it back.
  case grab
  case fullScreen
  /// A window as large as the picture, times the scale that was asked for.
  case naturalSize
  /// Stops the guest, or lets it run on.
  case pause
  /// Asks for a slot to save to, or to load from.
  case save, load
  case screenshot
  /// Types the clipboard.
  case paste
  case help
  /// Shows the display of that number, from 1.
  case display(Int)

  /// A key, by its USB usage, and what it is for.
  private static let rows: [(usage: Int, key: HotKey, name: String, what: String)] = [
    (10, .grab, "G", "mouse to the guest, or back"), (9, .fullScreen, "F", "full screen, or a window again"),
    (24, .naturalSize, "U", "the picture's own size"), (19, .pause, "P", "stop the guest, or let it run on"),
    (22, .save, "S", "save to a slot"), (15, .load, "L", "load from a slot"),
    (12, .screenshot, "I", "write the picture to a PNG file"), (25, .paste, "V", "type the clipboard's text"),
    (11, .help, "H", "this list"),
  ]

  /// The hot key at a USB usage.
  static func at(_ usage: Int) -> HotKey? {
    if (30...38).contains(usage) { return .display(usage - 29) }
    return rows.first { $0.usage == usage }?.key
  }

  /// A line for each of them.
  public static var list: [String] {
    rows.map { "Ctrl-Alt-\($0.name)      \($0.what)" } + ["Ctrl-Alt-1 to 9  another display of the machine"]
  }
}
