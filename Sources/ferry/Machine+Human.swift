import Boards
import DeviceModel
import PCDevices

/// What somebody in front of the machine sees and touches.
extension Machine {
  /// What the first device that shows something shows; nil when there is none.
  func makePicture() -> (any Picture)? {
    for (name, device) in devices {
      if let source = device as? any PictureSource { return source.makePicture() }
      if let vga = device as? VGAText, let memory = blocks["\(name).memory"] { return TextScreen(vga, memory: memory) }
    }
    return nil
  }
}
