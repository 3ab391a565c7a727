import Boards
import DeviceModel

/// What somebody in front of the machine sees and touches.
extension Machine {
  /// What the devices that show something show, by their names.
  func makePictures() -> [(name: String, picture: any Picture)] {
    devices.compactMap { name, device in (device as? any PictureSource).map { (name, $0.makePicture()) } }
  }

  /// What the first device that shows something shows; nil when there is none.
  func makePicture() -> (any Picture)? { makePictures().first?.picture }

  /// Instructions that all CPUs have executed since power on.
  var executed: UInt64 { cpus.reduce(0) { $0 &+ $1.executed } }
}
