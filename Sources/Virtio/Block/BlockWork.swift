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
  /// Bytes in the buffers of all of them.
  private(set) var bytes = 0
  private var spare: [BlockBuffer] = []

  /// Bytes that may be under way before a queue waits.
  static let window = 16 << 20
  /// The longest request that goes through one buffer.
  static let largest = 4 << 20
  /// Buffers that are kept, for the next requests, and their size: new memory costs more than what is copied into it.
  private static let spareCount = 8
  private static let spareSize = 2 << 20

  init(_ clock: VirtualClock, queues: Int) {
    timer = clock.makeTimer()
    transfers = Array(repeating: [], count: queues)
    ahead = Array(repeating: Virtqueue(), count: queues)
  }

  /// Gives all of it up. What the disk has been told it does, and nobody hears of it.
  func drop() {
    for queue in transfers.indices { transfers[queue] = [] }
    bytes = 0
  }

  func add(_ transfer: BlockTransfer, to queue: Int) {
    transfers[queue].append(transfer)
    bytes += transfer.request.transferred
  }

  func removeFirst(of queue: Int) {
    let transfer = transfers[queue].removeFirst()
    bytes -= transfer.request.transferred
    give(transfer.buffer)
  }

  func take(_ count: Int) -> BlockBuffer {
    guard count > 0, count <= Self.spareSize else { return BlockBuffer(count) }
    return spare.popLast() ?? BlockBuffer(Self.spareSize)
  }

  /// The disk has done with `buffer`.
  func give(_ buffer: BlockBuffer) {
    if buffer.size == Self.spareSize, spare.count < Self.spareCount { spare.append(buffer) }
  }
}
