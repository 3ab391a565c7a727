import Boards
import DeviceModel
import Host

/// Pictures.
extension Control {
  /// Forms of picture files.
  public enum PictureFormat: String, Sendable, CaseIterable { case ppm, png }

  /// Writes what the machine shows to the file at `path`.
  public func screendump(to path: String, as format: PictureFormat = .ppm) throws(CommandError) {
    guard let picture = host.makePicture() else {
      throw CommandError("The board \(machine.board.name) has no display")
    }
    // In the half of the blinking in which the cursor shows.
    _ = picture.update(0)
    let file =
      switch format {
      case .png: PNG.encode(picture.pixels, width: picture.width, height: picture.height)
      case .ppm: PPM.encode(picture.pixels, width: picture.width, height: picture.height)
      }
    do throws(HostError) {
      try HostFile.write(file, to: path, what: "picture")
    } catch {
      throw CommandError("\(error)")
    }
  }
}
