import Boards
import DeviceModel
import Host

/// Pictures.
extension Control {
  /// Forms of picture files.
  public enum PictureFormat: String, Sendable, CaseIterable { case ppm, png }

  /// Writes what `device` shows, or else the machine's first display, to the file at `path`.
  public func screendump(to path: String, of device: String? = nil, as format: PictureFormat = .ppm)
    throws(CommandError)
  {
    let picture = try picture(of: device)
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

  /// What `device` shows, or else the machine's first display.
  func picture(of device: String? = nil) throws(CommandError) -> any Picture {
    guard let device else {
      if let picture = host.makePicture() { return picture }
      throw CommandError("The board \(machine.board.name) has no display")
    }
    let displays = machine.displays
    if let display = displays.first(where: { $0.name == device }) { return display.source.makePicture() }
    let names = displays.map(\.name).joined(separator: ", ")
    throw CommandError(
      .deviceNotFound,
      "The board \(machine.board.name) has no display '\(device)'\(names.isEmpty ? "" : ", but \(names)")")
  }
}
