import DeviceModel

/// What a block device has of the host: requests that are under way on its disk's thread. They are in their queues still,
/// so that nothing of this has to be saved: a machine that was loaded begins them again.
final class BlockWork: HostSide {
  /// Fires when something is due.
  let timer: Timer
  /// By queue, in their order.
  private(set) var transfers: [[BlockTransfer]]
  /// By queue, how far requests have been looked at.
  var ahead: [Virtqueue]
  /// By queue, what its requests take, in bytes.
  private var loads: [Int]
  private var spare: [[BlockBuffer]] = kinds.map { _ in [] }

  /// Bytes that a queue may have under way before its next request waits.
  static let window = 16 << 20
  /// What a request takes at least: it is something in itself.
  private static let least = 4096
  /// Bytes that are read for the guest while it waits, each time that it asks.
  static let atOnce = 1 << 20
  /// The longest request that goes through one buffer.
  static let largest = 4 << 20
  /// Buffers that are kept for the next requests, by their size, with how many of each: new memory costs more than what is
  /// copied into it.
  private static let kinds = [(size: 128 << 10, kept: 64), (size: 2 << 20, kept: 8)]
  /// The largest request whose buffer is as large as itself.
  private static let smallSize = 4096

  init(_ clock: VirtualClock, queues: Int) {
    timer = clock.makeTimer()
    transfers = Array(repeating: [], count: queues)
    loads = Array(repeating: 0, count: queues)
    ahead = Array(repeating: Virtqueue(), count: queues)
  }

  /// Forgets all of it.
  func drop() {
    for queue in transfers.indices {
      transfers[queue] = []
      loads[queue] = 0
    }
  }

  /// Whether a queue of `size` descriptors may have one more under way; one that has none may.
  func hasRoom(_ queue: Int, size: Int) -> Bool {
    transfers[queue].isEmpty || loads[queue] < Self.window && transfers[queue].count < size
  }

  func add(_ transfer: BlockTransfer, to queue: Int) {
    transfers[queue].append(transfer)
    loads[queue] += max(Self.least, transfer.request.transferred)
  }

  func removeFirst(of queue: Int) {
    let transfer = transfers[queue].removeFirst()
    loads[queue] -= max(Self.least, transfer.request.transferred)
    give(transfer.buffer)
  }

  func take(_ count: Int) -> BlockBuffer {
    guard count > Self.smallSize, let kind = Self.kinds.firstIndex(where: { count <= $0.size }) else {
      return BlockBuffer(count)
    }
    return spare[kind].popLast() ?? BlockBuffer(Self.kinds[kind].size)
  }

  /// The disk has done with `buffer`.
  func give(_ buffer: BlockBuffer) {
    guard let kind = Self.kinds.firstIndex(where: { buffer.size == $0.size }), spare[kind].count < Self.kinds[kind].kept
    else { return }
    spare[kind].append(buffer)
  }
}
