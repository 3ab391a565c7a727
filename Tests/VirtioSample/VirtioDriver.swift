public import DeviceAudit
public import DeviceModel
public import GuestMemory
public import SavedState
public import Virtio

/// A driver for any virtio device, with RAM of its own: sets it up as the specification has it (3.1.1), and does with its
/// queues what it is told.
public final class VirtioDriver<D: VirtioDevice> {
  public let memory = AddressSpace(name: "memory")
  public let ram: RAMBlock
  public private(set) var desk: Desk<D>
  /// The device's own memory.
  public let blocks: [String: RAMBlock]
  public private(set) var rings: [DriverRing] = []
  private var top: UInt64 = 0
  private let makeDesk: () -> Desk<D>

  /// Where buffers begin.
  public static var heap: UInt64 { 0x40_0000 }
  public static var ramSize: Int { 16 << 20 }

  public init(
    parameters: [String: String] = [:], backends: [String: any HostSide] = [:],
    prepare: @escaping (Site) -> Void = { _ in }
  ) throws {
    ram = try RAMBlock(name: "ram", size: Self.ramSize)
    memory.map(Region("ram", base: 0, size: UInt64(ram.size), content: .memory(ram, offset: 0)))
    var blocks: [String: RAMBlock] = [:]
    for region in D.model.regions where region.isMemory {
      blocks[region.name] = try RAMBlock(name: region.name, size: Int(region.size))
    }
    self.blocks = blocks
    makeDesk = { [memory] in
      Desk(parameters: parameters, backends: backends, memory: memory) { site in
        site.blocks = blocks
        prepare(site)
      }
    }
    desk = makeDesk()
  }

  public var device: D { desk.device }

  /// The machine moves: another device goes on from the state of this one.
  public func move(_ random: inout SplitMix64) throws {
    let table = D.State.table
    let next = makeDesk()
    next.jump(to: desk.now)
    next.device.state = try table.load(table.save(device.state), over: next.device.state)
    table.scrambleDerived(&next.device.state, using: &random)
    next.device.settle()
    desk = next
  }

  // MARK: Registers

  public func read(_ offset: UInt64) -> UInt32 { desk.readWord(offset) }
  public func write(_ value: UInt32, _ offset: UInt64) { desk.writeWord(value, offset) }

  public var status: UInt32 { read(0x70) }
  /// Whether the device has found its driver out.
  public var isBroken: Bool { status & 64 != 0 }

  /// The features that it offers.
  public var offered: UInt64 {
    write(0, 0x14)
    let low = UInt64(read(0x10))
    write(1, 0x14)
    return low | UInt64(read(0x10)) << 32
  }

  /// Resets it and agrees on `wanted` of what it offers; queues have `size` descriptors at most. Nothing runs yet.
  public func negotiate(_ wanted: UInt64 = .max, size: UInt16 = 64) {
    write(0, 0x70)
    write(1, 0x70)
    write(3, 0x70)
    let features = offered & wanted
    write(0, 0x24)
    write(UInt32(truncatingIfNeeded: features), 0x20)
    write(1, 0x24)
    write(UInt32(truncatingIfNeeded: features >> 32), 0x20)
    write(11, 0x70)
    rings = []
    top = Self.heap
    for index in 0..<device.queueCount { addQueue(index, size, packed: features & 1 << 34 != 0) }
  }

  private func addQueue(_ index: Int, _ size: UInt16, packed: Bool) {
    write(UInt32(index), 0x30)
    let size = min(size, UInt16(read(0x34)))
    let ring = DriverRing(memory, at: 0x1_0000 + DriverRing.room * UInt64(index), size: size, packed: packed)
    rings.append(ring)
    write(UInt32(size), 0x38)
    for (offset, address) in [(0x80, ring.descriptors), (0x90, ring.driver), (0xa0, ring.device)] as [(UInt64, UInt64)]
    {
      write(UInt32(truncatingIfNeeded: address), offset)
      write(UInt32(truncatingIfNeeded: address >> 32), offset + 4)
    }
    write(1, 0x44)
  }

  /// Agrees on features and lets the device run.
  public func start(_ wanted: UInt64 = .max, size: UInt16 = 64) {
    negotiate(wanted, size: size)
    write(15, 0x70)
  }

  // MARK: Buffers

  /// Room for `count` bytes, with `bytes` at its beginning.
  public func room(_ count: Int, _ bytes: [UInt8] = []) -> UInt64 {
    if top + UInt64(count) > UInt64(ram.size) - 0x1000 { top = Self.heap }
    let at = top
    top += UInt64(count + 15) & ~15
    if !bytes.isEmpty { memory.store(bytes, at: at) }
    return at
  }

  /// Makes a chain available: `bytes` to be read, room for `writable` bytes. Where that room is.
  @discardableResult
  public func add(_ bytes: [UInt8], writable: Int = 0, to queue: Int = 0, indirect: Bool = false) -> UInt64 {
    var buffers: [DriverRing.Buffer] = []
    if !bytes.isEmpty { buffers.append(.init(room(bytes.count, bytes), bytes.count)) }
    let target = room(max(writable, 1))
    if writable > 0 { buffers.append(.init(target, writable, writable: true)) }
    rings[queue].add(buffers, table: indirect ? room(16 * buffers.count) : nil)
    return target
  }

  /// Makes a chain of these buffers available.
  public func add(_ buffers: [DriverRing.Buffer], to queue: Int = 0, table: UInt64? = nil) {
    rings[queue].add(buffers, table: table)
  }

  /// Puts a descriptor's number into the available ring, whatever it is.
  public func expose(_ head: UInt16, to queue: Int = 0) { rings[queue].expose(head) }

  /// Tells the device of a queue.
  public func kick(_ queue: Int = 0) { write(UInt32(queue), 0x50) }

  /// What the device has given back.
  public func used(_ queue: Int = 0) -> [DriverRing.Used] { rings[queue].allUsed() }

  /// Takes the interrupt: its reasons, 0 when there is none.
  public func takeInterrupt() -> UInt32 {
    let reasons = read(0x60)
    write(reasons, 0x64)
    return reasons
  }

  /// A request in full: what the device has written for `bytes`.
  public func ask(_ bytes: [UInt8], writable: Int, of queue: Int = 0) -> [UInt8] {
    let target = add(bytes, writable: writable, to: queue)
    kick(queue)
    let written = used(queue).last?.written ?? 0
    return memory.bytes(target, count: min(writable, Int(written)))
  }
}
