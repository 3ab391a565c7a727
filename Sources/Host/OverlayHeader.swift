import Glibc

/// The beginning of an overlay's file: what it lies over. All numbers are little endian.
struct OverlayHeader: Equatable {
  /// Bytes of it in the file.
  static let size = 4096
  /// Bytes that are in the overlay, or in its base, together.
  static let blockSize = 4096
  private static let magic = Array("FERRYOVL".utf8)
  private static let version: UInt64 = 1

  /// Where its position is: 8 bytes that change when what is over the base does, see `DiskIdentity`. Files of programs that
  /// know of none have 0 there.
  static let positionOffset = 4088

  /// Bytes of the disk, which is as large as its base.
  var diskSize: Int64
  /// When the base was changed last, in nanoseconds since 1970.
  var baseTime: Int64
  /// A sum of the base's first blocks.
  var baseSum: UInt64
  /// The base's file, as an absolute path.
  var basePath: String

  /// How many blocks the disk has.
  var blocks: Int { Int((diskSize + Int64(Self.blockSize) - 1) / Int64(Self.blockSize)) }
  /// Where the bits are that say which blocks are in the overlay.
  var mapSize: Int { (blocks + 63) / 64 * 8 }
  /// Where the blocks themselves are; blocks that it does not have are holes there.
  var dataOffset: Int { (Self.size + mapSize + 0xffff) & ~0xffff }

  var bytes: [UInt8] {
    let path = Array(basePath.utf8)
    let numbers: [UInt64] = [
      Self.version, UInt64(bitPattern: diskSize), UInt64(bitPattern: baseTime), baseSum,
      UInt64(path.count),
    ]
    var bytes = Self.magic
    for number in numbers {
      for shift in stride(from: 0 as UInt64, to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: number >> shift))
      }
    }
    bytes += path
    return bytes + [UInt8](repeating: 0, count: Self.size - bytes.count)
  }

  /// The longest path that there is room for.
  static let pathLimit = 4000

  init(diskSize: Int64, baseTime: Int64, baseSum: UInt64, basePath: String) {
    self.diskSize = diskSize
    self.baseTime = baseTime
    self.baseSum = baseSum
    self.basePath = basePath
  }

  /// Nil when `bytes` are no overlay's, or a later version's.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.size, Array(bytes.prefix(8)) == Self.magic else { return nil }
    var numbers: [UInt64] = []
    for index in 0..<5 {
      let part: ArraySlice<UInt8> = bytes[8 + index * 8..<16 + index * 8]
      numbers.append(
        part.reversed().reduce(0 as UInt64) { (sum: UInt64, byte: UInt8) -> UInt64 in
          sum << 8 | UInt64(byte)
        })
    }
    guard numbers[0] == Self.version, let size = Int64(exactly: numbers[1]), size > 0,
      numbers[4] <= Self.pathLimit
    else { return nil }
    diskSize = size
    baseTime = Int64(bitPattern: numbers[2])
    baseSum = numbers[3]
    basePath = String(decoding: bytes[48..<48 + Int(numbers[4])], as: UTF8.self)
  }
}
