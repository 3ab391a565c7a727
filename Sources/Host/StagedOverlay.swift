import DeviceModel
import Glibc

/// An overlay's next file, written beside it: what it has now stays until `commit`.
final class StagedOverlay: StagedDelta {
  private let disk: OverlayDisk
  private let position: UInt64
  private let file: OverlayFile
  /// The name that it has until it takes the overlay's, and that.
  private var path: String?
  private let finalPath: String
  private var map: [UInt64]

  /// Nil where the host has no room for a file.
  init?(_ disk: OverlayDisk, position: UInt64) {
    self.disk = disk
    self.position = position
    map = [UInt64](repeating: 0, count: disk.map.count)
    var made: Int32
    let real = realpath(disk.path, nil)
    defer { free(real) }
    finalPath = real.map { String(cString: $0) } ?? disk.path
    if disk.isNamed {
      // Beside the other: it takes its name, not its place on another file system.
      var template = Array("\(finalPath).XXXXXX".utf8CString)
      made = mkstemp(&template)
      guard made >= 0 else { return nil }
      path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
      _ = fcntl(made, F_SETFD, FD_CLOEXEC)
      // Whose it is and who may read it stays, as far as this process may say so.
      var status = stat()
      if stat(finalPath, &status) == 0 {
        fchmod(made, status.st_mode & 0o777)
        _ = fchown(made, status.st_uid, status.st_gid)
      }
    } else {
      made = OverlayFile.makeUnnamed()
      guard made >= 0 else { return nil }
    }
    file = OverlayFile(made)
    let isMade =
      ftruncate(made, disk.header.dataOffset + Int(disk.size)) == 0 && flock(made, LOCK_EX | LOCK_NB) == 0
      && disk.header.bytes.withUnsafeBytes { FileBytes.write(made, at: 0, from: $0) } == .done
    guard isMade else {
      if let path { unlink(path) }
      return nil
    }
  }

  /// The name shall lead to the new file also after a crash of the host.
  private func syncFolder() {
    let slash = finalPath.lastIndex(of: "/") ?? finalPath.startIndex
    let folder = open(String(finalPath[...slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
  }

  deinit { if let path { unlink(path) } }

  func put(chunk index: Int, blocks: UInt16, from source: UnsafeRawBufferPointer) -> BlockResult {
    let size = OverlayHeader.blockSize
    for number in 0..<16 where blocks >> UInt16(number) & 1 != 0 {
      let block = index * 16 + number
      let place = Int64(block) * Int64(size)
      guard place < disk.size else { return .outOfRange }
      let count = Int(min(Int64(size), disk.size - place))
      let bytes = UnsafeRawBufferPointer(rebasing: source[number * size..<number * size + count])
      let result = FileBytes.write(file.descriptor, at: disk.header.dataOffset + Int(place), from: bytes)
      guard result == .done else { return result }
      map[block >> 6] |= 1 << UInt64(block & 63)
    }
    return .done
  }

  func prepare() -> BlockResult {
    guard disk.isNamed else { return .done }
    guard fdatasync(file.descriptor) == 0 else { return .failed }
    let isWritten = map.withUnsafeBytes { FileBytes.write(file.descriptor, at: OverlayHeader.size, from: $0) }
    let isPlaced = withUnsafeBytes(of: position) {
      FileBytes.write(file.descriptor, at: OverlayHeader.positionOffset, from: $0)
    }
    guard isWritten == .done, isPlaced == .done, fsync(file.descriptor) == 0 else { return .failed }
    return .done
  }

  func commit() {
    if let path {
      // Its folder has just had a file made in it, so that this is not refused but by somebody who is busy in there.
      if rename(path, finalPath) == 0 {
        syncFolder()
      } else {
        StandardError.write(
          "ferry: \(finalPath) stays as it was (\(String(cString: strerror(errno)))): what the disk has now is in \(path)\n"
        )
      }
      self.path = nil
    }
    disk.adopt(file, map, position: position)
  }
}
