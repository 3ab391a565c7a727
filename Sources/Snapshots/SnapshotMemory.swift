import Glibc

/// The memory in a snapshot file and its bases. Chunks can be read in any order and from any thread; each is checked
/// when it is read.
public final class SnapshotMemory: Sendable {
  /// The blocks by their numbers, ordered by name.
  public let blocks: [SnapshotBlock]
  /// The hash of all memory.
  public let root: UInt64
  /// The file's path.
  public var path: String { file.path }
  let file: SnapshotFile
  /// The chunk tables, checked, by block.
  private let tables: [[UInt8]]
  /// What this is stored as the difference to.
  public let base: SnapshotMemory?

  /// The memory of `file`. Its tables and those of all its bases are read and checked.
  ///
  /// - Throws: `SnapshotError` with everything that is wrong with the tables, or when a base is not found, is
  ///   another, or is the file itself.
  public convenience init(_ file: SnapshotFile) throws(SnapshotError) { try self.init(file, above: []) }

  private init(_ file: SnapshotFile, above: [SnapshotFile]) throws(SnapshotError) {
    self.file = file
    blocks = file.blocks
    root = file.header.root
    var faults: [SnapshotFault] = []
    var tables: [[UInt8]] = []
    var computed = MemoryRoot()
    for (block, section) in zip(file.blocks, file.sections.filter({ $0.kind == .memory })) {
      do throws(SnapshotFault) {
        let table = try file.read(section)
        table.withUnsafeBytes { computed.add(block, $0) }
        try Self.check(table, block, section, file)
        tables.append(table)
      } catch {
        faults.append(error)
      }
    }
    if faults.isEmpty, computed.value != root { faults.append(.checksum("root of all memory", computed.value, root)) }
    guard faults.isEmpty else { throw SnapshotError(file.path, faults) }
    self.tables = tables
    base = try Self.base(of: file, above: above)
  }

  private static func check(
    _ table: [UInt8], _ block: SnapshotBlock, _ section: SnapshotSection, _ file: SnapshotFile
  ) throws(SnapshotFault) {
    let data = file.section(.data).map { $0.offset..<$0.end } ?? 0..<0
    let hasBase = file.section(.base) != nil
    var room = data.count
    for index in 0..<block.chunkCount {
      let at = index * SnapshotFormat.tableEntrySize
      let entry = table.withUnsafeBytes { ChunkEntry($0, at: at) }
      let pages = block.range(ofChunk: index).count / SnapshotFormat.pageSize
      let problem =
        entry.isCompressed == (section.blockOffset == 0) || entry.stored == 0
        ? entry.fault(
          pages: pages, fixed: section.blockOffset + index * SnapshotFormat.chunkSize, data: data, hasBase: hasBase,
          flags: table[at + 23])
        : "is stored otherwise than the rest of its block"
      // Frames that overlap would need more room than there is, or leave holes; then `verify` sees it.
      room -= entry.length
      guard problem == nil, room >= 0 else {
        throw SnapshotFault(
          "\(section.place), chunk at \(Hexadecimal.place(index * SnapshotFormat.chunkSize))",
          problem ?? "the frames have more bytes than the data")
      }
    }
  }

  // MARK: Bases

  private static func base(of file: SnapshotFile, above: [SnapshotFile]) throws(SnapshotError) -> SnapshotMemory? {
    guard let (root, hint) = try file.base() else { return nil }
    func refusal(_ problem: String) -> SnapshotError { SnapshotError(file.path, "base \(hint)", problem) }
    let chain = above + [file]
    guard chain.count <= SnapshotFormat.chainLimit else {
      throw refusal("there are more than \(SnapshotFormat.chainLimit) bases below \(chain[0].path)")
    }
    let path = hint.hasPrefix("/") ? hint : PublishedFile.folder(of: file.path) + "/" + hint
    let found: SnapshotFile
    do throws(SnapshotError) {
      found = try SnapshotFile(path)
    } catch {
      throw SnapshotError(file.path, error.faults.map { SnapshotFault("base \(path)", "\($0)") })
    }
    guard !chain.contains(where: { $0.identity == found.identity }) else {
      throw refusal("is \(found.identity == file.identity ? "the file itself" : "a file above it")")
    }
    guard found.header.root == root else {
      throw refusal(
        "\(path) has root \(Hexadecimal.text(found.header.root)), not \(Hexadecimal.text(root))")
    }
    guard found.blocks == file.blocks else { throw refusal("\(path) has other blocks of memory") }
    return try SnapshotMemory(found, above: chain)
  }

  /// The files of the chain, this one first.
  public var chain: [SnapshotFile] { [file] + (base?.chain ?? []) }

  /// How a file in `folder` names this one: the name alone where it is in the same folder, else the full path.
  func hint(from folder: String) -> String {
    func absolute(_ path: String) -> String {
      guard let text = realpath(path, nil) else { return path }
      defer { free(text) }
      return String(cString: text)
    }
    let path = absolute(path)
    return PublishedFile.folder(of: path) == absolute(folder)
      ? String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...]) : path
  }

  // MARK: Chunks

  private func entry(_ block: Int, _ index: Int) -> ChunkEntry {
    tables[block].withUnsafeBytes { ChunkEntry($0, at: index * SnapshotFormat.tableEntrySize) }
  }

  /// The checksum of chunk `index` of block number `block`: equal contents, equal checksums.
  public func checksum(ofChunk index: Int, of block: Int) -> UInt64 { entry(block, index).checksum }

  /// The byte that all of a chunk consists of, as far as that is known without reading it.
  public func fill(ofChunk index: Int, of block: Int) -> UInt8? {
    let entry = entry(block, index)
    if entry.stored != 0 { return nil }
    return entry.inherits ? base?.fill(ofChunk: index, of: block) : entry.fill
  }

  /// Bytes that this file itself stores of chunk `index` of block number `block`.
  public func storedBytes(ofChunk index: Int, of block: Int) -> Int {
    let entry = entry(block, index)
    return entry.isCompressed ? entry.length : entry.stored.nonzeroBitCount * SnapshotFormat.pageSize
  }

  /// Fills `target`, which has its size, with chunk `index` of block number `block`.
  ///
  /// - Throws: `SnapshotError` that names the place when it cannot be read or is not what was saved.
  public func read(chunk index: Int, of block: Int, into target: UnsafeMutableRawBufferPointer) throws(SnapshotError) {
    precondition(target.count == blocks[block].range(ofChunk: index).count, "a chunk of \(target.count) bytes")
    try assemble(index, block, target)
    let checksum = XXH64.hash(UnsafeRawBufferPointer(target))
    let expected = entry(block, index).checksum
    guard checksum == expected else {
      throw SnapshotError(path, [.checksum(place(index, block), checksum, expected)])
    }
  }

  private func place(_ index: Int, _ block: Int) -> String {
    "memory \(blocks[block].name) at \(Hexadecimal.place(index * SnapshotFormat.chunkSize))"
  }

  private func assemble(
    _ index: Int, _ block: Int, _ target: UnsafeMutableRawBufferPointer
  ) throws(SnapshotError) {
    let entry = entry(block, index)
    if entry.inherits, let base {
      try base.assemble(index, block, target)
    } else if entry.stored.nonzeroBitCount * SnapshotFormat.pageSize < target.count {
      target.initializeMemory(as: UInt8.self, repeating: entry.fill)
    }
    guard entry.stored != 0 else { return }
    let problem = entry.isCompressed ? expand(entry, target) : copy(entry, target)
    if let problem { throw SnapshotError(path, place(index, block), problem) }
  }

  private func copy(_ entry: ChunkEntry, _ target: UnsafeMutableRawBufferPointer) -> String? {
    for run in PageRuns(entry.stored) {
      let part = UnsafeMutableRawBufferPointer(rebasing: target[run.bytes])
      if let problem = file.read(entry.offset + run.bytes.lowerBound, into: part) { return problem }
    }
    return nil
  }

  private func expand(_ entry: ChunkEntry, _ target: UnsafeMutableRawBufferPointer) -> String? {
    let size = entry.stored.nonzeroBitCount * SnapshotFormat.pageSize
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: entry.length + size, alignment: 16)
    defer { scratch.deallocate() }
    let frame = UnsafeMutableRawBufferPointer(rebasing: scratch[..<entry.length])
    if let problem = file.read(entry.offset, into: frame) { return problem }
    let pages = UnsafeMutableRawBufferPointer(rebasing: scratch[entry.length...])
    if let problem = Zstd.expand(UnsafeRawBufferPointer(frame), into: pages) { return problem }
    var at = 0
    for run in PageRuns(entry.stored) {
      let part = UnsafeRawBufferPointer(rebasing: pages[at..<at + run.bytes.count])
      UnsafeMutableRawBufferPointer(rebasing: target[run.bytes]).copyMemory(from: part)
      at += part.count
    }
    return nil
  }

  /// Reads all memory and checks it. `progress` is told how many bytes are done.
  ///
  /// - Throws: `SnapshotError` with every chunk that is damaged, up to a hundred.
  public func verify(progress: (Int) -> Void = { _ in }) throws(SnapshotError) {
    var faults: [SnapshotFault] = []
    var done = 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: SnapshotFormat.chunkSize, alignment: SnapshotFormat.pageSize)
    defer { buffer.deallocate() }
    for (number, block) in blocks.enumerated() {
      for index in 0..<block.chunkCount {
        let count = block.range(ofChunk: index).count
        do throws(SnapshotError) {
          try read(chunk: index, of: number, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
        } catch {
          if faults.count < 100 { faults += error.faults }
        }
        done += count
        progress(done)
      }
    }
    if !faults.isEmpty { throw SnapshotError(path, faults) }
  }
}

extension SnapshotMemory: PageSource {
  public func data(in block: Int, from offset: Int) -> Range<Int>? {
    guard offset < blocks[block].size else { return nil }
    let indices = offset / SnapshotFormat.chunkSize..<blocks[block].chunkCount
    guard let first = indices.first(where: { fill(ofChunk: $0, of: block) != 0 }) else { return nil }
    return blocks[block].range(ofChunk: first)
  }

  public func withBytes(
    of block: Int, at range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(SnapshotError) -> Void
  ) throws(SnapshotError) {
    let index = range.lowerBound / SnapshotFormat.chunkSize
    let whole = blocks[block].range(ofChunk: index)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: whole.count, alignment: SnapshotFormat.pageSize)
    defer { buffer.deallocate() }
    try read(chunk: index, of: block, into: buffer)
    let start = range.lowerBound - whole.lowerBound
    try body(UnsafeRawBufferPointer(rebasing: buffer[start..<start + range.count]))
  }
}
