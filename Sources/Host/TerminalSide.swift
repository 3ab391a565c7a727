/// Who shares the terminal with the serial port: Ctrl-A c turns from one to the other.
public protocol TerminalSide: AnyObject {
  /// What was typed while the terminal was turned to it.
  func received(_ bytes: [UInt8])
  /// Whether it takes more just now; what is typed waits meanwhile.
  var hasRoom: Bool { get }
  /// The terminal has just been turned to it.
  func gained()
}
