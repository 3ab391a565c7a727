import Snapshots

/// The first bytes of a frame.
package struct FrameHeader: Equatable {
  /// Bytes of a header.
  package static let size = 16

  package let kind: FrameKind
  /// Bytes of the payload.
  let length: Int
  let checksum: UInt64

  /// The header of a frame whose checked part is `covered`.
  package init(_ kind: FrameKind, length: Int, covered: UnsafeRawBufferPointer) {
    self.kind = kind
    self.length = length
    checksum = Self.checksum(kind.rawValue, length, covered)
  }

  /// Reads a header, of which there are enough bytes; `allowed` are the kinds that may come now.
  init(_ bytes: UnsafeRawBufferPointer, allowed: Set<FrameKind>) throws(MigrationError) {
    let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    let length = Int(word & 0xffff_ffff)
    guard word >> 40 == 0, let kind = FrameKind(rawValue: UInt8(truncatingIfNeeded: word >> 32)) else {
      throw MigrationError("what came is no frame of a migration of Ferry")
    }
    guard allowed.contains(kind) else {
      let names = allowed.filter { $0 != .failed && $0 != .wait }.map(\.name).sorted().joined(separator: " or ")
      throw MigrationError("\(kind.name) came where \(names) was due")
    }
    guard length <= kind.limit else {
      throw MigrationError("\(kind.name) with \(length) bytes, more than \(kind.limit)")
    }
    self.kind = kind
    self.length = length
    checksum = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
  }

  /// Whether the checksum is that of `covered`.
  func fits(_ covered: UnsafeRawBufferPointer) -> Bool { checksum == Self.checksum(kind.rawValue, length, covered) }

  /// The header's bytes.
  package func write(to target: UnsafeMutableRawPointer) {
    target.storeBytes(of: Self.word(kind.rawValue, length).littleEndian, as: UInt64.self)
    target.storeBytes(of: checksum.littleEndian, toByteOffset: 8, as: UInt64.self)
  }

  private static func word(_ kind: UInt8, _ length: Int) -> UInt64 {
    UInt64(UInt32(truncatingIfNeeded: length)) | UInt64(kind) << 32
  }

  private static func checksum(_ kind: UInt8, _ length: Int, _ covered: UnsafeRawBufferPointer) -> UInt64 {
    let word = word(kind, length).littleEndian
    return withUnsafeBytes(of: word) { XXH64.hash($0) } ^ XXH64.hash(covered)
  }
}
