import Boards
import DeviceModel
import Host

/// Takes the machine's picture whenever it has changed, at most 60 times in a second of the guest's time, into a file.
final class Recorder {
  private static let frame: Int64 = 16_666_667
  /// A guest whose time stands still has its last picture taken after that much of the host's, in nanoseconds.
  private static let patience: Int64 = 100_000_000
  private let machine: Machine
  private let picture: any Picture
  private let recording: Recording
  private var last: (guest: Int64, host: Int64)?
  private var executed: UInt64?

  /// - Throws: `OptionError` when the machine shows nothing, `HostError` when the file cannot be made.
  init(_ path: String, of machine: Machine) throws {
    guard let picture = machine.makePicture() else {
      throw OptionError("\(machine.board.name) has no display for -display record=\(path)")
    }
    self.machine = machine
    self.picture = picture
    recording = try Recording(path)
  }

  /// Nanoseconds until there may be something new to take; nil for never, if nothing happens before.
  func untilUpdate(_ now: Int64) -> Int64? {
    guard executed != machine.executed else { return nil }
    return last.map { max(0, $0.host + Self.patience - now) } ?? 0
  }

  /// Takes the picture, when it is time for it; `now` is the host's.
  func update(_ now: Int64) {
    let guest = machine.clock.now
    // A guest's clock goes back when another state is loaded.
    if let last, guest >= last.guest, guest - last.guest < Self.frame, now - last.host < Self.patience { return }
    guard executed != machine.executed, recording.hasRoom else { return }
    executed = machine.executed
    last = (guest, now)
    // Nothing blinks: a frame that says nothing new would come every quarter of a second.
    guard picture.update(0) else { return }
    recording.add(picture.pixels, width: picture.width, height: picture.height, at: guest)
  }

  /// Takes the last picture, and ends the file.
  func finish() throws(HostError) {
    if picture.update(0) {
      recording.add(picture.pixels, width: picture.width, height: picture.height, at: machine.clock.now)
    }
    try recording.finish(at: machine.clock.now)
  }
}
