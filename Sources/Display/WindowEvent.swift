public import DeviceModel

/// What happened to a window.
public enum WindowEvent: Equatable, Sendable {
  /// A key went down or up: its make code in scan-code set 1, with 0xe0 in the high byte for those that have the
  /// prefix.
  case key(UInt16, isDown: Bool)
  /// The mouse, while the guest has it, moved right by `dx` and down by `dy`, its wheel towards the user by `dz`;
  /// `buttons` are down: left, right, middle, fourth, fifth from bit 0 up.
  case pointer(dx: Int32, dy: Int32, dz: Int32, buttons: UInt8)
  /// The mouse is at that place of the picture, or at the nearest, where nobody holds it; wheel and buttons as above.
  case point(PointerPlace, dz: Int32, buttons: UInt8)
  /// The guest has got the mouse, or lost it.
  case grab(Bool)
  /// One of the window's own keys; the window does by itself what concerns it alone.
  case hotKey(HotKey)
  /// The slot, 0 to 9, that was chosen after `.hotKey(.save)` or `.load`; nil for none.
  case slot(HotKey, Int?)
  /// The clipboard's text is to be typed.
  case paste(String)
  /// The user has given the window room for a picture of so many dots.
  case resize(width: Int, height: Int)
  /// The user wants it closed.
  case close
}
