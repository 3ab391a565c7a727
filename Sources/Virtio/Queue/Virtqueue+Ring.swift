import GuestMemory
import Synchronization

/// Queues of either form.
extension Virtqueue {
  /// The chain that the driver has made available next; nil when there is none. It stays in the queue.
  func peek(_ memory: AddressSpace, _ features: UInt64) throws(VirtioFault) -> VirtqueueChain? {
    guard isReady else { return nil }
    let queue = QueueMemory(memory: memory)
    return features & VirtioFeatures.packed == 0 ? try peekSplit(queue, features) : try peekPacked(queue, features)
  }

  /// The chain that begins at `start`, which the device has taken and not given back; what its driver has made of it
  /// since may be anything.
  func chain(
    again start: UInt16, _ wrap: Bool, _ memory: AddressSpace, _ features: UInt64
  ) throws(VirtioFault) -> VirtqueueChain {
    let queue = QueueMemory(memory: memory)
    guard isReady, start < size else { throw .broken("descriptor \(start) in a queue of \(size)") }
    guard features & VirtioFeatures.packed == 0 else {
      guard let chain = try chain(at: start, wrap, queue, features) else {
        throw .broken("the chain at \(start) has left the ring")
      }
      return chain
    }
    try queue.need(descriptors, count: 16 * Int(size), writing: false, "the descriptor table")
    return try chain(start, queue, features)
  }

  /// Takes the chain that `peek` gave.
  mutating func take(_ chain: VirtqueueChain, _ features: UInt64) {
    if features & VirtioFeatures.packed == 0 { next &+= 1 } else { advancePacked(past: chain) }
  }

  /// Makes sure that `push` can be done.
  func prepareToPush(_ memory: AddressSpace, _ features: UInt64) throws(VirtioFault) {
    let queue = QueueMemory(memory: memory)
    let isPacked = features & VirtioFeatures.packed != 0
    try queue.need(driver, count: isPacked ? 4 : 6 + 2 * Int(size), writing: false, "what the driver writes")
    try queue.need(
      isPacked ? descriptors : device, count: isPacked ? 16 * Int(size) : 6 + 8 * Int(size), writing: true,
      "what the device writes")
  }

  /// Gives a chain that was taken back, with `written` bytes written into its buffers from their beginning on.
  ///
  /// - Returns: how much nearer to the driver's event that is.
  mutating func push(_ chain: VirtqueueChain, written: Int, _ memory: AddressSpace, _ features: UInt64) -> UInt16 {
    let queue = QueueMemory(memory: memory)
    let written = UInt32(clamping: written)
    guard features & VirtioFeatures.packed == 0 else {
      pushPacked(chain, written: written, queue)
      return chain.places
    }
    pushSplit(chain, written: written, queue)
    return 1
  }

  /// Whether the driver wants to be told of the last `count` that `push` has given.
  func wantsInterrupt(_ count: UInt16, _ memory: AddressSpace, _ features: UInt64) -> Bool {
    let queue = QueueMemory(memory: memory)
    // A driver that executes meanwhile says what it wants, and then looks at what `push` has written: one of both sees
    // the other's (2.7.7.1, 2.8.10).
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return features & VirtioFeatures.packed == 0
      ? wantsSplitInterrupt(count, queue, features) : wantsPackedInterrupt(count, queue, features)
  }
}
