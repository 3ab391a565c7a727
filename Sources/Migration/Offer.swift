import SavedState
public import Snapshots

/// What a source has to give, before any memory.
public struct Offer: Sendable, Equatable {
  /// The board, its equipment, host resources, blocks of memory, and the state of this moment.
  public let contents: SnapshotContents
  /// What the source can use.
  public let capabilities: Set<String>
  /// Disks that are to be copied, in order.
  let disks: [String]
  /// What the migration is known by; nil from a program that cannot go on with a broken one.
  let id: MigrationID?
  /// Over how many connections pages are to come; 0: over this one.
  let channels: Int
  /// Nothing but the answer is wanted.
  public let isCheck: Bool

  /// The most blocks of memory.
  static let blockLimit = 64

  init(
    _ contents: SnapshotContents, capabilities: Set<String>, disks: [String] = [], id: MigrationID? = nil,
    channels: Int = 0, isCheck: Bool
  ) {
    self.channels = channels
    self.disks = disks
    self.contents = contents
    self.id = id
    self.capabilities = capabilities
    self.isCheck = isCheck
  }

  var node: StateNode {
    var node = StateNode("offer")
    node["board"] = .text(contents.boardText)
    node["blocks"] = .list(
      contents.blocks.map { block in
        var group = StateGroup()
        group["name"] = .text(block.name)
        group["size"] = .integer(Int128(block.size))
        group["readonly"] = .bool(block.isReadOnly)
        return .group(group)
      })
    node["capabilities"] = .list(capabilities.sorted().map { .text($0) })
    node["check"] = .bool(isCheck)
    if !disks.isEmpty { node["disks"] = .list(disks.map { .text($0) }) }
    if channels > 0 { node["channels"] = .integer(Int128(channels)) }
    if let id { node["id"] = .bytes(id.bytes) }
    for child in [contents.setup, contents.slots, contents.tree] { node.add(child) }
    return node
  }

  init(_ node: StateNode) throws(MigrationError) {
    guard node.name == "offer", node.version == 1, case .text(let board)? = node["board"],
      case .list(let list)? = node["blocks"], list.count <= Self.blockLimit,
      case .list(let names)? = node["capabilities"], case .bool(let isCheck)? = node["check"],
      let setup = node[child: "setup"], let slots = node[child: "slots"], let tree = node[child: "machine"]
    else { throw MigrationError("OFFER lacks a part") }
    var blocks: [SnapshotBlock] = []
    var room = Int128(SnapshotFormat.memoryLimit)
    for value in list {
      guard case .group(let group) = value, case .text(let name)? = group["name"],
        case .integer(let size)? = group["size"], case .bool(let isReadOnly)? = group["readonly"], size > 0,
        size <= room, size % Int128(PageTable.pageSize) == 0, blocks.last.map({ $0.name < name }) ?? true
      else { throw MigrationError("OFFER has a block of memory that cannot be") }
      room -= size
      blocks.append(SnapshotBlock(name: name, size: Int(size), isReadOnly: isReadOnly))
    }
    contents = SnapshotContents(
      header: SnapshotHeader(), boardText: board, setup: setup, slots: slots, tree: tree, blocks: blocks)
    capabilities = Self.texts(names)
    var disks: [String] = []
    if case .list(let list)? = node["disks"] {
      for case .text(let text) in list { disks.append(text) }
    }
    self.disks = disks
    self.isCheck = isCheck
    channels = Self.channels(node)
    if case .bytes(let bytes)? = node["id"], bytes.count == MigrationID.size {
      id = MigrationID(bytes: bytes)
    } else {
      id = nil
    }
  }

  /// The attribute `channels`, which may be absent.
  static func channels(_ node: StateNode) -> Int {
    guard case .integer(let count)? = node["channels"], count > 0 else { return 0 }
    return Int(clamping: count)
  }

  static func texts(_ values: [StateValue]) -> Set<String> {
    Set(values.compactMap { value in if case .text(let text) = value { text } else { nil } })
  }
}
