public import SavedState

/// One queue: where its parts are, and how far the device has got in it (Virtual I/O Device 1.2, 2.6).
public struct Virtqueue: DeviceState {
  /// The most descriptors that any device takes in a queue.
  public static let limit: UInt16 = 1024

  /// Descriptors; a power of 2 in a split queue.
  var size: UInt16 = 0
  /// Whether the device may look at it.
  public internal(set) var isReady = false
  /// The address of the descriptors, or of a packed queue's ring.
  var descriptors: UInt64 = 0
  /// The address of what the driver writes: the available ring, or when it wants to be told.
  var driver: UInt64 = 0
  /// The address of what the device writes: the used ring, or when it wants to be told.
  var device: UInt64 = 0
  /// Of a split queue, how many chains the device has taken, modulo 65536; of a packed one, the place of the next.
  var next: UInt16 = 0
  /// The same of chains that it has given back.
  var used: UInt16 = 0
  /// Packed: the driver's wrap counter at `next`.
  var nextWrap = true
  /// Packed: the device's wrap counter at `used`.
  var usedWrap = true
  /// Legacy: the number of the queue's first page.
  var page: UInt32 = 0
  /// Legacy: bytes to a multiple of which the used ring is aligned.
  var alignment: UInt32 = 0

  public init() {}

  public static let table = StateTable<Virtqueue>("virtqueue") {
    saved(\.size, in: 0...limit)
    saved(\.isReady)
    saved(\.descriptors)
    saved(\.driver)
    saved(\.device)
    saved(\.next)
    saved(\.used)
    subsection("packed") {
      saved(\.nextWrap)
      saved(\.usedWrap)
    } when: {
      !$0.nextWrap || !$0.usedWrap
    }
    subsection("legacy") {
      saved(\.page)
      saved(\.alignment)
    } when: {
      $0.page != 0 || $0.alignment != 0
    }
  } validate: { queue in
    queue.isReady && queue.size == 0 ? "a queue is ready and has no size" : nil
  }
}
