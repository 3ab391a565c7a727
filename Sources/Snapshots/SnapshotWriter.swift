import Glibc
import Synchronization

/// Writes a snapshot file: everything but memory at once, then chunks of memory in any order and from any thread,
/// and then the file appears under its name.
///
/// Until `finish` returns there is no new file; one that was there before is as it was.
public final class SnapshotWriter: @unchecked Sendable {
  /// The blocks whose chunks are to be written, by their numbers.
  public let blocks: [SnapshotBlock]
  private let contents: SnapshotContents
  private let options: SnapshotOptions
  private let file: PublishedFile
  private var sections: [SnapshotSection]
  /// The tables as they will be in the file. Each chunk has bytes of its own, so that threads need no lock.
  private let tables: [UnsafeMutableRawBufferPointer]
  private let dataOffset: Int
  /// Where the next compressed chunk goes.
  private let end: Mutex<Int>
  private let missing: Atomic<Int>
  /// The checksums of chunks of zeros, by length: most of a fresh machine.
  private let zeroChecksum = XXH64.hash([UInt8](repeating: 0, count: SnapshotFormat.chunkSize))

  /// Begins a file at `path`.
  ///
  /// - Throws: `SnapshotError` when the file cannot be written, a text is too long, or the base has other memory.
  public init(_ path: String, _ contents: SnapshotContents, _ options: SnapshotOptions = SnapshotOptions())
    throws(SnapshotError)
  {
    if let fault = contents.header.tooLong() { throw SnapshotError(path, [fault]) }
    if let base = options.base, base.blocks != contents.blocks {
      throw SnapshotError(path, "base", "\(base.path) has other blocks of memory")
    }
    let size = contents.blocks.reduce(0) { $0 + $1.size }
    guard size <= SnapshotFormat.memoryLimit else {
      throw SnapshotError(path, "memory", "\(size >> 30) GiB are more than a file can hold")
    }
    var contents = contents
    contents.header.memorySize = size
    self.contents = contents
    self.options = options
    blocks = contents.blocks
    file = try PublishedFile(path)
    var layout = SnapshotLayout(contents, options, folder: PublishedFile.folder(of: path))
    for (offset, bytes) in layout.parts { try file.write(bytes, at: offset) }
    if options.compression == nil { try file.setSize(layout.end) }
    sections = layout.sections
    dataOffset = layout.dataOffset
    layout.parts = []
    end = Mutex(layout.dataOffset)
    missing = Atomic(contents.blocks.reduce(0) { $0 + $1.chunkCount })
    tables = contents.blocks.map { block in
      .allocate(byteCount: block.chunkCount * SnapshotFormat.tableEntrySize, alignment: 8)
    }
  }

  deinit { for table in tables { table.deallocate() } }

  // MARK: Chunks

  /// Takes `bytes` as chunk `index` of block number `block`. Each chunk is written once.
  public func write(chunk index: Int, of block: Int, _ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    precondition(bytes.count == blocks[block].range(ofChunk: index).count, "a chunk of \(bytes.count) bytes")
    var entry = ChunkEntry(checksum: XXH64.hash(bytes))
    let pages = bytes.count / SnapshotFormat.pageSize
    let all = UInt16(truncatingIfNeeded: (1 << UInt32(pages)) - 1)
    if let base = options.base {
      entry.stored = try pagesThatDiffer(from: base, block, index, entry.checksum, bytes)
      entry.inherits = entry.stored != all
    } else {
      (entry.stored, entry.fill) = Self.pagesWithContents(bytes)
    }
    if entry.stored != 0 { try store(bytes, block, index, &entry) }
    put(entry, block, index)
  }

  /// Takes chunk `index` of block number `block` as all zeros.
  public func writeZeros(chunk index: Int, of block: Int) throws(SnapshotError) {
    let count = blocks[block].range(ofChunk: index).count
    guard options.base == nil, count == SnapshotFormat.chunkSize else {
      let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: SnapshotFormat.pageSize)
      defer { zeros.deallocate() }
      zeros.initializeMemory(as: UInt8.self, repeating: 0)
      return try write(chunk: index, of: block, UnsafeRawBufferPointer(zeros))
    }
    put(ChunkEntry(checksum: zeroChecksum), block, index)
  }

  private func put(_ entry: ChunkEntry, _ block: Int, _ index: Int) {
    let size = SnapshotFormat.tableEntrySize
    entry.write(to: UnsafeMutableRawBufferPointer(rebasing: tables[block][(index * size)..<(index * size + size)]))
    let left = missing.subtract(1, ordering: .acquiringAndReleasing).newValue
    precondition(left >= 0, "a chunk was written twice")
  }

  private func store(
    _ bytes: UnsafeRawBufferPointer, _ block: Int, _ index: Int, _ entry: inout ChunkEntry
  ) throws(SnapshotError) {
    if let level = options.compression {
      let frame = UnsafeMutableRawBufferPointer.allocate(
        byteCount: Zstd.bound(bytes.count) + bytes.count, alignment: 16)
      defer { frame.deallocate() }
      var count = 0
      let packed = UnsafeMutableRawBufferPointer(rebasing: frame[..<bytes.count])
      for run in PageRuns(entry.stored) {
        let part = UnsafeRawBufferPointer(rebasing: bytes[run.bytes])
        UnsafeMutableRawBufferPointer(rebasing: packed[count...]).copyMemory(from: part)
        count += part.count
      }
      let target = UnsafeMutableRawBufferPointer(rebasing: frame[bytes.count...])
      let length = Zstd.compress(UnsafeRawBufferPointer(rebasing: packed[..<count]), into: target, level: level)
      entry.offset = end.withLock { end in
        defer { end += length }
        return end
      }
      entry.length = length
      try file.write(UnsafeRawBufferPointer(rebasing: target[..<length]), at: entry.offset)
    } else {
      entry.offset = blockOffset(block) + index * SnapshotFormat.chunkSize
      for run in PageRuns(entry.stored) {
        let part = UnsafeRawBufferPointer(rebasing: bytes[run.bytes])
        try file.write(part, at: entry.offset + run.bytes.lowerBound)
      }
    }
  }

  private func blockOffset(_ block: Int) -> Int {
    sections.first { $0.kind == .memory && $0.name == blocks[block].name }?.blockOffset ?? dataOffset
  }

  /// The pages that are not all one byte, and the byte of those that are.
  private static func pagesWithContents(_ bytes: UnsafeRawBufferPointer) -> (UInt16, fill: UInt8) {
    var mask: UInt16 = 0
    var fill: UInt8?
    guard let base = bytes.baseAddress else { return (0, 0) }
    for page in 0..<bytes.count / SnapshotFormat.pageSize {
      let start = base + page * SnapshotFormat.pageSize
      let byte = start.load(as: UInt8.self)
      if byte == fill ?? byte, memcmp(start, start + 1, SnapshotFormat.pageSize - 1) == 0 {
        fill = byte
      } else {
        mask |= 1 << UInt16(page)
      }
    }
    return (mask, fill ?? 0)
  }

  private func pagesThatDiffer(
    from base: SnapshotMemory, _ block: Int, _ index: Int, _ checksum: UInt64, _ bytes: UnsafeRawBufferPointer
  ) throws(SnapshotError) -> UInt16 {
    if base.checksum(ofChunk: index, of: block) == checksum { return 0 }
    let old = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: SnapshotFormat.pageSize)
    defer { old.deallocate() }
    try base.read(chunk: index, of: block, into: old)
    guard let new = bytes.baseAddress, let old = old.baseAddress else { return 0 }
    var mask: UInt16 = 0
    for page in 0..<bytes.count / SnapshotFormat.pageSize {
      let at = page * SnapshotFormat.pageSize
      if memcmp(new + at, old + at, SnapshotFormat.pageSize) != 0 { mask |= 1 << UInt16(page) }
    }
    return mask
  }

  // MARK: The whole

  /// Takes all memory from `source`. `progress` is told how many bytes are done, and says whether to go on.
  ///
  /// - Throws: `SnapshotError`, also when `progress` said no.
  public func writeAll(from source: some PageSource, progress: (Int) -> Bool = { _ in true }) throws(SnapshotError) {
    var done = 0
    for (number, block) in blocks.enumerated() {
      var data = source.data(in: number, from: 0)
      for index in 0..<block.chunkCount {
        let range = block.range(ofChunk: index)
        if let known = data, known.upperBound <= range.lowerBound {
          data = source.data(in: number, from: range.lowerBound)
        }
        if let data, data.lowerBound < range.upperBound {
          try source.withBytes(of: number, at: range) { bytes throws(SnapshotError) in
            try write(chunk: index, of: number, bytes)
          }
        } else {
          try writeZeros(chunk: index, of: number)
        }
        done += range.count
        if index & 15 == 15 || index == block.chunkCount - 1, !progress(done) {
          throw SnapshotError(file.path, "file", "writing it was cancelled")
        }
      }
    }
  }

  /// Writes what disks have over their images, behind all memory. `goesOn` is asked now and then.
  private func writeDisks(at start: Int, goesOn: () -> Bool) throws(SnapshotError) {
    var at = start
    for (name, source) in options.disks.sorted(by: { $0.key < $1.key }) {
      at = SnapshotFormat.roundedUp(at, to: SnapshotFormat.pageSize)
      let begin = at
      var table = ByteWriter()
      let chunk = UnsafeMutableRawBufferPointer.allocate(
        byteCount: SnapshotFormat.chunkSize, alignment: SnapshotFormat.pageSize)
      defer { chunk.deallocate() }
      for index in 0..<SnapshotFormat.chunks(in: source.size) {
        let mask = source.blocks(ofChunk: index)
        guard mask != 0 else { continue }
        guard goesOn() else { throw SnapshotError(file.path, "file", "writing it was cancelled") }
        do throws(SnapshotFault) {
          try source.read(chunk: index, into: chunk)
        } catch {
          throw SnapshotError(file.path, [error])
        }
        let blocks = DiskEntry.pack(mask, chunk)
        var entry = DiskEntry(chunk: index, checksum: XXH64.hash(blocks), stored: mask)
        if let level = options.compression {
          let frame = UnsafeMutableRawBufferPointer.allocate(byteCount: Zstd.bound(blocks.count), alignment: 16)
          defer { frame.deallocate() }
          entry.length = Zstd.compress(blocks, into: frame, level: level)
          try file.write(UnsafeRawBufferPointer(rebasing: frame[..<entry.length]), at: at)
        } else {
          try file.write(blocks, at: at)
        }
        entry.write(to: &table)
        at += entry.size
      }
      guard table.bytes.count <= SnapshotFormat.diskTableLimit else {
        throw SnapshotError(file.path, "disk \(name)", "what it has over its image is more than a file can hold")
      }
      sections.append(SnapshotSection(.diskData, name: name, offset: begin, length: at - begin))
      at = SnapshotFormat.roundedUp(at, to: 8)
      try file.write(table.bytes, at: at)
      sections.append(
        SnapshotSection(
          .disk, name: name, offset: at, length: table.bytes.count, checksum: XXH64.hash(table.bytes),
          blockSize: source.size))
      at += table.bytes.count
    }
  }

  /// Publishes the file. All chunks have been written; what disks have follows now, as long as `goesOn`.
  ///
  /// - Returns: the root of the memory, by which a difference names its base.
  @discardableResult
  public func finish(goesOn: () -> Bool = { true }) throws(SnapshotError) -> UInt64 {
    precondition(missing.load(ordering: .acquiring) == 0, "chunks are missing")
    let end = end.withLock { $0 }
    var header = contents.header
    var root = MemoryRoot()
    var tables = zip(blocks, tables).makeIterator()
    for index in sections.indices {
      let section = sections[index]
      switch section.kind {
      case .memory:
        guard let (block, table) = tables.next() else { preconditionFailure("a table without a block") }
        root.add(block, UnsafeRawBufferPointer(table))
        sections[index].checksum = XXH64.hash(UnsafeRawBufferPointer(table))
        try file.write(UnsafeRawBufferPointer(table), at: section.offset)
      case .data where options.compression != nil:
        sections[index] = SnapshotSection(.data, offset: section.offset, length: end - section.offset)
      default: break
      }
    }
    try writeDisks(at: sections.map(\.end).max() ?? 0, goesOn: goesOn)
    header.root = root.value
    header.fileLength = sections.map(\.end).max() ?? 0
    try file.setSize(header.fileLength)
    try file.write(header.bytes(sections), at: 0)
    try file.publish()
    return header.root
  }
}
