import Boards
import Engine
import GuestMemory

/// The guest's memory as a CPU of the machine reaches it.
///
/// Devices are read and written through the bus like anything else, in accesses as wide as what was asked for: who
/// examines a register of a device means it, and what a read of it does is what it does for the guest.
struct GDBMemory {
  let memory: AddressSpace
  /// Whose addresses they are; nil: physical ones.
  let cpu: (any ProcessorDebug)?
  /// The last address there is.
  let last: UInt64

  private static let page: UInt64 = 4096

  /// At most `count` bytes from `address` on: fewer where the CPU would fault or nothing answers.
  func read(_ address: UInt64, count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    forEachPart(address, count: count) { place, size, isMemory in
      if isMemory {
        bytes += memory.bytes(place, count: size)
      } else {
        for (offset, width) in Self.accesses(place, size) {
          let value = memory.read(place &+ UInt64(offset), width: width)
          for index in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
        }
      }
      return true
    }
    return bytes
  }

  /// Stores `bytes` from `address` on.
  ///
  /// - Returns: whether all of them found a place; those before the one that did not are stored.
  func write(_ address: UInt64, _ bytes: ArraySlice<UInt8>) -> Bool {
    var done = bytes.startIndex
    forEachPart(address, count: bytes.count) { place, size, isMemory in
      let part = bytes[done..<done + size]
      if isMemory {
        guard !isReadOnly(place) else { return false }
        memory.store(Array(part), at: place)
      } else {
        for (offset, width) in Self.accesses(place, size) {
          var value: UInt64 = 0
          for index in 0..<width { value |= UInt64(part[part.startIndex + offset + index]) << UInt64(index * 8) }
          memory.write(value, place &+ UInt64(offset), width: width)
        }
      }
      done += size
      return true
    }
    return done == bytes.endIndex
  }

  /// Calls `body` with each stretch of physical addresses that one thing answers, in order, until it says false, or
  /// nothing is there.
  private func forEachPart(_ address: UInt64, count: Int, _ body: (UInt64, Int, _ isMemory: Bool) -> Bool) {
    var at = address
    var left = count
    while left > 0 {
      guard at <= last, let place = cpu.map({ $0.translate(at) }) ?? at, let span = memory.span(at: place) else {
        return
      }
      var size = min(left, Int(Self.page - at % Self.page))
      if span.last - place < UInt64(size) { size = Int(span.last - place) + 1 }
      switch span.region.content {
      case .memory: guard body(place, size, true) else { return }
      case .device: guard body(place, size, false) else { return }
      case .hole: return
      }
      left -= size
      let (next, overflow) = at.addingReportingOverflow(UInt64(size))
      if overflow { return }
      at = next
    }
  }

  private func isReadOnly(_ place: UInt64) -> Bool {
    guard let span = memory.span(at: place), case .memory(let block, _) = span.region.content else { return false }
    return block.isReadOnly
  }

  /// The accesses that reach `count` bytes of a device: 1, 2 or 4 bytes wide and aligned.
  private static func accesses(_ address: UInt64, _ count: Int) -> [(offset: Int, width: Int)] {
    var list: [(offset: Int, width: Int)] = []
    var done = 0
    while done < count {
      let at = address &+ UInt64(done)
      let left = count - done
      let width = left >= 4 && at % 4 == 0 ? 4 : left >= 2 && at % 2 == 0 ? 2 : 1
      list.append((done, width))
      done += width
    }
    return list
  }
}
