import Boards
import DeviceModel
import Host

/// The machine's picture in a PNG file, written at the end of the run and when SIGUSR2 arrives.
final class Screenshot {
  private let path: String
  private let picture: any Picture

  /// - Throws: `OptionError` when the machine shows nothing.
  init(_ path: String, of machine: Machine) throws(OptionError) {
    guard let picture = machine.makePicture() else {
      throw OptionError("\(machine.board.name) has no display for -display screenshot=\(path)")
    }
    self.path = path
    self.picture = picture
    Signals.catchPictureRequests()
  }

  func write() throws(HostError) {
    // In the half of the blinking in which the cursor shows.
    _ = picture.update(0)
    let file = PNG.encode(picture.pixels, width: picture.width, height: picture.height)
    try HostFile.write(file, to: path, what: "screenshot")
  }
}
