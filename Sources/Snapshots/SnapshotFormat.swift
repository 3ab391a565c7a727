/// The numbers of the format; Format.md says what they mean.
public enum SnapshotFormat {
  /// What a name of a snapshot file ends with.
  public static let suffix = ".ferry"
  /// The first bytes: not ASCII, and damaged by whatever damages line ends.
  public static let magic: [UInt8] = [0x89, 0x46, 0x52, 0x59, 0x0d, 0x0a, 0x1a, 0x0a]
  /// The version that is written.
  public static let version: UInt32 = 1
  /// The oldest reader that can read what is written.
  public static let oldestReader: UInt32 = 1
  /// Bytes in a page.
  public static let pageSize = 4096
  /// Bytes in a chunk: what has a checksum, and is compressed, of its own.
  public static let chunkSize = 1 << 16
  /// Pages in a chunk, and bits in the mask of a chunk's stored pages.
  static let chunkPages = chunkSize / pageSize
  /// The longest comment, in bytes of UTF-8.
  public static let commentLimit = 4096
  /// The largest thumbnail, in bytes.
  public static let thumbnailLimit = 1 << 16
  /// The most of the console, in bytes of UTF-8.
  public static let consoleLimit = 1 << 14
  /// The most sections.
  public static let sectionLimit = 4096
  /// The longest section other than tables and data, in bytes.
  static let sectionSizeLimit = 64 << 20
  /// The longest text of a board, in bytes.
  static let boardLimit = 1 << 20
  /// The most memory in all blocks together, in bytes.
  public static let memoryLimit = 1 << 38
  /// The largest disk, in bytes.
  public static let diskLimit = 1 << 46
  /// The longest table of what a disk has over its image, in bytes: over a tebibyte of it.
  static let diskTableLimit = 512 << 20
  /// How many bases may lie below a file.
  public static let chainLimit = 64
  /// The longest hint at a base's name, in bytes.
  static let hintLimit = 4096

  static let producerOffset = 80
  static let boardOffset = 144
  static let textWidth = 64
  static let boardWidth = 128
  static let lengthsOffset = 272
  static let directoryOffset = 512
  static let entrySize = 176
  static let nameWidth = 128
  static let tableEntrySize = 24
  static let diskEntrySize = 24

  /// How many chunks `size` bytes of memory have.
  static func chunks(in size: Int) -> Int { (size + chunkSize - 1) / chunkSize }

  /// Bytes of the last or any other chunk of a block of `size` bytes.
  static func chunkLength(_ index: Int, in size: Int) -> Int { min(chunkSize, size - index * chunkSize) }

  static func roundedUp(_ value: Int, to unit: Int) -> Int { (value + unit - 1) / unit * unit }
}
