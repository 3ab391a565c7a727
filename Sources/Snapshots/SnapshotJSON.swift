package import SavedState

/// Whole snapshots as JSON texts, for people and their tools.
///
/// An object with `"ferry": 1`, the header's fields, `boardText`, `setup`, `slots` and `tree` (as
/// `StateNode.json()` has them) and `memory`: for each block its `size`, `readOnly` and `pages`, by the page's place in
/// hexadecimal: its bytes, or one byte that fills it. Pages of zeros are left out.
public enum SnapshotJSON {
  /// No more memory than this, in bytes, is made a text of.
  public static let limit = 256 << 20

  /// The text of a snapshot.
  ///
  /// - Throws: `SnapshotError` when a chunk is damaged, or there is too much memory that is not zero.
  public static func text(_ contents: SnapshotContents, _ memory: SnapshotMemory) throws(SnapshotError) -> [UInt8] {
    var blocks: [JSONMember] = []
    var total = 0
    for (number, block) in memory.blocks.enumerated() {
      var pages: [JSONMember] = []
      var offset = 0
      while let data = memory.data(in: number, from: offset) {
        try memory.withBytes(of: number, at: data) { bytes throws(SnapshotError) in
          for start in stride(from: 0, to: bytes.count, by: SnapshotFormat.pageSize) {
            let page = Array(bytes[start..<start + SnapshotFormat.pageSize])
            let isUniform = page.allSatisfy { $0 == page[0] }
            if isUniform, page[0] == 0 { continue }
            total += page.count
            guard total <= limit else {
              throw SnapshotError(memory.path, "memory \(block.name)", "more than \(limit >> 20) MiB are no text")
            }
            let place = Hexadecimal.place(data.lowerBound + start)
            pages.append(JSONMember(place, .string(Hex.text(isUniform ? [page[0]] : page))))
          }
        }
        offset = data.upperBound
      }
      blocks.append(self.block(block, pages))
    }
    return JSONWriter.bytes(value(contents, blocks), pretty: true)
  }

  /// The same without any page.
  package static func value(_ contents: SnapshotContents) -> JSONValue {
    value(contents, contents.blocks.map { block($0, []) })
  }

  private static func block(_ block: SnapshotBlock, _ pages: [JSONMember]) -> JSONMember {
    JSONMember(
      block.name,
      .object([
        JSONMember("size", .integer(Int128(block.size))), JSONMember("readOnly", .bool(block.isReadOnly)),
        JSONMember("pages", .object(pages)),
      ]))
  }

  private static func value(_ contents: SnapshotContents, _ blocks: [JSONMember]) -> JSONValue {
    let header = contents.header
    return .object([
      JSONMember("ferry", .integer(1)), JSONMember("producer", .string(header.producer)),
      JSONMember("board", .string(header.board)), JSONMember("boardVersion", .integer(Int128(header.boardVersion))),
      JSONMember("wallTime", .integer(Int128(header.wallTime))),
      JSONMember("guestTime", .integer(Int128(header.guestTime))), JSONMember("comment", .string(header.comment)),
      JSONMember("console", .string(header.console)),
      JSONMember("thumbnail", .string(Hex.text(header.thumbnail))),
      JSONMember("boardText", .string(contents.boardText)), JSONMember("setup", contents.setup.jsonValue),
      JSONMember("slots", contents.slots.jsonValue), JSONMember("tree", contents.tree.jsonValue),
      JSONMember("memory", .object(blocks)),
    ])
  }

  /// The snapshot that a text describes. `file` is where it comes from, for messages.
  ///
  /// - Throws: `SnapshotError` that names the member that is missing or of another kind.
  public static func read(
    _ bytes: [UInt8], file: String
  ) throws(SnapshotError) -> (contents: SnapshotContents, pages: SparsePages) {
    do throws(StateDecodingError) {
      return try read(try JSONReader.read(bytes, DecodingBudget(bytes: 2 << 30, depth: 64, values: 1 << 24)))
    } catch {
      throw SnapshotError(file, "JSON", "\(error)")
    }
  }

  /// The snapshot that a JSON value describes.
  package static func read(
    _ root: JSONValue
  ) throws(StateDecodingError) -> (contents: SnapshotContents, pages: SparsePages) {
    guard root["ferry"] == .integer(1) else {
      throw StateDecodingError("JSON", at: 0, found: "no \"ferry\": 1", expected: "a snapshot")
    }
    var header = SnapshotHeader()
    header.producer = try string(root, "producer")
    header.board = try string(root, "board")
    header.boardVersion = UInt32(clamping: try integer(root, "boardVersion"))
    header.wallTime = try integer(root, "wallTime")
    header.guestTime = try integer(root, "guestTime")
    header.comment = try string(root, "comment")
    header.console = try string(root, "console")
    header.thumbnail = try hex(root["thumbnail"], "thumbnail")
    var blocks: [SnapshotBlock] = []
    var pages: [String: [Int: [UInt8]]] = [:]
    guard case .object(let members)? = root["memory"] else { throw missing("memory") }
    for member in members {
      let place = "memory \(member.key)"
      guard !member.key.isEmpty, member.key.utf8.count <= SnapshotFormat.nameWidth, pages[member.key] == nil else {
        throw missing(place)
      }
      let size = try integer(member.value, "size")
      guard size > 0, size <= SnapshotFormat.memoryLimit, size % Int64(SnapshotFormat.pageSize) == 0,
        case .bool(let isReadOnly)? = member.value["readOnly"], case .object(let list)? = member.value["pages"]
      else { throw missing(place) }
      blocks.append(SnapshotBlock(name: member.key, size: Int(size), isReadOnly: isReadOnly))
      var known: [Int: [UInt8]] = [:]
      for page in list {
        guard page.key.hasPrefix("0x"), let offset = Int(page.key.dropFirst(2), radix: 16), offset >= 0,
          offset % SnapshotFormat.pageSize == 0, offset < Int(size)
        else { throw missing("\(place), page \(page.key)") }
        let bytes = try hex(page.value, "\(place), page \(page.key)")
        guard bytes.count == 1 || bytes.count == SnapshotFormat.pageSize else {
          throw missing("\(place), page \(page.key)")
        }
        known[offset] = bytes
      }
      pages[member.key] = known
    }
    let contents = SnapshotContents(
      header: header, boardText: try string(root, "boardText"), setup: try node(root, "setup"),
      slots: try node(root, "slots"), tree: try node(root, "tree"), blocks: blocks)
    return (contents, SparsePages(contents.blocks.map { pages[$0.name] ?? [:] }))
  }

  private static func missing(_ key: String) -> StateDecodingError {
    StateDecodingError("JSON", at: 0, found: "another value, or none, for \(key)", expected: "what a snapshot has")
  }

  private static func string(_ value: JSONValue, _ key: String) throws(StateDecodingError) -> String {
    guard case .string(let text)? = value[key] else { throw missing(key) }
    return text
  }

  private static func integer(_ value: JSONValue, _ key: String) throws(StateDecodingError) -> Int64 {
    guard case .integer(let number)? = value[key], let number = Int64(exactly: number) else { throw missing(key) }
    return number
  }

  private static func hex(_ value: JSONValue?, _ key: String) throws(StateDecodingError) -> [UInt8] {
    guard case .string(let digits)? = value, let bytes = Hex.bytes(digits) else { throw missing(key) }
    return bytes
  }

  private static func node(_ value: JSONValue, _ key: String) throws(StateDecodingError) -> StateNode {
    guard let value = value[key] else { throw missing(key) }
    return try StateNode(jsonValue: value)
  }
}
