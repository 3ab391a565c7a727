/// What happened to a window.
public enum WindowEvent: Equatable, Sendable {
  /// A key went down or up: its make code in scan-code set 1, with 0xe0 in the high byte for those that have the
  /// prefix.
  case key(UInt16, isDown: Bool)
  /// The user closed it.
  case close
  /// It must be drawn again.
  case exposed
}
