public import DeviceModel
public import SavedState

/// A virtio block device (Virtual I/O Device 1.2, 5.2) with a raw image behind it.
///
/// A request is done when it is looked at: what its driver gets back has happened, and nothing is under way when a
/// machine is saved.
public final class VirtioBlock: VirtioDevice {
  public static let model = Model.virtio(
    "virtio-blk-device", "virtio disk",
    parameters: [
      ParameterModel("serial", .text, default: "", "the disk's serial number, 20 characters at most"),
      ParameterModel("num-queues", .integer(1...Int64(queueLimit)), default: "1", "request queues"),
      ParameterModel("write-cache", .flag, default: "on", "writes may wait for a flush"),
      ParameterModel("discard", .flag, default: "on", "takes discarding requests"),
      ParameterModel("write-zeroes", .flag, default: "on", "takes zeroing requests"),
      ParameterModel("logical_block_size", .choice(sizes), default: "512", "bytes of a logical block"),
      ParameterModel("physical_block_size", .choice(sizes), default: "512", "bytes of a physical block"),
    ], backends: ["drive"])
  public static let kind = VirtioKind(
    id: 2, queueSizes: Array(repeating: 256, count: queueLimit),
    features: Feature.segments | Feature.geometry | Feature.blockSize | Feature.topology)
  private static let sizes = ["512", "1024", "2048", "4096"]
  private static let queueLimit = 8
  /// Bytes that are moved before the guest has its turn again.
  private static let budget = 32 << 20
  /// Bytes of one read or write of the image.
  private static let portion = 1 << 20

  /// Feature bits (5.2.3).
  enum Feature {
    static let segments: UInt64 = 1 << 2
    static let geometry: UInt64 = 1 << 4
    static let readOnly: UInt64 = 1 << 5
    static let blockSize: UInt64 = 1 << 6
    static let flush: UInt64 = 1 << 9
    static let topology: UInt64 = 1 << 10
    static let configurableCache: UInt64 = 1 << 11
    static let queues: UInt64 = 1 << 12
    static let discard: UInt64 = 1 << 13
    static let writeZeroes: UInt64 = 1 << 14
  }

  /// How a request ended (5.2.6).
  enum Status: UInt8 {
    case ok, failed, unsupported
  }

  public struct State: VirtioState {
    public var transport = VirtioTransport()
    var queues = InlineArray<8, Virtqueue>(repeating: Virtqueue())
    /// Sectors of 512 bytes.
    var capacity: UInt64 = 0
    /// Request queues.
    var queueCount: UInt16 = 1
    /// Bytes of a logical block.
    var blockSize: UInt32 = 512
    /// Bytes of a physical block.
    var physicalBlockSize: UInt32 = 512
    /// Whether writes may wait for a flush, where the driver knows of flushes.
    var writeback = true

    public init() {}

    public subscript(queue index: Int) -> Virtqueue {
      get { queues[index] }
      set { queues[index] = newValue }
    }

    public static let table = StateTable<State>("virtio-blk-device") {
      nested(\.transport)
      nested(\.queues)
      fixed(\.capacity, doc: "sectors of 512 bytes")
      fixed(\.queueCount)
      fixed(\.blockSize)
      fixed(\.physicalBlockSize)
      saved(\.writeback)
    }
  }

  public var state = State()
  public let port: VirtioPort
  private let disk: (any BlockBackend)?
  private let serial: SerialNumber

  public init(_ site: Site) {
    port = VirtioPort(site)
    disk = site.backend("drive")
    serial = SerialNumber(site.text("serial", Self.model))
    state.queueCount = UInt16(clamping: site.integer("num-queues", Self.model))
    state.blockSize = UInt32(clamping: site.integer("logical_block_size", Self.model))
    state.physicalBlockSize = max(state.blockSize, UInt32(clamping: site.integer("physical_block_size", Self.model)))
    state.capacity = UInt64(clamping: (disk?.size ?? 0) / 512)
    state.transport = port.transport(Self.model, Self.kind, features: Self.features(site, disk, state.queueCount))
  }

  private static func features(_ site: Site, _ disk: (any BlockBackend)?, _ queues: UInt16) -> UInt64 {
    let isReadOnly = disk?.isReadOnly == true
    var features = isReadOnly ? Feature.readOnly : 0
    if site.flag("write-cache", model) { features |= Feature.flush | Feature.configurableCache }
    if queues > 1 { features |= Feature.queues }
    if site.flag("discard", model), !isReadOnly { features |= Feature.discard }
    if site.flag("write-zeroes", model), !isReadOnly { features |= Feature.writeZeroes }
    return features
  }

  public func afterReset(_ state: State) -> State {
    var next = State()
    next.capacity = state.capacity
    next.queueCount = state.queueCount
    next.blockSize = state.blockSize
    next.physicalBlockSize = state.physicalBlockSize
    return next
  }

  public var queueCount: Int { min(Int(state.queueCount), Self.queueLimit) }

  public var configuration: [UInt8] {
    BlockConfiguration(
      capacity: state.capacity, blockSize: state.blockSize, physicalBlockSize: state.physicalBlockSize,
      writeback: state.writeback, queues: state.queueCount
    ).bytes
  }

  public func configurationWritten(_ offset: Int, _ bytes: [UInt8]) {
    guard offset == BlockConfiguration.writebackOffset, bytes.count == 1, has(Feature.configurableCache) else {
      return port.site.guestError("the configuration space cannot be written at \(Site.hex(offset))")
    }
    state.writeback = bytes[0] & 1 != 0
  }

  // MARK: Requests

  public func service(_ queue: Int) {
    var left = Self.budget
    drain(queue) { chain throws(VirtioFault) in
      guard left > 0 else {
        postpone(queue)
        return nil
      }
      guard chain.readable.count >= 16, chain.writable.count >= 1 else {
        throw .broken("a request of \(chain.readable.count) bytes with room for \(chain.writable.count)")
      }
      left -= 4096 + chain.readable.count + chain.writable.count
      let (status, written) = carryOut(chain)
      chain.writable.write(port.memory, at: chain.writable.count - 1, [status.rawValue])
      // Behind a gap of what was not written nothing counts; but all of it is the driver's again.
      return written == chain.writable.count - 1 ? chain.writable.count : written
    }
  }

  /// Does what a request wants; how it ended, and how many bytes it has written from the beginning on.
  private func carryOut(_ chain: VirtqueueChain) -> (Status, Int) {
    let memory = port.memory
    let type = chain.readable.number(memory, at: 0, as: UInt32.self)
    let sector = chain.readable.number(memory, at: 8, as: UInt64.self)
    let data = chain.readable.dropping(16)
    let room = chain.writable.prefix(chain.writable.count - 1)
    guard let disk else { return (.failed, 0) }
    switch type {
    case 0: return read(disk, sector, room)
    case 1: return (write(disk, sector, data), 0)
    case 4: return (disk.flush() == .done ? .ok : .failed, 0)
    case 8: return (.ok, room.write(memory, serial.bytes))
    case 11 where has(Feature.discard): return (clear(disk, data, mayUnmap: false), 0)
    case 13 where has(Feature.writeZeroes): return (clear(disk, data, mayUnmap: true), 0)
    default:
      port.site.unimplemented("a request of type \(type)")
      return (.unsupported, 0)
    }
  }

  /// Where `count` bytes from `sector` on are in the image; nil when they are not, or are no whole sectors.
  private func place(_ disk: any BlockBackend, _ sector: UInt64, _ count: Int) -> Int64? {
    guard count % 512 == 0, sector <= UInt64(Int64.max / 512) else { return nil }
    let offset = Int64(sector) * 512
    return disk.contains(offset, count: Int64(count)) ? offset : nil
  }

  private func read(_ disk: any BlockBackend, _ sector: UInt64, _ room: GuestBuffers) -> (Status, Int) {
    guard let offset = place(disk, sector, room.count) else { return (.failed, 0) }
    var done = 0
    while done < room.count {
      let part = min(Self.portion, room.count - done)
      let isDone = withUnsafeTemporaryAllocation(byteCount: part, alignment: 64) { buffer in
        guard disk.read(at: offset + Int64(done), into: buffer) == .done else { return false }
        room.write(port.memory, at: done, from: UnsafeRawBufferPointer(buffer))
        return true
      }
      guard isDone else { return (.failed, done) }
      done += part
    }
    return (.ok, done)
  }

  private func write(_ disk: any BlockBackend, _ sector: UInt64, _ data: GuestBuffers) -> Status {
    guard !disk.isReadOnly, let offset = place(disk, sector, data.count) else { return .failed }
    var done = 0
    while done < data.count {
      let part = min(Self.portion, data.count - done)
      let isDone = withUnsafeTemporaryAllocation(byteCount: part, alignment: 64) { buffer in
        data.read(port.memory, at: done, into: buffer)
        return disk.write(at: offset + Int64(done), from: UnsafeRawBufferPointer(buffer)) == .done
      }
      guard isDone else { return .failed }
      done += part
    }
    return finishWrite(disk)
  }

  /// Where the driver knows of no flushes, or wants none, what is written is written.
  private func finishWrite(_ disk: any BlockBackend) -> Status {
    if has(Feature.flush), state.writeback { return .ok }
    return disk.flush() == .done ? .ok : .failed
  }

  /// Makes the runs of sectors that `data` lists read as zeros (5.2.6: sector, count and flags).
  private func clear(_ disk: any BlockBackend, _ data: GuestBuffers, mayUnmap: Bool) -> Status {
    guard !disk.isReadOnly, data.count == 16 else { return .failed }
    let sector = data.number(port.memory, at: 0, as: UInt64.self)
    let count = data.number(port.memory, at: 8, as: UInt32.self)
    let flags = data.number(port.memory, at: 12, as: UInt32.self)
    guard flags & ~(mayUnmap ? 1 : 0) == 0 else { return .unsupported }
    guard count <= BlockConfiguration.clearLimit, let offset = place(disk, sector, Int(count) * 512) else {
      return .failed
    }
    guard disk.clear(at: offset, count: Int64(count) * 512) == .done else { return .failed }
    return finishWrite(disk)
  }
}
