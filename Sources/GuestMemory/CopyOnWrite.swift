import Glibc
import Synchronization

/// The pages of a frozen block: which still are in memory as they were, and copies of those that the guest has
/// changed since.
///
/// Two threads meet here, the machine's (`release`) and the saver's (`take`). A page's mark goes from `held` by way of
/// `busy` to `free`, once, by whoever swaps it to `busy` first:
///
/// - the machine, before the first store: it copies the page aside; `slots` says where to;
/// - the saver: it copies the page out, and the guest, should it store just then, waits for these 4 KiB.
///
/// A `free` page with a slot is taken from there. Each page is taken once.
final class CopyOnWrite: @unchecked Sendable {
  private enum Mark {
    static let free: UInt8 = 0
    static let held: UInt8 = 1
    static let busy: UInt8 = 2
  }

  let memory: HostMemory
  let pageCount: Int
  private let absent: AbsentPages?
  private let marks: UnsafeMutablePointer<Atomic<UInt8>>
  /// One more than the page's number in the pool; 0: none, `zero`: it was all zero. Changed by the machine while the
  /// mark is `busy`, by the saver once it is `free`.
  private let slots: UnsafeMutablePointer<UInt32>
  private static let zero = UInt32.max
  private let pool: CopyPool
  private let patience: Int64
  private let left: Atomic<Int>
  private let gate = Gate()
  /// Whether the saver is copying: memory must stay as the marks say even when all is off.
  private let isTaking = Atomic<Bool>(false)
  private let isOff = Atomic<Bool>(false)
  private let reason = Mutex<FreezeError?>(nil)

  /// Holds all pages.
  ///
  /// - Throws: `RAMError` when the host has no memory for marks and copies.
  init(_ memory: HostMemory, absent: AbsentPages?, room: Int, patience: Int64) throws(RAMError) {
    self.memory = memory
    self.absent = absent
    self.patience = patience
    pageCount = memory.size >> RAMBlock.pageShift
    left = Atomic(pageCount)
    pool = try CopyPool(pages: max(1, room >> RAMBlock.pageShift))
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: pageCount, alignment: 16)
    memset(bytes, Int32(Mark.held), pageCount)
    marks = bytes.assumingMemoryBound(to: Atomic<UInt8>.self)
    // Zeros that cost nothing until they are touched.
    guard let zeros = calloc(pageCount, MemoryLayout<UInt32>.stride) else {
      bytes.deallocate()
      throw RAMError("no memory to note which of \(pageCount) pages were copied")
    }
    slots = zeros.assumingMemoryBound(to: UInt32.self)
  }

  deinit {
    UnsafeMutableRawPointer(marks).deallocate()
    free(slots)
  }

  /// Pages not taken yet.
  var leftCount: Int { left.load(ordering: .acquiring) }
  /// Whether no store has to be held up any more.
  var isOver: Bool { isOff.load(ordering: .acquiring) || leftCount == 0 }

  /// Whether the page may be stored to.
  func isFree(_ page: Int) -> Bool { marks[page].load(ordering: .acquiring) == Mark.free }

  // MARK: The machine's side

  /// Makes sure that `page` may be changed.
  func release(_ page: Int) {
    while !isOver {
      switch marks[page].load(ordering: .acquiring) {
      case Mark.free: return
      case Mark.busy: gate.wait { marks[page].load(ordering: .acquiring) != Mark.busy }
      default:
        // Guests take most of their new pages from those that nobody has used: they need no room.
        if isZero(page) {
          guard swap(page) else { continue }
          slots[page] = Self.zero
          letGo(page)
          return
        }
        guard let slot = pool.get() else {
          let mayGoOn = gate.wait(atMost: patience) {
            pool.hasRoom || marks[page].load(ordering: .acquiring) != Mark.held || isOver
          }
          if !mayGoOn {
            cancel(.starved(room: pool.capacity << RAMBlock.pageShift, nanoseconds: patience))
          }
          continue
        }
        guard swap(page) else {
          pool.put(slot)
          continue
        }
        pool[slot].copyMemory(from: memory.base + page << RAMBlock.pageShift, byteCount: RAMBlock.pageSize)
        slots[page] = slot + 1
        pool.enqueue(page)
        letGo(page)
        return
      }
    }
    settle()
  }

  /// Only the machine changes pages, so that this stays true.
  private func isZero(_ page: Int) -> Bool {
    PageScan.isZero(
      UnsafeRawBufferPointer(start: memory.base + page << RAMBlock.pageShift, count: RAMBlock.pageSize))
  }

  /// After the end of all: waits for the page that the saver may be copying still.
  func settle() { gate.wait { !isTaking.load(ordering: .acquiring) } }

  // MARK: The saver's side

  /// Copies `pages` as they were when the block was frozen to `target`, for the first and only time.
  ///
  /// - Returns: false when they are known to be all zero; `target` is left alone then.
  func take(_ pages: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws(FreezeError) -> Bool {
    let count = pages.count << RAMBlock.pageShift
    precondition(pages.lowerBound >= 0 && pages.upperBound <= pageCount && target.count >= count, "pages \(pages)")
    guard !pages.isEmpty, let target = target.baseAddress else { return false }
    let offset = pages.lowerBound << RAMBlock.pageShift
    if let absent {
      do throws(MemoryLoss) { try absent.bringIn(offset, count) } catch { throw .lost(error) }
    }
    isTaking.store(true, ordering: .sequentiallyConsistent)
    defer {
      isTaking.store(false, ordering: .releasing)
      gate.wake()
    }
    if isOff.load(ordering: .sequentiallyConsistent) { throw reason.withLock { $0 ?? .cancelled } }
    // A page that is held still and for which the host has none now has been zero since it was frozen.
    let backed = memory.firstBacked(from: offset)
    var isZero = true
    for page in pages {
      let place = target + (page - pages.lowerBound) << RAMBlock.pageShift
      if take(page, to: place, isBacked: page << RAMBlock.pageShift >= backed) {
        if isZero { memset(target, 0, place - target) }
        isZero = false
      } else if !isZero {
        memset(place, 0, RAMBlock.pageSize)
      }
    }
    left.subtract(pages.count, ordering: .acquiringAndReleasing)
    return !isZero
  }

  /// Copies one page out; false, and nothing is copied, when it is known to be zero.
  private func take(_ page: Int, to place: UnsafeMutableRawPointer, isBacked: Bool) -> Bool {
    while true {
      switch marks[page].load(ordering: .acquiring) {
      case Mark.free:
        let slot = slots[page]
        precondition(slot != 0, "page \(page) is taken twice")
        if slot == Self.zero {
          slots[page] = 0
          return false
        }
        place.copyMemory(from: pool[slot - 1], byteCount: RAMBlock.pageSize)
        slots[page] = 0
        pool.put(slot - 1)
        gate.wake()
        return true
      case Mark.busy: gate.wait { marks[page].load(ordering: .acquiring) != Mark.busy }
      default:
        guard swap(page) else { continue }
        if isBacked {
          place.copyMemory(from: memory.base + page << RAMBlock.pageShift, byteCount: RAMBlock.pageSize)
        }
        letGo(page)
        return isBacked
      }
    }
  }

  /// The first run of bytes at `offset` or behind it that may not be zero; empty when there is none.
  func backed(from offset: Int) -> Range<Int> {
    // What is not there yet has no page either.
    guard let absent, absent.missingCount > 0 else { return memory.backed(from: offset) }
    return min(offset, memory.size)..<memory.size
  }

  /// A page that should be taken before all others, while more than half of the room for copies is used: the one that
  /// was copied longest ago.
  var urgentPage: Int? { pool.oldest { slots[$0] != 0 } }

  // MARK: Either side's

  /// Nothing is held any more, and nothing can be taken.
  func cancel(_ why: FreezeError = .cancelled) {
    reason.withLock { if $0 == nil { $0 = why } }
    isOff.store(true, ordering: .sequentiallyConsistent)
    gate.wake()
  }

  private func swap(_ page: Int) -> Bool {
    marks[page].compareExchange(expected: Mark.held, desired: Mark.busy, ordering: .acquiringAndReleasing).exchanged
  }

  private func letGo(_ page: Int) {
    marks[page].store(Mark.free, ordering: .releasing)
    gate.wake()
  }
}
