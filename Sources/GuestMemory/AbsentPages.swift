import Bits
import Glibc
import Synchronization

/// The chunks of a block that are still with their source.
///
/// Each is absent, on its way, or present. Whoever needs one first fetches it; others wait for that. Safe from any
/// thread.
public final class AbsentPages: @unchecked Sendable {
  private enum State {
    static let present: UInt8 = 0
    static let absent: UInt8 = 1
    static let coming: UInt8 = 2
  }

  private let memory: HostMemory
  private let source: any ChunkSource
  private let shift: Int
  private let states: UnsafeMutablePointer<Atomic<UInt8>>
  private let missing: Atomic<Int>
  private let cursor = Atomic<Int>(0)
  private let gate = Gate()

  /// How many chunks the block has.
  public let chunkCount: Int

  /// What becomes of a chunk that comes without having been asked for.
  public enum Arrival: Sendable {
    /// It was put into its place.
    case placed
    /// It was there.
    case present
    /// Somebody is about to ask the source for it.
    case coming
  }

  /// With `chunks`, ascending runs, only those are still with the source.
  init(_ memory: HostMemory, source: any ChunkSource, chunks: [Range<Int>]? = nil) {
    let size = source.chunkSize
    precondition(size >= RAMBlock.pageSize && size & (size - 1) == 0, "chunks of \(size) bytes")
    self.memory = memory
    self.source = source
    shift = size.trailingZeroBitCount
    chunkCount = (memory.size - 1) >> shift + 1
    let absent = chunks ?? [0..<chunkCount]
    missing = Atomic(absent.reduce(0) { $0 + $1.count })
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: chunkCount, alignment: 16)
    memset(bytes, Int32(State.present), chunkCount)
    for run in absent { memset(bytes + run.lowerBound, Int32(State.absent), run.count) }
    states = bytes.assumingMemoryBound(to: Atomic<UInt8>.self)
  }

  deinit { UnsafeMutableRawPointer(states).deallocate() }

  /// Chunks that are not there yet.
  public var missingCount: Int { missing.load(ordering: .acquiring) }

  /// Brings in one more chunk, in order; for whoever fills the rest behind the guest's back.
  ///
  /// - Returns: false when it has been through the whole block.
  /// - Throws: `MemoryLoss`; the next call goes on behind that chunk.
  public func fillNext() throws(MemoryLoss) -> Bool {
    while true {
      let chunk = cursor.add(1, ordering: .relaxed).oldValue
      guard chunk < chunkCount else {
        cursor.store(chunkCount, ordering: .relaxed)
        return false
      }
      guard states[chunk].load(ordering: .acquiring) != State.present else { continue }
      try bringIn(chunk: chunk)
      return true
    }
  }

  /// Puts the chunk at `offset` into its place by `body`, if nobody has it or fetches it.
  public func place(_ offset: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) -> Arrival {
    let chunk = offset >> shift
    let (claimed, found) = states[chunk].compareExchange(
      expected: State.absent, desired: State.coming, ordering: .acquiringAndReleasing)
    guard claimed else { return found == State.present ? .present : .coming }
    let count = min(1 << shift, memory.size - offset)
    body(UnsafeMutableRawBufferPointer(start: memory.base + offset, count: count))
    settle(chunk)
    return .placed
  }

  /// The chunks that are not there, in runs.
  public var missingRuns: [Range<Int>] {
    (0..<chunkCount).runs { states[$0].load(ordering: .acquiring) != State.present }
  }

  /// Lets `fillNext` begin anew: what could not be had may be there now.
  public func refill() { cursor.store(0, ordering: .relaxed) }

  /// Whether the chunk around `offset` is there.
  func isPresent(_ offset: Int) -> Bool { states[offset >> shift].load(ordering: .acquiring) == State.present }

  /// Makes `count` bytes from `offset` on present; they lie in the block.
  func bringIn(_ offset: Int, _ count: Int) throws(MemoryLoss) {
    for chunk in offset >> shift...(offset + count - 1) >> shift
    where states[chunk].load(ordering: .acquiring) != State.present {
      try bringIn(chunk: chunk)
    }
  }

  private func bringIn(chunk: Int) throws(MemoryLoss) {
    while true {
      let (claimed, found) = states[chunk].compareExchange(
        expected: State.absent, desired: State.coming, ordering: .acquiringAndReleasing)
      if claimed { return try fetch(chunk) }
      if found == State.present { return }
      gate.wait { states[chunk].load(ordering: .acquiring) != State.coming }
    }
  }

  private func fetch(_ chunk: Int) throws(MemoryLoss) {
    let offset = chunk << shift
    let count = min(1 << shift, memory.size - offset)
    do throws(MemoryLoss) {
      try source.fetch(offset, into: UnsafeMutableRawBufferPointer(start: memory.base + offset, count: count))
    } catch {
      // What came of it may be anything.
      memset(memory.base + offset, 0, count)
      states[chunk].store(State.absent, ordering: .releasing)
      gate.wake()
      throw error
    }
    settle(chunk)
  }

  private func settle(_ chunk: Int) {
    missing.subtract(1, ordering: .acquiringAndReleasing)
    states[chunk].store(State.present, ordering: .releasing)
    gate.wake()
  }

  /// Fetches nothing more, from whichever thread: the block takes other contents. Returns when no fetch is under way.
  func retire() {
    for chunk in 0..<chunkCount {
      while !states[chunk].compareExchange(
        expected: State.absent, desired: State.present, ordering: .acquiringAndReleasing
      ).exchanged {
        if states[chunk].load(ordering: .acquiring) == State.present { break }
        gate.wait { states[chunk].load(ordering: .acquiring) != State.coming }
      }
    }
    missing.store(0, ordering: .releasing)
  }
}
