import GuestMemory
import Synchronization

/// Pages from an array, which counts what is fetched and can be damaged.
final class ListSource: ChunkSource {
  let chunkSize: Int
  let contents: [UInt8]
  private let state = Mutex(State())

  private struct State {
    var fetches: [Int: Int] = [:]
    var damaged: Set<Int> = []
  }

  init(_ contents: [UInt8], chunkSize: Int = 0x2000) {
    self.contents = contents
    self.chunkSize = chunkSize
  }

  /// How often each chunk was asked for, by its offset.
  var fetches: [Int: Int] { state.withLock(\.fetches) }

  func setDamaged(_ offset: Int, _ isDamaged: Bool) {
    state.withLock { if isDamaged { $0.damaged.insert(offset) } else { $0.damaged.remove(offset) } }
  }

  func fetch(_ offset: Int, into target: UnsafeMutableRawBufferPointer) throws(MemoryLoss) {
    let isDamaged = state.withLock { state in
      state.fetches[offset, default: 0] += 1
      return state.damaged.contains(offset)
    }
    target.copyBytes(from: contents[offset..<offset + target.count])
    if isDamaged { throw MemoryLoss("chunk at \(offset) is damaged") }
  }
}

/// `count` bytes that differ from page to page.
func pattern(_ count: Int, seed: Int = 1) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: ($0 >> 12) &* 7 &+ $0 &* 13 &+ seed) }
}

extension RAMBlock {
  /// All that is in it.
  var contents: [UInt8] {
    guard let place = readable(0, count: size) else { return [] }
    return [UInt8](UnsafeRawBufferPointer(start: place, count: size))
  }

  /// Puts `bytes` at `offset`.
  func put(_ bytes: [UInt8], at offset: Int = 0) {
    write(offset, count: bytes.count) { place in
      bytes.withUnsafeBytes { if let from = $0.baseAddress { place.copyMemory(from: from, byteCount: $0.count) } }
    }
  }
}

extension FrozenRAM {
  /// The page as it was.
  func page(_ number: Int) throws(FreezeError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: RAMBlock.pageSize)
    let isFilled: Bool
    do {
      isFilled = try bytes.withUnsafeMutableBytes { try take(number..<number + 1, into: $0) }
    } catch let error as FreezeError {
      throw error
    } catch { preconditionFailure("\(error)") }
    return isFilled ? bytes : [UInt8](repeating: 0, count: RAMBlock.pageSize)
  }
}
