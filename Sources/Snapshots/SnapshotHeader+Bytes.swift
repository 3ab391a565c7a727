/// The header as bytes.
extension SnapshotHeader {
  func bytes(_ sections: [SnapshotSection]) -> [UInt8] {
    let length = length(sections: sections.count)
    var bytes = ByteWriter()
    bytes.add(SnapshotFormat.magic)
    for number in [version, oldestReader, UInt32(length), UInt32(sections.count)] { bytes.add(number) }
    bytes.add(wallTime)
    bytes.add(guestTime)
    bytes.add(UInt64(fileLength))
    bytes.add(root)
    bytes.add(UInt64(memorySize))
    for number in [UInt32(SnapshotFormat.pageSize), UInt32(SnapshotFormat.chunkSize), boardVersion, 0] {
      bytes.add(number)
    }
    bytes.add(producer, width: SnapshotFormat.textWidth)
    bytes.add(board, width: SnapshotFormat.boardWidth)
    for count in [comment.utf8.count, thumbnail.count, console.utf8.count] { bytes.add(UInt32(count)) }
    bytes.pad(to: SnapshotFormat.directoryOffset)
    for section in sections { section.write(to: &bytes) }
    bytes.add(Array(comment.utf8))
    bytes.add(thumbnail)
    bytes.add(Array(console.utf8))
    bytes.pad(to: length - 8)
    bytes.add(XXH64.hash(bytes.bytes))
    return bytes.bytes
  }

  /// How long the header is, from its first `SnapshotFormat.directoryOffset` bytes: the part that every reader
  /// understands, whatever the version.
  static func length(start: [UInt8]) throws(SnapshotFault) -> Int {
    let reader = ByteReader(bytes: start)
    guard start.starts(with: SnapshotFormat.magic) else {
      throw SnapshotFault("header", "the first bytes are not those of a snapshot")
    }
    guard let version: UInt32 = reader.number(8), let oldest: UInt32 = reader.number(12),
      let length: UInt32 = reader.number(16), let sections: UInt32 = reader.number(20)
    else { throw SnapshotFault("header", "the file ends in it") }
    guard oldest <= SnapshotFormat.version, oldest <= version, oldest > 0 else {
      throw SnapshotFault(
        "header",
        "format \(version) needs a reader of format \(oldest) or newer; this one reads up to "
          + "\(SnapshotFormat.version)")
    }
    guard sections <= SnapshotFormat.sectionLimit else {
      throw SnapshotFault("header", "\(sections) sections are more than \(SnapshotFormat.sectionLimit)")
    }
    let rest = SnapshotFormat.commentLimit + SnapshotFormat.thumbnailLimit + SnapshotFormat.consoleLimit
    let least = SnapshotFormat.directoryOffset + Int(sections) * SnapshotFormat.entrySize
    guard length % UInt32(SnapshotFormat.pageSize) == 0, Int(length) > least,
      Int(length) <= least + rest + SnapshotFormat.pageSize
    else { throw SnapshotFault("header", "\(length) bytes do not fit \(sections) sections") }
    return Int(length)
  }

  /// The header and the directory out of all of the header's bytes.
  static func read(_ bytes: [UInt8]) throws(SnapshotFault) -> (SnapshotHeader, [SnapshotSection]) {
    let reader = ByteReader(bytes: bytes)
    guard let stored: UInt64 = reader.number(bytes.count - 8) else {
      throw SnapshotFault("header", "the file ends in it")
    }
    let computed = bytes.withUnsafeBytes { XXH64.hash(UnsafeRawBufferPointer(rebasing: $0[..<($0.count - 8)])) }
    guard stored == computed else { throw .checksum("header", computed, stored) }

    var header = SnapshotHeader()
    func number<T: FixedWidthInteger>(_ offset: Int) -> T { reader.number(offset) ?? 0 }
    header.version = number(8)
    header.oldestReader = number(12)
    header.wallTime = number(24)
    header.guestTime = number(32)
    guard let length = Int(exactly: number(40) as UInt64), let size = Int(exactly: number(56) as UInt64),
      size <= SnapshotFormat.memoryLimit
    else { throw SnapshotFault("header", "its sizes are beyond what this reader takes") }
    header.fileLength = length
    header.root = number(48)
    header.memorySize = size
    let page: UInt32 = number(64)
    let chunk: UInt32 = number(68)
    guard page == SnapshotFormat.pageSize, chunk == SnapshotFormat.chunkSize else {
      throw SnapshotFault(
        "header",
        "pages of \(page) and chunks of \(chunk) bytes are not \(SnapshotFormat.pageSize) and "
          + "\(SnapshotFormat.chunkSize)")
    }
    header.boardVersion = number(72)
    guard let producer = reader.text(SnapshotFormat.producerOffset, width: SnapshotFormat.textWidth),
      let board = reader.text(SnapshotFormat.boardOffset, width: SnapshotFormat.boardWidth)
    else { throw SnapshotFault("header", "a name is no UTF-8") }
    header.producer = producer
    header.board = board

    let count = Int(number(20) as UInt32)
    var sections: [SnapshotSection] = []
    for index in 0..<count {
      let at = SnapshotFormat.directoryOffset + index * SnapshotFormat.entrySize
      guard let section = SnapshotSection(reader, at: at) else {
        throw SnapshotFault("header", "entry \(index) of the directory cannot be read")
      }
      sections.append(section)
    }
    var at = SnapshotFormat.directoryOffset + count * SnapshotFormat.entrySize
    func part(_ index: Int, _ limit: Int, _ what: String) throws(SnapshotFault) -> [UInt8] {
      let count = Int(number(SnapshotFormat.lengthsOffset + index * 4) as UInt32)
      guard count <= limit, count <= bytes.count - 8 - at, let part = reader.slice(at, count) else {
        throw SnapshotFault("header", "the \(what) has \(count) bytes, more than there is room for")
      }
      at += count
      return part
    }
    let comment = try part(0, SnapshotFormat.commentLimit, "comment")
    header.thumbnail = try part(1, SnapshotFormat.thumbnailLimit, "thumbnail")
    let console = try part(2, SnapshotFormat.consoleLimit, "console")
    guard let comment = String(validating: comment, as: UTF8.self),
      let console = String(validating: console, as: UTF8.self)
    else { throw SnapshotFault("header", "the comment or the console is no UTF-8") }
    header.comment = comment
    header.console = console
    return (header, sections)
  }
}
