/// How a guest can have the host's mouse.
public enum SharedPointer: Sendable {
  /// It has none.
  case none
  /// It hears how far the mouse moves: the window holds it as long as the guest has it.
  case relative
  /// It hears where the mouse is: nobody has to hold it.
  case absolute
}
