/// The configuration space of a block device (Virtual I/O Device 1.2, 5.2.4), little endian.
struct BlockConfiguration {
  /// The offset of `writeback`, the one member that a driver writes.
  static let writebackOffset = 32
  /// The most sectors of one discarding or zeroing request: 64 MiB, for a host whose files have no holes.
  static let clearLimit: UInt32 = 1 << 17
  /// The most buffers of one request.
  static let segments: UInt32 = 126

  /// Sectors of 512 bytes.
  var capacity: UInt64
  var blockSize: UInt32
  var physicalBlockSize: UInt32
  var writeback: Bool
  var queues: UInt16

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    func put<T: FixedWidthInteger>(_ value: T) {
      for byte in 0..<T.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: value >> T(byte * 8))) }
    }
    put(capacity)
    put(0 as UInt32)
    put(Self.segments)
    put(cylinders)
    put(16 as UInt8)
    put(63 as UInt8)
    put(blockSize)
    // How many logical blocks a physical one has, as a power of 2; nothing of alignment and of preferred sizes.
    put(UInt8(truncatingIfNeeded: physicalBlockSize.trailingZeroBitCount - blockSize.trailingZeroBitCount))
    put(0 as UInt8)
    put(1 as UInt16)
    put(0 as UInt32)
    put(writeback ? 1 as UInt8 : 0)
    put(0 as UInt8)
    put(queues)
    for _ in 0..<2 {
      put(Self.clearLimit)
      put(1 as UInt32)
      // Of discarding its alignment in sectors, of zeroing that it may make holes.
      put(bytes.count == 44 ? blockSize / 512 : 1)
    }
    return bytes
  }

  /// As a disk of 16 heads and 63 sectors has them.
  private var cylinders: UInt16 { UInt16(clamping: capacity / (16 * 63)) }
}
