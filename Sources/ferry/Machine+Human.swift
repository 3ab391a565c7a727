import Boards
import DeviceModel

/// What somebody in front of the machine sees and touches.
extension Machine {
  /// What the first device that shows something shows; nil when there is none.
  func makePicture() -> (any Picture)? { displays.first?.source.makePicture() }

  /// Instructions that all CPUs have executed since power on.
  var executed: UInt64 { cpus.reduce(0) { $0 &+ $1.executed } }
}
