public import SavedState

/// Everything of a snapshot but its memory.
public struct SnapshotContents: Sendable, Equatable {
  /// What is readable without decoding.
  public var header: SnapshotHeader
  /// The canonical text of the board.
  public var boardText: String
  /// How the board is equipped.
  public var setup: StateNode
  /// The host resources that it uses.
  public var slots: StateNode
  /// The state tree: a root that holds the devices.
  public var tree: StateNode
  /// The blocks of memory, ordered by name.
  public let blocks: [SnapshotBlock]
  /// The devices for whose disks there is what those had over their images, ordered by name.
  public let disks: [String]

  /// The contents of a file that is to be written.
  public init(
    header: SnapshotHeader, boardText: String, setup: StateNode, slots: StateNode, tree: StateNode,
    blocks: [SnapshotBlock], disks: [String] = []
  ) {
    self.header = header
    self.boardText = boardText
    self.setup = setup
    self.slots = slots
    self.tree = tree
    self.blocks = blocks.sorted { $0.name < $1.name }
    self.disks = disks
  }

  /// The number of the block called `name`.
  public func block(_ name: String) -> Int? { blocks.firstIndex { $0.name == name } }
}
