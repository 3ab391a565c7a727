import Boards
import DeviceModel
import Host
import Peripherals

/// The disks of a run.
enum Drives {
  /// Opens every drive; the disks by the names that boards and devices use for them. A drive without a name of its
  /// own in the SD slot is found there only. With `isWaiting` another process has them still.
  static func open(
    _ drives: [DriveOption], on board: BoardDescription, isWaiting: Bool = false
  ) throws -> [String: any HostSide] {
    var disks: [String: any HostSide] = [:]
    for drive in drives {
      if drive.slot == .sd, !board.devices.contains(where: { $0.backends.values.contains(DriveOption.sdSlot) }) {
        throw OptionError("\(board.name) has no SD slot for -drive if=sd")
      }
      guard disks[drive.id] == nil else { throw OptionError("-drive id=\(drive.id) is given twice") }
      if drive.slot == .sd, disks[DriveOption.sdSlot] != nil {
        throw OptionError("-drive if=sd is given twice, and there is one SD slot")
      }
      let disk = try drive.open(isWaiting: isWaiting)
      if drive.slot == .sd, SDCard.capacity(of: disk.size) != disk.size {
        let unit = SDCard.unit(for: disk.size) >> 10
        throw HostError(
          "drive \(drive.id): \(drive.path): an SD card of this size has a multiple of \(unit) KiB; "
            + "truncate -s %\(unit)K rounds the image up")
      }
      disks[drive.id] = disk
      if drive.slot == .sd { disks[DriveOption.sdSlot] = disk }
    }
    return disks
  }
}
