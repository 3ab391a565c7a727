/// What happened to a window.
public enum WindowEvent: Equatable, Sendable {
  /// A key went down or up: its make code in scan-code set 1, with 0xe0 in the high byte for those that have the
  /// prefix.
  case key(UInt16, isDown: Bool)
  /// The mouse, while the guest has it, moved right by `dx` and down by `dy`, its wheel towards the user by `dz`;
  /// `buttons` are down: left, right, middle, fourth, fifth from bit 0 up.
  case pointer(dx: Int32, dy: Int32, dz: Int32, buttons: UInt8)
  /// The guest has got the mouse, or lost it.
  case grab(Bool)
  /// The user closed it.
  case close
  /// It must be drawn again.
  case exposed
}
