import Glibc
import GuestMemory
import Host

/// Memory that comes after its machine: pages that are still at the source when the guest runs here. Whoever touches one
/// asks for it and waits; a migration's thread asks the source, and puts in what comes.
final class LateMemory: PageSink, @unchecked Sendable {
  /// A page of a block.
  struct Place: Hashable, Comparable, Sendable {
    let block: Int
    let page: Int

    static func < (a: Self, b: Self) -> Bool { (a.block, a.page) < (b.block, b.page) }
  }

  /// How long a page is waited for before the machine is stopped until it comes, in nanoseconds.
  private static let patience: Int64 = 200_000_000

  /// Rings when a page is wanted.
  let bell: Bell
  private let names: [String]
  private var blocks: [AbsentPages?] = []
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// Asked for, and not come.
  private var wanted: Set<Place> = []
  /// Those of them of which the source has not been told.
  private var untold: [Place] = []
  /// Where somebody waits for them.
  private var targets: [Place: UnsafeMutableRawBufferPointer] = [:]
  /// Come between being claimed and being asked for.
  private var early: [Place: [UInt8]] = [:]
  /// Those that somebody has stopped to wait for.
  private var givenUp: Set<Place> = []
  private var isRelieved = false
  /// There is no connection, or not yet: nobody waits.
  private var isCutOff = true

  /// The pages `missing` of each of `blocks` are to come; to be made on the machine's thread.
  ///
  /// - Throws: `HostError` when the host has no descriptors.
  init(_ blocks: [RAMBlock], missing: [[Range<Int>]]) throws(HostError) {
    bell = try Bell()
    names = blocks.map(\.name)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
    pthread_mutex_init(mutex, nil)
    self.blocks = zip(blocks, missing).enumerated().map { number, entry in
      entry.1.isEmpty ? nil : entry.0.expect(entry.1, from: LateBlock(self, number))
    }
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  private func locked<T>(_ body: () -> T) -> T {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  /// Pages that have not come.
  var missingCount: Int { blocks.reduce(0) { $0 + ($1?.missingCount ?? 0) } }
  /// The same, by block, in runs.
  var missingRuns: [[Range<Int>]] { blocks.map { $0?.missingRuns ?? [] } }

  // MARK: Whoever needs a page

  /// Waits for a page.
  ///
  /// - Throws: `MemoryLoss` that passes when it does not come in time, or the connection is broken.
  func fetch(_ place: Place, into target: UnsafeMutableRawBufferPointer) throws(MemoryLoss) {
    let isHere = locked {
      if let bytes = early.removeValue(forKey: place) {
        target.copyBytes(from: bytes)
        return true
      }
      targets[place] = target
      if wanted.insert(place).inserted, !isCutOff {
        untold.append(place)
        bell.ring()
      }
      // Who has waited for it once has been told to come back when it is here.
      let isHopeless = givenUp.contains(place)
      var deadline = timespec()
      clock_gettime(CLOCK_MONOTONIC, &deadline)
      let end = Int64(deadline.tv_sec) * 1_000_000_000 + Int64(deadline.tv_nsec) + Self.patience
      deadline.tv_sec = Int(end / 1_000_000_000)
      deadline.tv_nsec = Int(end % 1_000_000_000)
      while targets[place] != nil, !isCutOff, !isHopeless, pthread_cond_timedwait(condition, mutex, &deadline) == 0 {}
      guard targets.removeValue(forKey: place) != nil else { return true }
      givenUp.insert(place)
      return false
    }
    guard isHere else {
      throw MemoryLoss("page \(place.page) of \(names[place.block]) is still at the other side", isPassing: true)
    }
  }

  // MARK: The migration's thread

  /// What is to be asked for.
  func takeWanted() -> [Place] {
    bell.silence()
    return locked {
      defer { untold = [] }
      return untold
    }
  }

  /// Whether somebody has stopped to wait for a page that has come since this was asked last.
  func takeRelief() -> Bool {
    locked {
      defer { isRelieved = false }
      return isRelieved
    }
  }

  /// Each page comes for itself.
  var isOrdered: Bool { false }

  func zeros(_ pages: Range<Int>, of block: Int) {
    for page in pages { deliver(Place(block: block, page: page), nil) }
  }

  func plain(_ page: Int, of block: Int, _ bytes: UnsafeRawPointer, _ checksum: UInt64) -> Bool {
    // The guest may use it at once.
    guard PageLedger.checksum(bytes) == checksum else { return false }
    deliver(Place(block: block, page: page), bytes)
    return true
  }

  func difference(_ page: Int, of block: Int, _ bytes: UnsafeRawBufferPointer, _ checksum: UInt64) -> String? {
    "came as a difference to nothing"
  }

  /// Who had claimed a page that came early may have given it up before asking for it.
  func settle() {
    locked {
      for (place, bytes) in early {
        let arrival = blocks[place.block]?.place(place.page * PageTable.pageSize) { $0.copyBytes(from: bytes) }
        if arrival != .coming { early.removeValue(forKey: place) }
      }
    }
  }

  /// The last page has come: waits until those who have got one, or are about to, are done with it.
  ///
  /// - Returns: how many did not come.
  func finish() -> Int {
    for _ in 0..<1000 where missingCount > 0 {
      settle()
      usleep(1000)
    }
    return missingCount
  }

  /// A page has come: its bytes, or nil for zeros. What is there already stays.
  private func deliver(_ place: Place, _ bytes: UnsafeRawPointer?) {
    func put(_ target: UnsafeMutableRawBufferPointer) {
      guard let base = target.baseAddress else { return }
      if let bytes { memcpy(base, bytes, target.count) } else { memset(base, 0, target.count) }
    }
    func hand() -> Bool {
      guard let target = targets.removeValue(forKey: place) else { return false }
      put(target)
      pthread_cond_broadcast(condition)
      return true
    }
    let isHanded = locked {
      wanted.remove(place)
      if givenUp.remove(place) != nil { isRelieved = true }
      return hand()
    }
    guard !isHanded, let pages = blocks[place.block] else { return }
    if case .coming = pages.place(place.page * PageTable.pageSize, put) {
      locked {
        guard !hand() else { return }
        var copy = [UInt8](repeating: 0, count: PageTable.pageSize)
        copy.withUnsafeMutableBytes { put($0) }
        early[place] = copy
      }
    }
  }

  /// The connection is broken: nobody waits.
  func cutOff() {
    locked {
      isCutOff = true
      pthread_cond_broadcast(condition)
    }
  }

  /// There is a new one: the source has to be told again.
  func reconnect() {
    locked {
      isCutOff = false
      untold = wanted.sorted()
    }
    bell.ring()
  }
}
