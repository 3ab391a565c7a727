/// A device that a host's mouse can be handed to, whatever chip it is.
public protocol PointerInput: AnyObject {
  /// Whether there is a mouse behind it; a chip may have something else plugged in.
  var isPointer: Bool { get }
  /// The mouse moves right by `dx` and down by `dy`, its wheel towards the user by `dz`, in counts; `buttons` are
  /// down: left, right, middle, fourth and fifth from bit 0 up.
  func move(dx: Int32, dy: Int32, dz: Int32, buttons: UInt8)
  /// Whether it is told where on the screen it is, not how far it has moved.
  var isAbsolute: Bool { get }
  /// It is at `place` now, or where it was; wheel and buttons are as in `move`. Only where `isAbsolute`.
  func point(_ place: PointerPlace?, dz: Int32, buttons: UInt8)
}

extension PointerInput {
  /// A mouse.
  public var isAbsolute: Bool { false }
  public func point(_ place: PointerPlace?, dz: Int32, buttons: UInt8) {
    move(dx: 0, dy: 0, dz: dz, buttons: buttons)
  }

  /// The mouse moves without its wheel.
  public func move(dx: Int32, dy: Int32, buttons: UInt8) { move(dx: dx, dy: dy, dz: 0, buttons: buttons) }
}
