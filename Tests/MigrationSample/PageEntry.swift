/// An entry of the table of PAGES, as its numbers are, and its data.
package struct PageEntry {
  package var page: UInt32
  package var size: UInt16
  package var form: UInt8
  package var pad: UInt8 = 0
  package var checksum: UInt64
  package var data: [UInt8]

  /// An entry, whether it makes sense or not.
  package init(page: UInt32, size: UInt16, form: UInt8, checksum: UInt64, data: [UInt8] = []) {
    self.page = page
    self.size = size
    self.form = form
    self.checksum = checksum
    self.data = data
  }

  /// The head of PAGES of `block`, and the table of `entries`.
  package static func table(_ block: UInt32, _ entries: [Self]) -> [UInt8] {
    var bytes: [UInt8] = []
    func add(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += Array($0) } }
    add(block)
    add(UInt32(entries.count))
    for entry in entries {
      add(entry.page)
      add(entry.size)
      add(entry.form)
      add(entry.pad)
      add(entry.checksum)
    }
    return bytes
  }
}
