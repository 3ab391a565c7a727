import GuestMemory
import SavedState
public import Snapshots

/// A small snapshot of no real machine, for tests: two devices, RAM with every kind of chunk, a ROM.
public enum SnapshotSample {
  /// Bytes of RAM: the last chunk has two pages.
  public static let ramSize = 5 * SnapshotFormat.chunkSize + 2 * SnapshotFormat.pageSize

  /// What `generation` is of shows in the header, the tree and the RAM.
  public static func contents(generation: UInt64 = 0) -> SnapshotContents {
    var header = SnapshotHeader()
    header.producer = "sample"
    header.board = "bench"
    header.boardVersion = 3
    header.wallTime = 1_000_000_000_000_000_000 + Int64(generation)
    header.guestTime = 12_345
    header.comment = "generation \(generation)"
    header.thumbnail = [0x89, 0x50, 0x4e, 0x47]
    header.console = "login: root\n# "
    var tree = StateNode("machine")
    var state = StateGroup()
    state["count"] = .integer(Int128(generation))
    state["mode"] = .enumeration(2, symbol: nil)
    state["line"] = .bool(true)
    state["fifo"] = .bytes([1, 2, 3])
    state["list"] = .list([.integer(-1), .group(StateGroup(version: 1))])
    tree.add(StateNode("uart0", model: "uart", version: 2, state: state))
    tree.add(StateNode("clock", model: "clock", state: StateGroup([StateAttribute("now", .integer(12_345))])!))
    var setup = StateNode("setup")
    setup["memory"] = .integer(Int128(ramSize))
    return SnapshotContents(
      header: header, boardText: "board: bench\nversion: 3\n", setup: setup, slots: StateNode("slots"), tree: tree,
      blocks: [
        SnapshotBlock(name: "rom", size: SnapshotFormat.pageSize, isReadOnly: true),
        SnapshotBlock(name: "ram", size: ramSize),
      ])
  }

  /// The memory of `generation`, by block: chunks of zeros, of noise, with pages of noise among zeros, of text; the
  /// ROM is erased flash.
  public static func memory(generation: UInt64 = 0) -> [[UInt8]] {
    var ram = [UInt8](repeating: 0, count: ramSize)
    var random = SplitMix64(seed: 5)
    for at in SnapshotFormat.chunkSize..<2 * SnapshotFormat.chunkSize {
      ram[at] = UInt8(truncatingIfNeeded: random.next())
    }
    for page in [33, 34, 40, 80] {
      for at in page * SnapshotFormat.pageSize..<(page + 1) * SnapshotFormat.pageSize {
        ram[at] = UInt8(truncatingIfNeeded: random.next())
      }
    }
    for at in 3 * SnapshotFormat.chunkSize..<4 * SnapshotFormat.chunkSize {
      ram[at] = UInt8(truncatingIfNeeded: at / 7)
    }
    // What every generation has of its own.
    for place in [17, 33 * SnapshotFormat.pageSize + 5, 3 * SnapshotFormat.chunkSize + 99] where generation > 0 {
      ram[place] = UInt8(truncatingIfNeeded: generation)
      ram[place + 1] = UInt8(truncatingIfNeeded: generation >> 8)
    }
    return [ram, [UInt8](repeating: 0xff, count: SnapshotFormat.pageSize)]
  }

  /// Writes a file of `generation` to `path`; gives its root.
  @discardableResult
  public static func write(
    _ path: String, generation: UInt64 = 0, _ options: SnapshotOptions = SnapshotOptions()
  ) throws(SnapshotError) -> UInt64 {
    let writer = try SnapshotWriter(path, contents(generation: generation), options)
    try writer.writeAll(from: SamplePages(blocks: memory(generation: generation)))
    return try writer.finish()
  }

  /// All memory of `memory`, by block.
  public static func bytes(_ memory: SnapshotMemory) throws(SnapshotError) -> [[UInt8]] {
    var blocks: [[UInt8]] = []
    for (number, block) in memory.blocks.enumerated() {
      var bytes = [UInt8](repeating: 0xaa, count: block.size)
      for index in 0..<block.chunkCount {
        let range = block.range(ofChunk: index)
        var failure: SnapshotError?
        bytes.withUnsafeMutableBytes { bytes in
          do throws(SnapshotError) {
            try memory.read(
              chunk: index, of: number, into: UnsafeMutableRawBufferPointer(rebasing: bytes[range]))
          } catch {
            failure = error
          }
        }
        if let failure { throw failure }
      }
      blocks.append(bytes)
    }
    return blocks
  }
}
