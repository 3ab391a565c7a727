/// What the beginning of a snapshot file says, without anything else being decoded.
public struct SnapshotHeader: Sendable, Equatable {
  /// The format's version.
  public var version = SnapshotFormat.version
  /// The oldest reader that can read the file.
  public var oldestReader = SnapshotFormat.oldestReader
  /// The program that wrote it, at most 64 bytes.
  public var producer = ""
  /// The board's name, at most 128 bytes.
  public var board = ""
  /// The board's version.
  public var boardVersion: UInt32 = 1
  /// When it was saved, in nanoseconds since 1970-01-01 UTC.
  public var wallTime: Int64 = 0
  /// The machine's time, in nanoseconds since power on.
  public var guestTime: Int64 = 0
  /// What somebody wanted to say, at most `SnapshotFormat.commentLimit` bytes.
  public var comment = ""
  /// The screen, small, as a PNG file of at most `SnapshotFormat.thumbnailLimit` bytes; empty without one.
  public var thumbnail: [UInt8] = []
  /// The last lines of the console, at most `SnapshotFormat.consoleLimit` bytes.
  public var console = ""
  /// One hash over all memory: equal memory, equal root, however it is stored.
  public internal(set) var root: UInt64 = 0
  /// Bytes of the whole file.
  public internal(set) var fileLength = 0
  /// Bytes of memory in all blocks together.
  public internal(set) var memorySize = 0

  /// A header of nothing.
  public init() {}

  /// What does not fit the fields, in words.
  func tooLong() -> SnapshotFault? {
    let lengths = [
      ("producer", producer.utf8.count, SnapshotFormat.textWidth),
      ("board", board.utf8.count, SnapshotFormat.boardWidth),
      ("comment", comment.utf8.count, SnapshotFormat.commentLimit),
      ("thumbnail", thumbnail.count, SnapshotFormat.thumbnailLimit),
      ("console", console.utf8.count, SnapshotFormat.consoleLimit),
    ]
    for (name, count, limit) in lengths where count > limit {
      return SnapshotFault("header", "the \(name) has \(count) bytes, more than \(limit)")
    }
    return nil
  }

  /// Bytes that the header takes in the file with `sections` entries in its directory.
  func length(sections: Int) -> Int {
    let parts = comment.utf8.count + thumbnail.count + console.utf8.count
    let all = SnapshotFormat.directoryOffset + sections * SnapshotFormat.entrySize + parts + 8
    return SnapshotFormat.roundedUp(all, to: SnapshotFormat.pageSize)
  }
}
