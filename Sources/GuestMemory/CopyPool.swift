import Glibc
import Synchronization

/// Room for copies of pages. The machine's thread gets and queues, the saver's puts back.
final class CopyPool: @unchecked Sendable {
  /// Pages that fit.
  let capacity: Int
  private let base: UnsafeMutableRawPointer
  private let state = Mutex(State())

  private struct State {
    /// Pages that were used and are not any longer; after them come those from `fresh` on.
    var returned: [UInt32] = []
    var fresh = 0
    var used = 0
    /// Guest pages that were copied, the oldest at `head`; some have been taken since.
    var queue: [Int] = []
    var head = 0
  }

  /// Room for `pages` pages, which the host gives when they are used.
  init(pages: Int) throws(RAMError) {
    let bytes = pages << RAMBlock.pageShift
    guard
      let base = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
      base != MAP_FAILED
    else { throw RAMError("room for \(bytes >> 10) KiB of copied pages: \(String(cString: strerror(errno)))") }
    capacity = pages
    self.base = base
  }

  deinit { munmap(base, capacity << RAMBlock.pageShift) }

  /// The bytes of page `slot`.
  subscript(slot: UInt32) -> UnsafeMutableRawPointer { base + Int(slot) << RAMBlock.pageShift }

  var hasRoom: Bool { state.withLock { $0.used < capacity } }

  /// A page to copy to; nil when all are used.
  func get() -> UInt32? {
    state.withLock { state in
      guard state.used < capacity else { return nil }
      state.used += 1
      if let slot = state.returned.popLast() { return slot }
      state.fresh += 1
      return UInt32(state.fresh - 1)
    }
  }

  func put(_ slot: UInt32) {
    state.withLock { state in
      state.used -= 1
      state.returned.append(slot)
    }
  }

  /// Notes that guest page `page` was copied.
  func enqueue(_ page: Int) { state.withLock { $0.queue.append(page) } }

  /// The guest page that was copied longest ago and for which `isWaiting`; nil while half of the room is free.
  func oldest(_ isWaiting: (Int) -> Bool) -> Int? {
    state.withLock { state in
      guard state.used * 2 > capacity else { return nil }
      while state.head < state.queue.count {
        if isWaiting(state.queue[state.head]) { return state.queue[state.head] }
        state.head += 1
      }
      return nil
    }
  }
}
