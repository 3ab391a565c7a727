import DeviceModel

/// A disk as the thread of a migration that copies it sees it.
struct DiskView: PageStore, @unchecked Sendable {
  let name: String
  let pageCount: Int
  /// Both sides' have to be the same.
  var label: String { "\(name) \(disk.size)" }
  private let disk: any BlockBackend

  /// The view of the drive `name`.
  init(_ name: String, _ disk: any BlockBackend) {
    self.name = "drive \(name)"
    self.disk = disk
    pageCount = Int((disk.size + Int64(PageTable.pageSize) - 1) / Int64(PageTable.pageSize))
  }

  /// The bytes of `pages`; the last page may reach beyond the disk.
  private func bytes(_ pages: Range<Int>) -> Range<Int64> {
    let size = Int64(PageTable.pageSize)
    return min(Int64(pages.lowerBound) * size, disk.size)..<min(Int64(pages.upperBound) * size, disk.size)
  }

  func bytes(of page: Int, scratch: UnsafeMutableRawPointer) throws(MigrationError) -> UnsafeRawPointer {
    let place = bytes(page..<page + 1)
    scratch.initializeMemory(as: UInt8.self, repeating: 0, count: PageTable.pageSize)
    guard
      disk.read(at: place.lowerBound, into: UnsafeMutableRawBufferPointer(start: scratch, count: place.count)) == .done
    else { throw MigrationError("\(name) cannot be read at \(place.lowerBound)") }
    return UnsafeRawPointer(scratch)
  }

  func put(_ page: Int, _ bytes: UnsafeRawBufferPointer) throws(MigrationError) {
    let place = self.bytes(page..<page + bytes.count / PageTable.pageSize)
    let result = disk.write(at: place.lowerBound, from: UnsafeRawBufferPointer(rebasing: bytes[..<place.count]))
    guard result == .done else { throw MigrationError("\(name) cannot be written at \(place.lowerBound): \(result)") }
  }

  func clear(_ pages: Range<Int>) throws(MigrationError) {
    let place = bytes(pages)
    let result = disk.clear(at: place.lowerBound, count: Int64(place.count))
    guard result == .done else { throw MigrationError("\(name) cannot be cleared: \(result)") }
  }
}
