/// A device that a host's mouse can be handed to, whatever chip it is.
public protocol PointerInput: AnyObject {
  /// Whether there is a mouse behind it; a chip may have something else plugged in.
  var isPointer: Bool { get }
  /// The mouse moves right by `dx` and down by `dy`, its wheel towards the user by `dz`, in counts; `buttons` are
  /// down: left, right, middle, fourth and fifth from bit 0 up.
  func move(dx: Int32, dy: Int32, dz: Int32, buttons: UInt8)
}

extension PointerInput {
  /// The mouse moves without its wheel.
  public func move(dx: Int32, dy: Int32, buttons: UInt8) { move(dx: dx, dy: dy, dz: 0, buttons: buttons) }
}
