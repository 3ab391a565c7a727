public import DeviceModel
public import SavedState

/// A virtio block device (Virtual I/O Device 1.2, 5.2) with a raw image behind it.
///
/// Requests are done beside the guest, see `VirtioBlock+Turns`; what its driver gets back has happened.
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
  static let queueLimit = 8

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
    /// By queue, when its first request is due, in nanoseconds of the machine's clock; -1 when there is none.
    var due = InlineArray<8, Int64>(repeating: -1)

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
      subsection("requests") {
        saved(\.due, in: -1...1 << 62, doc: "ns")
      } when: { state in
        (0..<8).contains { state.due[$0] != -1 }
      }
    }
  }

  public var state = State()
  public let port: VirtioPort
  let disk: (any BlockBackend)?
  let serial: SerialNumber
  let work: BlockWork

  public init(_ site: Site) {
    port = VirtioPort(site)
    disk = site.backend("drive")
    serial = SerialNumber(site.text("serial", Self.model))
    state.queueCount = UInt16(clamping: site.integer("num-queues", Self.model))
    state.blockSize = UInt32(clamping: site.integer("logical_block_size", Self.model))
    state.physicalBlockSize = max(state.blockSize, UInt32(clamping: site.integer("physical_block_size", Self.model)))
    state.capacity = UInt64(clamping: (disk?.size ?? 0) / 512)
    work = BlockWork(site.clock, queues: Self.queueLimit)
    state.transport = port.transport(Self.model, Self.kind, features: Self.features(site, disk, state.queueCount))
    site.clock.onBell(self) { [unowned self] in hear() }
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
}
