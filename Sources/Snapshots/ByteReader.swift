/// Little-endian numbers and texts out of bytes that nobody has checked yet.
struct ByteReader {
  let bytes: [UInt8]

  /// The number at `offset`; nil beyond the end.
  func number<T: FixedWidthInteger>(_ offset: Int, as _: T.Type = T.self) -> T? {
    guard offset >= 0, offset <= bytes.count - MemoryLayout<T>.size else { return nil }
    return bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
  }

  /// `count` bytes from `offset` on; nil beyond the end.
  func slice(_ offset: Int, _ count: Int) -> [UInt8]? {
    guard offset >= 0, count >= 0, count <= bytes.count, offset <= bytes.count - count else { return nil }
    return Array(bytes[offset..<offset + count])
  }

  /// The text in a field of `width` bytes; nil when it is no UTF-8, or something follows its end.
  func text(_ offset: Int, width: Int) -> String? {
    guard let field = slice(offset, width) else { return nil }
    let end = field.firstIndex(of: 0) ?? width
    guard field[end...].allSatisfy({ $0 == 0 }) else { return nil }
    return String(validating: field[..<end], as: UTF8.self)
  }
}
