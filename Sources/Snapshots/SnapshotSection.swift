/// An entry of a file's directory: a part of the file with a checksum of its own.
public struct SnapshotSection: Sendable, Equatable {
  /// What a section holds.
  public enum Kind: UInt32, Sendable, CaseIterable {
    /// The canonical text of the board, UTF-8.
    case board = 1
    /// How the board is equipped: a state node in DER.
    case setup
    /// The host resources that the machine uses: a state node in DER.
    case slots
    /// One node of the state tree, without the nodes below it, in DER; the name is its path.
    case node
    /// The chunks of a block of memory; the name is the block's.
    case memory
    /// What the file's RAM is the difference to: the root of the base, and where it may be.
    case base
    /// The chunks themselves. Their checksums are in the tables of `memory`.
    case data
    /// The table of what a disk has over its image; the name is that of the device it is plugged into.
    case disk
    /// The blocks of that. Their checksums are in the table.
    case diskData
  }

  /// What it holds; nil for a kind that this reader does not know.
  public var kind: Kind? { Kind(rawValue: rawKind) }
  /// The kind's number.
  public let rawKind: UInt32
  /// The name, among sections of its kind.
  public let name: String
  /// A reader that does not know the kind must refuse the file.
  public let mustUnderstand: Bool
  /// The block is one that the guest cannot write.
  public let isReadOnly: Bool
  /// Where it begins in the file.
  public let offset: Int
  /// Bytes.
  public let length: Int
  /// XXH64 of its bytes; 0 for `data` and `diskData`.
  public var checksum: UInt64
  /// For `memory`: bytes of the block; for `disk`: bytes of the disk.
  public let blockSize: Int
  /// For `memory` whose chunks are not compressed: where in the file the block's first byte has its place.
  public let blockOffset: Int

  init(
    _ kind: Kind, name: String = "", offset: Int = 0, length: Int, checksum: UInt64 = 0, blockSize: Int = 0,
    blockOffset: Int = 0, isReadOnly: Bool = false
  ) {
    rawKind = kind.rawValue
    self.name = name
    mustUnderstand = true
    self.isReadOnly = isReadOnly
    self.offset = offset
    self.length = length
    self.checksum = checksum
    self.blockSize = blockSize
    self.blockOffset = blockOffset
  }

  /// The same at another place.
  func at(_ offset: Int) -> SnapshotSection {
    SnapshotSection(
      kind ?? .data, name: name, offset: offset, length: length, checksum: checksum, blockSize: blockSize,
      blockOffset: blockOffset, isReadOnly: isReadOnly)
  }

  /// Where it ends.
  var end: Int { offset + length }

  /// What messages call it.
  public var place: String {
    let kind = kind.map { "\($0)" } ?? "of unknown kind \(rawKind)"
    return "section \(kind)" + (name.isEmpty ? "" : " \(name)")
  }

  // MARK: Bytes

  func write(to bytes: inout ByteWriter) {
    let end = bytes.bytes.count + SnapshotFormat.entrySize
    bytes.add(rawKind)
    bytes.add(UInt32((mustUnderstand ? 1 : 0) | (isReadOnly ? 2 : 0)))
    for number in [offset, length] { bytes.add(UInt64(number)) }
    bytes.add(checksum)
    for number in [blockSize, blockOffset] { bytes.add(UInt64(number)) }
    bytes.add(name, width: SnapshotFormat.nameWidth)
    precondition(bytes.bytes.count == end)
  }

  /// The entry at `at`; nil when a number is beyond any file or the name is no text.
  init?(_ reader: ByteReader, at: Int) {
    func number(_ offset: Int) -> Int? {
      guard let value: UInt64 = reader.number(at + offset), value < 1 << 62 else { return nil }
      return Int(value)
    }
    guard let kind: UInt32 = reader.number(at), let flags: UInt32 = reader.number(at + 4), flags & ~3 == 0,
      let offset = number(8), let length = number(16), let checksum: UInt64 = reader.number(at + 24),
      let blockSize = number(32), let blockOffset = number(40),
      let name = reader.text(at + 48, width: SnapshotFormat.nameWidth)
    else { return nil }
    rawKind = kind
    mustUnderstand = flags & 1 != 0
    isReadOnly = flags & 2 != 0
    self.offset = offset
    self.length = length
    self.checksum = checksum
    self.blockSize = blockSize
    self.blockOffset = blockOffset
    self.name = name
  }
}
