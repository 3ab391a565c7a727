import GuestMemory
import Synchronization

/// Split queues (Virtual I/O Device 1.2, 2.7).
extension Virtqueue {
  /// Bytes of the available and the used ring, with their event fields.
  private var availableSize: Int { 6 + 2 * Int(size) }
  private var usedSize: Int { 6 + 8 * Int(size) }

  /// Whether its parts are aligned as they must be (2.7).
  var isAligned: Bool { descriptors & 15 == 0 && driver & 1 == 0 && device & 3 == 0 }

  /// The chain that the driver has made available next; nil when there is none. It stays in the queue.
  func peekSplit(_ queue: QueueMemory, _ features: UInt64) throws(VirtioFault) -> VirtqueueChain? {
    try queue.need(descriptors, count: 16 * Int(size), writing: false, "the descriptor table")
    try queue.need(driver, count: availableSize, writing: false, "the available ring")
    try queue.need(device, count: usedSize, writing: true, "the used ring")
    var waiting = queue.half(driver + 2) &- next
    if waiting == 0, features & VirtioFeatures.eventIndex != 0, askForEvent(queue) {
      // A driver that executes meanwhile may have added one before it could see that it shall tell of it (2.7.7.2).
      waiting = queue.half(driver + 2) &- next
    }
    guard waiting != 0 else { return nil }
    guard waiting <= size else { throw .broken("the available index is \(waiting) ahead in a queue of \(size)") }
    let head = queue.half(driver + 4 + 2 * UInt64(next % size))
    guard head < size else { throw .broken("descriptor \(head) in a queue of \(size)") }
    return try chain(head, queue, features)
  }

  /// The driver shall tell of the chain that it adds next.
  ///
  /// - Returns: whether it did not know that.
  private func askForEvent(_ queue: QueueMemory) -> Bool {
    let event = device + 4 + 8 * UInt64(size)
    guard queue.half(event) != next else { return false }
    queue.set(next, at: event)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return true
  }

  /// The chain that begins with descriptor `head`.
  func chain(
    _ head: UInt16, _ queue: QueueMemory, _ features: UInt64
  ) throws(VirtioFault) -> VirtqueueChain {
    var chain = VirtqueueChain(id: head, start: head)
    var table = descriptors
    var length = Int(size)
    var index = head
    var isIndirect = false
    var left = length
    while true {
      // More of them than the table has are some of them twice.
      guard left > 0 else { throw .broken("the chain from descriptor \(head) is a loop") }
      left -= 1
      let descriptor = queue.descriptor(table + 16 * UInt64(index))
      let flags = descriptor.third
      if flags & QueueMemory.Descriptor.indirect != 0 {
        guard features & VirtioFeatures.indirect != 0, !isIndirect, flags & QueueMemory.Descriptor.next == 0 else {
          throw .broken("descriptor \(index) must not be indirect")
        }
        length = try Self.indirectLength(descriptor, queue)
        (table, index, isIndirect, left) = (descriptor.address, 0, true, length)
        continue
      }
      try queue.append(descriptor, writable: flags & QueueMemory.Descriptor.write != 0, to: &chain)
      guard flags & QueueMemory.Descriptor.next != 0 else { break }
      index = descriptor.fourth
      guard index < length else { throw .broken("descriptor \(index) in a table of \(length)") }
    }
    try queue.bringIn(chain)
    return chain
  }

  /// How many descriptors the table has that an indirect one points to; it is there.
  static func indirectLength(
    _ descriptor: QueueMemory.Descriptor, _ queue: QueueMemory
  ) throws(VirtioFault) -> Int {
    let count = Int(descriptor.count)
    guard count > 0, count % 16 == 0, count / 16 <= VirtqueueChain.limit else {
      throw .broken("an indirect table of \(count) bytes")
    }
    try queue.need(descriptor.address, count: count, writing: false, "an indirect table")
    return count / 16
  }

  /// Gives a chain back, with `written` bytes written into it.
  mutating func pushSplit(_ chain: VirtqueueChain, written: UInt32, _ queue: QueueMemory) {
    let entry = device + 4 + 8 * UInt64(used % size)
    queue.set(UInt32(chain.id), at: entry)
    queue.set(written, at: entry + 4)
    used &+= 1
    queue.set(used, at: device + 2)
  }

  /// Whether the driver wants to be told of the last `count` chains that it got back.
  func wantsSplitInterrupt(_ count: UInt16, _ queue: QueueMemory, _ features: UInt64) -> Bool {
    guard features & VirtioFeatures.eventIndex != 0 else { return queue.half(driver) & 1 == 0 }
    // Its event is one of those that were given back now.
    return used &- queue.half(driver + 4 + 2 * UInt64(size)) &- 1 < count
  }
}
