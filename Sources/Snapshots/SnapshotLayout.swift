import SavedState

/// What goes where in a file that is to be written.
struct SnapshotLayout {
  /// The directory, in the order of the file. Checksums of tables are still missing.
  private(set) var sections: [SnapshotSection] = []
  /// The bytes of the sections that are known by now, and their places.
  var parts: [(offset: Int, bytes: [UInt8])] = []
  /// Where the chunks begin.
  let dataOffset: Int
  /// Where the file ends, when chunks are not compressed.
  let end: Int

  init(_ contents: SnapshotContents, _ options: SnapshotOptions, folder: String) {
    var known: [(SnapshotSection.Kind, String, [UInt8])] = [
      (.board, "", Array(contents.boardText.utf8)), (.setup, "", contents.setup.der()),
      (.slots, "", contents.slots.der()),
    ]
    var root = contents.tree
    for child in root.children { root[child: child.name] = nil }
    known.append((.node, "/\(root.name)", root.der()))
    for child in contents.tree.children { known.append((.node, "/\(root.name)/\(child.name)", child.der())) }
    if let base = options.base {
      var bytes = ByteWriter()
      bytes.add(base.root)
      bytes.add(Array(base.hint(from: folder).utf8))
      known.append((.base, "", bytes.bytes))
    }

    let count = known.count + contents.blocks.count + 1 + 2 * options.disks.count
    var at = contents.header.length(sections: count)
    for (kind, name, bytes) in known {
      parts.append((at, bytes))
      sections.append(
        SnapshotSection(kind, name: name, offset: at, length: bytes.count, checksum: XXH64.hash(bytes)))
      at = SnapshotFormat.roundedUp(at + bytes.count, to: 8)
    }
    let tables = contents.blocks.map { $0.chunkCount * SnapshotFormat.tableEntrySize }
    dataOffset = SnapshotFormat.roundedUp(at + tables.reduce(0, +), to: SnapshotFormat.chunkSize)
    var place = dataOffset
    for (block, length) in zip(contents.blocks, tables) {
      sections.append(
        SnapshotSection(
          .memory, name: block.name, offset: at, length: length, blockSize: block.size,
          blockOffset: options.compression == nil ? place : 0, isReadOnly: block.isReadOnly))
      at += length
      place += SnapshotFormat.roundedUp(block.size, to: SnapshotFormat.chunkSize)
    }
    end = place
    sections.append(SnapshotSection(.data, offset: dataOffset, length: end - dataOffset))
  }
}
