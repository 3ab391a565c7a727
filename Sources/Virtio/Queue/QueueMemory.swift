import GuestMemory

/// Guest memory as queues see it: everything is checked before it is touched.
struct QueueMemory {
  let memory: AddressSpace

  /// Makes sure that the `count` bytes at `address` are RAM (or, for reading, ROM), and there.
  func need(_ address: UInt64, count: Int, writing: Bool, _ what: @autoclosure () -> String) throws(VirtioFault) {
    guard memory.isMemory(address, count: count, writing: writing) else {
      throw .broken("\(what()) at 0x\(String(address, radix: 16)), \(count) bytes, is outside RAM")
    }
    guard memory.bringIn(address, count: count) else { throw .awaited }
  }

  func half(_ address: UInt64) -> UInt16 { UInt16(truncatingIfNeeded: memory.read(address, width: 2)) }

  func set(_ value: UInt16, at address: UInt64) { memory.write(UInt64(value), address, width: 2) }

  func set(_ value: UInt32, at address: UInt64) { memory.write(UInt64(value), address, width: 4) }

  /// The descriptor at `address` (2.7.5): in a packed queue its last two members are the ID and the flags.
  func descriptor(_ address: UInt64) -> Descriptor {
    let tail = memory.read(address &+ 8, width: 8)
    return Descriptor(
      address: memory.read(address, width: 8), count: UInt32(truncatingIfNeeded: tail),
      third: UInt16(truncatingIfNeeded: tail >> 32), fourth: UInt16(truncatingIfNeeded: tail >> 48))
  }

  /// A descriptor's members.
  struct Descriptor {
    /// Bits of the flags (2.7.5, 2.8.1).
    static let next: UInt16 = 1
    static let write: UInt16 = 2
    static let indirect: UInt16 = 4
    static let available: UInt16 = 1 << 7
    static let used: UInt16 = 1 << 15

    let address: UInt64
    let count: UInt32
    /// The flags of a split queue, the ID of a packed one.
    let third: UInt16
    /// The next one of a split queue, the flags of a packed one.
    let fourth: UInt16
  }

  /// Adds a descriptor's buffer to `chain`.
  func append(
    _ descriptor: Descriptor, writable: Bool, to chain: inout VirtqueueChain
  ) throws(VirtioFault) {
    let count = Int(descriptor.count)
    guard memory.isMemory(descriptor.address, count: count, writing: writable) else {
      throw .broken("a buffer at 0x\(String(descriptor.address, radix: 16)), \(count) bytes, is outside RAM")
    }
    guard chain.readable.count + chain.writable.count + count <= UInt32.max else {
      throw .broken("a chain has 4 GiB or more")
    }
    if writable {
      chain.writable.append(descriptor.address, count)
    } else {
      guard chain.writable.count == 0 else { throw .broken("a buffer to be read follows one to be written") }
      chain.readable.append(descriptor.address, count)
    }
  }

  /// Makes sure that all of the chain's buffers are there.
  func bringIn(_ chain: VirtqueueChain) throws(VirtioFault) {
    for piece in chain.readable.pieces + chain.writable.pieces {
      guard memory.bringIn(piece.address, count: piece.count) else { throw .awaited }
    }
  }
}
