/// Bytes put together, numbers in little-endian order.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func add(_ more: [UInt8]) { bytes += more }

  /// `text` in a field of `width` bytes, zeros behind it. It fits.
  mutating func add(_ text: String, width: Int) {
    let utf8 = Array(text.utf8)
    precondition(utf8.count <= width, "\(text) does not fit \(width) bytes")
    bytes += utf8
    pad(to: bytes.count + width - utf8.count)
  }

  /// Zeros up to `count` bytes in all.
  mutating func pad(to count: Int) {
    precondition(count >= bytes.count, "\(bytes.count) bytes are more than \(count)")
    bytes.append(contentsOf: repeatElement(0, count: count - bytes.count))
  }
}
