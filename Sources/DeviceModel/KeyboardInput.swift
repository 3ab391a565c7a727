/// A device that a host's keys can be handed to, whatever chip it is.
public protocol KeyboardInput: AnyObject {
  /// Whether there is a keyboard behind it; a chip may have something else plugged in.
  var isKeyboard: Bool { get }
  /// A key goes down or up: its make code in scan-code set 1, with 0xe0 in the high byte for keys that have the
  /// prefix.
  func key(_ key: UInt16, down: Bool)
}
