/// What a disk had over its image, in a snapshot file. Each chunk is checked when it is read.
public final class SnapshotDelta: DeltaSource {
  /// The device that the disk was plugged into.
  public let name: String
  /// Bytes of the disk.
  public let size: Int
  /// Bytes of all its blocks.
  public var contents: Int { entries.reduce(0) { $0 + $1.entry.stored.nonzeroBitCount * SnapshotFormat.pageSize } }
  private let file: SnapshotFile
  /// By their chunks, which ascend, and where their bytes are in the file.
  private let entries: [(entry: DiskEntry, place: Int)]

  init(_ file: SnapshotFile, _ table: SnapshotSection, _ data: SnapshotSection) throws(SnapshotFault) {
    self.file = file
    name = table.name
    size = table.blockSize
    let reader = ByteReader(bytes: try file.read(table))
    guard table.length % SnapshotFormat.diskEntrySize == 0 else {
      throw SnapshotFault(table.place, "\(table.length) bytes are no table")
    }
    var entries: [(entry: DiskEntry, place: Int)] = []
    entries.reserveCapacity(table.length / SnapshotFormat.diskEntrySize)
    var place = data.offset
    for at in stride(from: 0, to: table.length, by: SnapshotFormat.diskEntrySize) {
      guard let entry = DiskEntry(reader, at: at) else {
        throw SnapshotFault(table.place, "the entry at \(at) cannot be read")
      }
      if let problem = entry.fault(size: size, after: entries.last?.entry.chunk ?? -1) {
        throw SnapshotFault(table.place, problem)
      }
      guard entry.size <= data.end - place else { throw SnapshotFault(table.place, "it has more than \(data.place)") }
      entries.append((entry, place))
      place += entry.size
    }
    guard place == data.end else { throw SnapshotFault(table.place, "it has less than \(data.place)") }
    self.entries = entries
  }

  /// The chunks of which blocks are stored, in order.
  public var chunks: [Int] { entries.map(\.entry.chunk) }

  private func find(_ chunk: Int) -> (entry: DiskEntry, place: Int)? {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].entry.chunk < chunk { low = middle + 1 } else { high = middle }
    }
    return low < entries.count && entries[low].entry.chunk == chunk ? entries[low] : nil
  }

  public func blocks(ofChunk index: Int) -> UInt16 { find(index)?.entry.stored ?? 0 }

  public func read(chunk index: Int, into target: UnsafeMutableRawBufferPointer) throws(SnapshotFault) {
    guard let (entry, place) = find(index) else { return }
    let label = "disk \(name) at \(Hexadecimal.place(index * SnapshotFormat.chunkSize))"
    let count = entry.stored.nonzeroBitCount * SnapshotFormat.pageSize
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: entry.length + count, alignment: 16)
    defer { scratch.deallocate() }
    let frame = UnsafeMutableRawBufferPointer(rebasing: scratch[..<entry.length])
    let blocks = UnsafeMutableRawBufferPointer(rebasing: scratch[entry.length...])
    var problem: String?
    if entry.length > 0 {
      problem = file.read(place, into: frame) ?? Zstd.expand(UnsafeRawBufferPointer(frame), into: blocks)
    } else {
      problem = file.read(place, into: blocks)
    }
    if let problem { throw SnapshotFault(label, problem) }
    let checksum = XXH64.hash(UnsafeRawBufferPointer(blocks))
    guard checksum == entry.checksum else { throw .checksum(label, checksum, entry.checksum) }
    var at = 0
    for run in PageRuns(entry.stored) {
      let part = UnsafeRawBufferPointer(rebasing: blocks[at..<at + run.bytes.count])
      UnsafeMutableRawBufferPointer(rebasing: target[run.bytes]).copyMemory(from: part)
      at += part.count
    }
  }

  /// Reads and checks all of it.
  ///
  /// - Throws: `SnapshotError` with the first chunk that is damaged.
  public func verify() throws(SnapshotError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: SnapshotFormat.chunkSize, alignment: 16)
    defer { buffer.deallocate() }
    do throws(SnapshotFault) {
      for chunk in chunks { try read(chunk: chunk, into: buffer) }
    } catch {
      throw SnapshotError(file.path, [error])
    }
  }
}

extension SnapshotFile {
  /// What the file holds of disks, ordered by name. The tables are read and checked.
  ///
  /// - Throws: `SnapshotError` with everything that is wrong with the tables.
  public func deltas() throws(SnapshotError) -> [SnapshotDelta] {
    var faults: [SnapshotFault] = []
    var found: [SnapshotDelta] = []
    let data = sections.filter { $0.kind == .diskData }
    for (table, data) in zip(sections.filter({ $0.kind == .disk }), data) {
      do throws(SnapshotFault) {
        found.append(try SnapshotDelta(self, table, data))
      } catch {
        faults.append(error)
      }
    }
    guard faults.isEmpty else { throw SnapshotError(path, faults) }
    return found
  }
}
