/// Bytes that grow at the end, for writing tables.
struct ByteBuffer {
  var bytes: [UInt8] = []

  var count: Int { bytes.count }

  init() {}

  /// `count` zeros.
  init(zeros count: Int) { bytes = [UInt8](repeating: 0, count: count) }

  /// Appends a number, little endian.
  mutating func put<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func put(_ more: [UInt8]) { bytes += more }

  /// Appends ASCII text, cut or filled with `filler` to `count` bytes.
  mutating func put(_ text: String, count: Int, filler: UInt8 = 0) {
    let cut = text.utf8.prefix(count)
    bytes += cut
    bytes += [UInt8](repeating: filler, count: count - cut.count)
  }

  mutating func zeros(_ count: Int) { bytes += [UInt8](repeating: 0, count: count) }

  /// Appends zeros up to a multiple of `alignment`.
  mutating func align(_ alignment: Int) { zeros((alignment - count % alignment) % alignment) }

  /// Overwrites bytes at `offset` with a number, little endian.
  mutating func set<T: FixedWidthInteger>(_ value: T, at offset: Int) {
    withUnsafeBytes(of: value.littleEndian) { source in
      for (index, byte) in source.enumerated() { bytes[offset + index] = byte }
    }
  }

  /// The little-endian number of `size` bytes at `offset`.
  func number(at offset: Int, _ size: Int) -> UInt64 {
    (0..<size).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64($1 * 8) }
  }

  /// The byte that makes the sum of `range` zero.
  func checksum(_ range: Range<Int>) -> UInt8 { 0 &- bytes[range].reduce(0, &+) }
}
