/// What a transport has to know of the kind of device behind it.
public struct VirtioKind: Sendable {
  /// The device ID (Virtual I/O Device 1.2, 5).
  public let id: UInt32
  /// The most descriptors that each queue takes, powers of 2.
  public let queueSizes: [UInt16]
  /// The features of this kind that it offers whatever its parameters say.
  public let features: UInt64

  /// Device `id` with queues of at most `queueSizes` descriptors.
  public init(id: UInt32, queueSizes: [UInt16], features: UInt64 = 0) {
    precondition(queueSizes.allSatisfy { $0 <= Virtqueue.limit && $0.nonzeroBitCount == 1 }, "queues of \(queueSizes)")
    self.id = id
    self.queueSizes = queueSizes
    self.features = features
  }
}
