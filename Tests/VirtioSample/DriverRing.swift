public import GuestMemory

/// A queue as its driver sees it, split or packed, in guest memory (Virtual I/O Device 1.2, 2.7 and 2.8).
public struct DriverRing {
  /// A buffer: where it is, its bytes, and whether the device may write it.
  public struct Buffer {
    public var address: UInt64
    public var count: UInt32
    public var isWritable: Bool

    public init(_ address: UInt64, _ count: Int, writable: Bool = false) {
      self.address = address
      self.count = UInt32(clamping: count)
      isWritable = writable
    }
  }

  /// A chain that the device has given back.
  public struct Used: Equatable {
    public var id: UInt16
    public var written: UInt32

    public init(_ id: UInt16, _ written: UInt32) {
      self.id = id
      self.written = written
    }
  }

  /// Where the descriptors, the driver's and the device's part are.
  public let descriptors: UInt64
  public let driver: UInt64
  public let device: UInt64
  public let size: UInt16
  public let isPacked: Bool
  let memory: AddressSpace
  private var free: [UInt16]
  private var chains: [UInt16: [UInt16]] = [:]
  /// Split: the available and the used index; packed: places.
  public private(set) var next: UInt16 = 0
  public private(set) var seen: UInt16 = 0
  private var nextWrap = true
  private var seenWrap = true

  /// Bytes that a queue takes.
  public static let room: UInt64 = 0x8000

  /// An empty queue of `size` at `base`.
  public init(_ memory: AddressSpace, at base: UInt64, size: UInt16, packed: Bool) {
    self.memory = memory
    self.size = size
    isPacked = packed
    descriptors = base
    driver = base + 0x4000
    device = base + 0x5000
    free = (0..<size).reversed()
    memory.store([UInt8](repeating: 0, count: Int(Self.room)), at: base)
  }

  /// How many descriptors can be added.
  public var freeCount: Int { free.count }

  /// Makes a chain available; `table` is where its descriptors go when it is indirect. Its ID.
  @discardableResult
  public mutating func add(_ buffers: [Buffer], table: UInt64? = nil) -> UInt16 {
    if let table {
      for (index, buffer) in buffers.enumerated() {
        let isLast = index == buffers.count - 1
        let flags: UInt16 = (buffer.isWritable ? 2 : 0) | (isLast || isPacked ? 0 : 1)
        write(
          table + 16 * UInt64(index), buffer.address, buffer.count, isPacked ? 0 : flags,
          isPacked ? flags : UInt16(index + 1))
      }
      return place([(table, UInt32(buffers.count * 16), 4)])
    }
    return place(buffers.map { ($0.address, $0.count, $0.isWritable ? 2 : 0) })
  }

  private mutating func place(_ parts: [(address: UInt64, count: UInt32, flags: UInt16)]) -> UInt16 {
    precondition(parts.count <= free.count && !parts.isEmpty, "a chain of \(parts.count) in \(free.count) places")
    let own = (0..<parts.count).map { _ in free.removeLast() }
    let id = own[0]
    chains[id] = own
    if isPacked {
      var heads: [(UInt64, UInt16)] = []
      for (index, part) in parts.enumerated() {
        let more: UInt16 = index < parts.count - 1 ? 1 : 0
        let flags = part.flags | more | (nextWrap ? 0x80 : 0x8000)
        let at = descriptors + 16 * UInt64(next)
        write(at, part.address, part.count, id, index == 0 ? 0 : flags)
        if index == 0 { heads.append((at, flags)) }
        next += 1
        if next == size {
          next = 0
          nextWrap.toggle()
        }
      }
      // The first one's flags last: they make the chain available.
      for (at, flags) in heads { memory.write(UInt64(flags), at + 14, width: 2) }
    } else {
      for (index, part) in parts.enumerated() {
        let more: UInt16 = index < parts.count - 1 ? 1 : 0
        write(
          descriptors + 16 * UInt64(own[index]), part.address, part.count, part.flags | more,
          more != 0 ? own[index + 1] : 0)
      }
      expose(id)
    }
    return id
  }

  /// Puts a descriptor's number into a split queue's available ring, whatever it is.
  public mutating func expose(_ head: UInt16) {
    memory.write(UInt64(head), driver + 4 + 2 * UInt64(next % size), width: 2)
    next &+= 1
    memory.write(UInt64(next), driver + 2, width: 2)
  }

  /// A descriptor of a split queue, or with the last two members exchanged of a packed one.
  public func write(_ at: UInt64, _ address: UInt64, _ count: UInt32, _ third: UInt16, _ fourth: UInt16) {
    memory.write(address, at, width: 8)
    memory.write(UInt64(count), at + 8, width: 4)
    memory.write(UInt64(third), at + 12, width: 2)
    memory.write(UInt64(fourth), at + 14, width: 2)
  }

  /// The next chain that the device has given back.
  public mutating func takeUsed() -> Used? {
    guard isPacked else {
      guard UInt16(truncatingIfNeeded: memory.read(device + 2, width: 2)) != seen else { return nil }
      let at = device + 4 + 8 * UInt64(seen % size)
      seen &+= 1
      let id = UInt16(truncatingIfNeeded: memory.read(at, width: 4))
      free += chains.removeValue(forKey: id) ?? []
      return Used(id, UInt32(truncatingIfNeeded: memory.read(at + 4, width: 4)))
    }
    let at = descriptors + 16 * UInt64(seen)
    let flags = UInt16(truncatingIfNeeded: memory.read(at + 14, width: 2))
    guard (flags & 0x80 != 0) == seenWrap, (flags & 0x8000 != 0) == seenWrap else { return nil }
    let id = UInt16(truncatingIfNeeded: memory.read(at + 12, width: 2))
    let own = chains.removeValue(forKey: id) ?? []
    free += own
    seen += UInt16(max(1, own.count))
    if seen >= size {
      seen -= size
      seenWrap.toggle()
    }
    return Used(id, UInt32(truncatingIfNeeded: memory.read(at + 8, width: 4)))
  }

  /// All that the device has given back since this was last asked.
  public mutating func allUsed() -> [Used] {
    var all: [Used] = []
    while let used = takeUsed() { all.append(used) }
    return all
  }

  /// Whether the device shall tell when it gives something back, or is told after which chain.
  public func want(interrupts: Bool) {
    memory.write(interrupts ? 0 : 1, isPacked ? driver + 2 : driver, width: 2)
  }

  /// With VIRTIO_F_EVENT_IDX: the device shall tell when it has given back the chain `count` behind those that were seen.
  public func wantInterrupt(after count: UInt16) {
    guard isPacked else {
      memory.write(UInt64(seen &+ count), driver + 4 + 2 * UInt64(size), width: 2)
      return
    }
    let place = Int(seen) + Int(count)
    let wrap = place >= Int(size) ? !seenWrap : seenWrap
    memory.write(UInt64(place % Int(size)) | (wrap ? 0x8000 : 0), driver, width: 2)
    memory.write(2, driver + 2, width: 2)
  }
}
