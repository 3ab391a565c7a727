import GuestMemory

/// Packed queues (Virtual I/O Device 1.2, 2.8).
extension Virtqueue {
  /// The chain that the driver has made available next; nil when there is none. It stays in the queue.
  func peekPacked(_ queue: QueueMemory, _ features: UInt64) throws(VirtioFault) -> VirtqueueChain? {
    try chain(at: next, nextWrap, queue, features)
  }

  /// The chain that begins at a place of the ring, nil when there is none.
  func chain(
    at start: UInt16, _ startWrap: Bool, _ queue: QueueMemory, _ features: UInt64
  ) throws(VirtioFault) -> VirtqueueChain? {
    try queue.need(descriptors, count: 16 * Int(size), writing: true, "the descriptor ring")
    try queue.need(driver, count: 4, writing: false, "the driver's event suppression")
    guard start < size else { throw .broken("place \(start) of a ring of \(size)") }
    let first = queue.descriptor(descriptors + 16 * UInt64(start))
    guard isAvailable(first.fourth, startWrap) else { return nil }
    if first.fourth & QueueMemory.Descriptor.indirect != 0 {
      var chain = VirtqueueChain(id: first.third, start: start, startWrap: startWrap)
      try fill(&chain, from: first, queue, features)
      return chain
    }
    var pieces: [QueueMemory.Descriptor] = [first]
    var (place, wrap) = (start, startWrap)
    // All of a chain are made available before the first of them.
    while pieces[pieces.count - 1].fourth & QueueMemory.Descriptor.next != 0 {
      guard pieces.count < size else { throw .broken("a chain is longer than the ring of \(size)") }
      (place, wrap) = step(place, wrap, by: 1)
      let descriptor = queue.descriptor(descriptors + 16 * UInt64(place))
      guard isAvailable(descriptor.fourth, wrap) else { throw .broken("a chain goes on at \(place) and is not there") }
      guard descriptor.fourth & QueueMemory.Descriptor.indirect == 0 else {
        throw .broken("descriptor \(place) must not be indirect")
      }
      pieces.append(descriptor)
    }
    var chain = VirtqueueChain(
      id: pieces[pieces.count - 1].third, places: UInt16(pieces.count), start: start, startWrap: startWrap)
    for piece in pieces {
      try queue.append(piece, writable: piece.fourth & QueueMemory.Descriptor.write != 0, to: &chain)
    }
    try queue.bringIn(chain)
    return chain
  }

  /// Takes all of an indirect table into `chain`.
  private func fill(
    _ chain: inout VirtqueueChain, from descriptor: QueueMemory.Descriptor, _ queue: QueueMemory, _ features: UInt64
  ) throws(VirtioFault) {
    guard features & VirtioFeatures.indirect != 0, descriptor.fourth & QueueMemory.Descriptor.next == 0 else {
      throw .broken("descriptor \(chain.start) must not be indirect")
    }
    let length = try Self.indirectLength(descriptor, queue)
    for index in 0..<length {
      let piece = queue.descriptor(descriptor.address + 16 * UInt64(index))
      try queue.append(piece, writable: piece.fourth & QueueMemory.Descriptor.write != 0, to: &chain)
    }
    try queue.bringIn(chain)
  }

  private func isAvailable(_ flags: UInt16, _ wrap: Bool) -> Bool {
    (flags & QueueMemory.Descriptor.available != 0) == wrap && (flags & QueueMemory.Descriptor.used != 0) != wrap
  }

  /// The place `count` behind `place`, at most a ring away, and the wrap counter there.
  private func step(_ place: UInt16, _ wrap: Bool, by count: UInt16) -> (UInt16, Bool) {
    let sum = Int(place) + Int(count)
    return sum >= Int(size) ? (UInt16(truncatingIfNeeded: sum - Int(size)), !wrap) : (UInt16(sum), wrap)
  }

  /// The device has taken the chain that it saw.
  mutating func advancePacked(past chain: VirtqueueChain) {
    (next, nextWrap) = step(next, nextWrap, by: chain.places)
  }

  /// Gives a chain back, with `written` bytes written into it.
  mutating func pushPacked(_ chain: VirtqueueChain, written: UInt32, _ queue: QueueMemory) {
    guard used < size else { return }
    let place = descriptors + 16 * UInt64(used)
    queue.set(written, at: place + 8)
    queue.set(chain.id, at: place + 12)
    let flags = usedWrap ? QueueMemory.Descriptor.available | QueueMemory.Descriptor.used : 0
    queue.set(flags | (chain.writable.count > 0 ? QueueMemory.Descriptor.write : 0), at: place + 14)
    (used, usedWrap) = step(used, usedWrap, by: min(chain.places, size))
  }

  /// Whether the driver wants to be told of the last `places` places of chains that it got back.
  func wantsPackedInterrupt(_ places: UInt16, _ queue: QueueMemory, _ features: UInt64) -> Bool {
    switch queue.half(driver + 2) & 3 {
    case 1: return false
    case 2 where features & VirtioFeatures.eventIndex != 0:
      let event = queue.half(driver)
      // How far behind this place the event's is; before it when it is still to come.
      let here = Int(used) + ((event & 0x8000 != 0) == usedWrap ? 0 : Int(size))
      return (1...max(1, Int(places))).contains(here - Int(event & 0x7fff))
    default: return true
    }
  }
}
