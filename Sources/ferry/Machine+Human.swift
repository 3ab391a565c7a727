import Boards
import DeviceModel

/// What somebody in front of the machine sees and touches.
extension Machine {
  /// What the first device that shows something shows; nil when there is none.
  func makePicture() -> (any Picture)? {
    for (_, device) in devices { if let source = device as? any PictureSource { return source.makePicture() } }
    return nil
  }
}
