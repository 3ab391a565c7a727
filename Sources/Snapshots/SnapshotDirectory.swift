/// What a directory must be like before anything is read or allocated by it.
enum SnapshotDirectory {
  /// The blocks of memory.
  ///
  /// - Throws: `SnapshotFault` with the first thing that is wrong.
  static func check(
    _ sections: [SnapshotSection], _ header: SnapshotHeader, headerLength: Int
  ) throws(SnapshotFault) -> [SnapshotBlock] {
    var end = headerLength
    var before: SnapshotSection?
    for section in sections {
      guard section.kind != nil || !section.mustUnderstand else {
        throw SnapshotFault(section.place, "must be understood, and is not known to this reader")
      }
      // Ordered by place, sections cannot overlap.
      guard section.offset >= end else {
        throw SnapshotFault(
          section.place,
          "begins at \(Hexadecimal.place(section.offset)), before the end of \(before?.place ?? "the header") at "
            + Hexadecimal.place(end))
      }
      guard section.length <= header.fileLength, section.offset <= header.fileLength - section.length else {
        throw SnapshotFault(
          section.place,
          "\(section.length) bytes at \(Hexadecimal.place(section.offset)) end beyond the file's "
            + "\(header.fileLength)")
      }
      guard section.length <= limit(section.kind) else {
        throw SnapshotFault(section.place, "\(section.length) bytes are more than \(limit(section.kind))")
      }
      end = section.end
      before = section
    }
    for kind in SnapshotSection.Kind.allCases {
      let count = sections.count { $0.kind == kind }
      let expected: ClosedRange<Int> =
        switch kind {
        case .board, .setup, .slots, .data: 1...1
        case .base: 0...1
        case .node: 1...SnapshotFormat.sectionLimit
        case .memory, .disk, .diskData: 0...SnapshotFormat.sectionLimit
        }
      guard expected.contains(count) else {
        throw SnapshotFault("section \(kind)", count == 0 ? "is missing" : "is there \(count) times")
      }
      let names = sections.filter { $0.kind == kind }.map(\.name)
      for (name, next) in zip(names, names.dropFirst()) where name >= next {
        throw SnapshotFault("section \(kind) \(next)", name == next ? "is there twice" : "comes after \(name)")
      }
    }
    let disks = sections.filter { $0.kind == .disk }
    guard disks.map(\.name) == sections.filter({ $0.kind == .diskData }).map(\.name) else {
      throw SnapshotFault("section disk", "the tables and blocks of disks are not of the same ones")
    }
    for disk in disks {
      guard disk.blockSize > 0, disk.blockSize % 512 == 0, disk.blockSize <= SnapshotFormat.diskLimit else {
        throw SnapshotFault(disk.place, "\(disk.blockSize) bytes are no size of a disk")
      }
    }
    return try blocks(sections, header)
  }

  private static func limit(_ kind: SnapshotSection.Kind?) -> Int {
    switch kind {
    case .board: SnapshotFormat.boardLimit
    case .memory: SnapshotFormat.chunks(in: SnapshotFormat.memoryLimit) * SnapshotFormat.tableEntrySize
    case .disk: SnapshotFormat.diskTableLimit
    case .data, .diskData: .max
    case .base: 8 + SnapshotFormat.hintLimit
    default: SnapshotFormat.sectionSizeLimit
    }
  }

  private static func blocks(
    _ sections: [SnapshotSection], _ header: SnapshotHeader
  ) throws(SnapshotFault) -> [SnapshotBlock] {
    guard let data = sections.first(where: { $0.kind == .data }) else { return [] }
    var blocks: [SnapshotBlock] = []
    var total = 0
    var places: [Range<Int>] = []
    for section in sections where section.kind == .memory {
      let size = section.blockSize
      guard size > 0, size % SnapshotFormat.pageSize == 0, size <= SnapshotFormat.memoryLimit - total else {
        throw SnapshotFault(section.place, "\(size) bytes are no size of a block")
      }
      total += size
      guard section.length == SnapshotFormat.chunks(in: size) * SnapshotFormat.tableEntrySize else {
        throw SnapshotFault(section.place, "\(section.length) bytes are no table for a block of \(size)")
      }
      let place = section.blockOffset
      if place != 0 {
        let room = SnapshotFormat.roundedUp(size, to: SnapshotFormat.chunkSize)
        guard place >= data.offset, room <= data.length, place <= data.end - room,
          place % SnapshotFormat.pageSize == 0, !places.contains(where: { $0.overlaps(place..<place + room) })
        else { throw SnapshotFault(section.place, "its place in the data is not its own") }
        places.append(place..<place + room)
      }
      blocks.append(SnapshotBlock(name: section.name, size: size, isReadOnly: section.isReadOnly))
    }
    guard total == header.memorySize else {
      throw SnapshotFault("header", "\(header.memorySize) bytes of memory are not the \(total) of the blocks")
    }
    return blocks
  }
}
