/// The form of PAGES: what bounds it, and what its header's checksum covers.
package enum PageTable {
  /// Bytes before the table.
  static let headSize = 8
  /// Bytes of an entry.
  static let entrySize = 16
  /// The most entries.
  static let maximumEntries = 4096
  /// The most data, in pages.
  static let maximumPages = 256
  static let pageSize = 4096
  /// The longest payload.
  static let limit = headSize + maximumEntries * entrySize + maximumPages * pageSize

  /// Forms of a page.
  enum Form: UInt8 {
    case zeros
    case plain
    case difference
  }

  /// How many bytes of data the entries of `table` have.
  static func dataSize(_ table: UnsafeRawBufferPointer) throws(MigrationError) -> Int {
    var size = 0
    for entry in stride(from: headSize, to: table.count, by: entrySize) {
      size += Int(UInt16(littleEndian: table.loadUnaligned(fromByteOffset: entry + 4, as: UInt16.self)))
    }
    guard size <= maximumPages * pageSize else { throw MigrationError("PACKED with \(size) bytes of data") }
    return size
  }

  /// The head and the table of `payload`.
  package static func covered(_ payload: UnsafeRawBufferPointer) throws(MigrationError) -> UnsafeRawBufferPointer {
    guard payload.count >= headSize else { throw MigrationError("PAGES with \(payload.count) bytes") }
    let count = Int(UInt32(littleEndian: payload.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
    guard (1...maximumEntries).contains(count), payload.count >= headSize + count * entrySize else {
      throw MigrationError("PAGES with \(count) entries in \(payload.count) bytes")
    }
    return UnsafeRawBufferPointer(rebasing: payload[..<(headSize + count * entrySize)])
  }
}
