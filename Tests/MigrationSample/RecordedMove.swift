package import Boards
import Foundation
package import Migration
package import SavedState
import Snapshots

/// What an honest source has sent, from HELLO to GO, for peers that begin as it did.
package struct RecordedMove: Sendable {
  /// A frame, whole.
  package struct Frame: Sendable {
    package let kind: FrameKind
    package let payload: [UInt8]

    /// `payload` as a frame of `kind`.
    package init(_ kind: FrameKind, _ payload: [UInt8]) {
      self.kind = kind
      self.payload = payload
    }

    /// All of its bytes; the checksum is right.
    package var bytes: [UInt8] { Mangler.frame(kind, payload) }
    /// What the other side says to it before the next one is due.
    package var reply: FrameKind? {
      switch kind {
      case .hello: .hello
      case .offer: .answer
      case .round: .done
      case .state: .ready
      case .go: .running
      default: nil
      }
    }
  }

  /// In order.
  package let frames: [Frame]
  /// The offer's node.
  package let offer: StateNode
  /// The state tree of STATE.
  package let tree: StateNode
  /// Pages of each block.
  package let blocks: [Int]

  /// A move of the `name`d board's machine as `Moves.running` makes it.
  package init(
    _ name: String, version: Int? = nil, capabilities: Set<MigrationCapability> = [],
    _ equip: (inout MachineSetup) -> Void = { _ in }
  ) throws {
    let moves = Moves()
    let machine = try moves.running(name, version: version, equip)
    // Rounds would have what the guest does meanwhile.
    machine.pause(.paused)
    let (near, far) = Moves.pair()
    let peer = ObligingPeer(PeerLine(far))
    Thread.detachNewThread { peer.run() }
    let out = try moves.sender(of: machine, to: near) { $0.capabilities = capabilities }
    moves.go([]) { !out.progress.status.isActive }
    guard out.progress.status == .completed else {
      throw MigrationError("nothing could be recorded: \(out.progress.error?.description ?? "it does not end")")
    }
    try self.init(peer.finish())
  }

  /// One that was kept: the frames one after the other.
  package init(reading bytes: [UInt8]) throws {
    var frames: [Frame] = []
    var at = 0
    while at + FrameHeader.size <= bytes.count, let kind = FrameKind(rawValue: bytes[at + 4]) {
      let length = bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: at, as: UInt32.self)) }
      let payload = bytes[at...].dropFirst(FrameHeader.size).prefix(length)
      frames.append(Frame(kind, Array(payload)))
      at += FrameHeader.size + length
    }
    try self.init(frames)
  }

  private init(_ frames: [Frame]) throws {
    func payload(_ kind: FrameKind) throws -> [UInt8] {
      guard let frame = frames.first(where: { $0.kind == kind }) else {
        throw MigrationError("no \(kind.name) was recorded")
      }
      return frame.payload
    }
    let offer = try StateNode(der: try payload(.offer))
    let state = try payload(.state)
    let size = state.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: 4, as: UInt32.self)) }
    tree = try StateNode(der: Array(state[24..<24 + size]))
    guard case .list(let list)? = offer["blocks"] else { throw MigrationError("the offer has no blocks") }
    blocks = list.map { value in
      guard case .group(let group) = value, case .integer(let size)? = group["size"] else { return 0 }
      return Int(size) / 4096
    }
    self.offer = offer
    self.frames = frames
  }

  /// STATE of a guest with this tree, after the recorded rounds; `digest` is that of the tree unless another is given.
  package func state(_ tree: [UInt8], isRunning: Bool, digest: UInt64? = nil) -> Frame {
    guard let old = frames.first(where: { $0.kind == .state })?.payload else { return Frame(.state, []) }
    let size = old.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: 4, as: UInt32.self)) }
    var payload: [UInt8] = []
    func add(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { payload += Array($0) } }
    add(UInt32(isRunning ? 1 : 0))
    add(UInt32(tree.count))
    add(digest ?? XXH64.hash(tree))
    payload += old[16..<24]
    return Frame(.state, payload + tree + old[(24 + size)...])
  }
}
