import Bits
public import DeviceModel
public import SavedState

/// A virtio memory balloon (Virtual I/O Device 1.2, 5.5): the guest gives memory away, and the host gets its pages back.
/// What a page held is zero then, here and wherever the machine moves.
public final class VirtioBalloon: VirtioDevice {
  public static let model = Model.virtio(
    "virtio-balloon-device", "virtio memory balloon",
    parameters: [
      ParameterModel("deflate-on-oom", .flag, default: "off", "the guest may take memory back when it has none left"),
      ParameterModel("free-page-reporting", .flag, default: "off", "the guest tells of memory that it does not use"),
      ParameterModel(
        "guest-stats-polling-interval", .integer(0...86400), default: "0", "seconds between statistics; 0 for none"),
    ])
  public static let kind = VirtioKind(id: 5, queueSizes: [128, 128, 128, 32], features: Feature.statistics)

  /// Feature bits (5.5.3).
  private enum Feature {
    static let statistics: UInt64 = 1 << 1
    static let deflateOnOOM: UInt64 = 1 << 2
    static let reporting: UInt64 = 1 << 5
  }

  /// Bytes of the pages that the device counts in, whatever the guest's are.
  private static let pageSize = 4096
  /// Pages that are given back before the guest has its turn again.
  private static let budget = 16384
  private static let second: Int64 = 1_000_000_000

  public struct State: VirtioState {
    public var transport = VirtioTransport()
    var queues = InlineArray<4, Virtqueue>(repeating: Virtqueue())
    /// Pages that the host would like to have.
    var target: UInt32 = 0
    /// Pages that the guest says it has given.
    var actual: UInt32 = 0
    /// The guest's latest statistics by their tags, all ones where there is none.
    var statistics = InlineArray<10, UInt64>(repeating: .max)
    /// When they came, in nanoseconds of the machine's clock; -1 for never.
    var statisticsTime: Int64 = -1
    /// When they are asked for next, in nanoseconds of the machine's clock; -1 for never.
    var nextPoll: Int64 = -1

    public init() {}

    public subscript(queue index: Int) -> Virtqueue {
      get { queues[index] }
      set { queues[index] = newValue }
    }

    public static let table = StateTable<State>("virtio-balloon-device") {
      nested(\.transport)
      nested(\.queues)
      saved(\.target)
      saved(\.actual)
      saved(\.statistics)
      saved(\.statisticsTime, in: -1...Int64.max)
      saved(\.nextPoll, in: -1...Int64.max)
    }
  }

  public var state = State()
  public let port: VirtioPort
  private let poll: Timer
  /// Told when the guest has given memory or taken it back.
  public var onChange: (() -> Void)?

  public init(_ site: Site) {
    port = VirtioPort(site)
    poll = site.clock.makeTimer()
    var features: UInt64 = 0
    if site.flag("deflate-on-oom", Self.model) { features |= Feature.deflateOnOOM }
    if site.flag("free-page-reporting", Self.model) { features |= Feature.reporting }
    state.transport = port.transport(Self.model, Self.kind, features: features)
  }

  public func afterReset(_ state: State) -> State {
    var next = State()
    // What the host wants has nothing to do with the guest's reset.
    next.target = state.target
    return next
  }

  public func reset() {
    state.target = 0
    stop()
    let transport = state.transport
    state = State()
    state.transport = transport
    state.transport.reset()
    settle()
  }

  public func attach() {
    poll.onFire = { [unowned self] in askForStatistics() }
    poll.set(state.nextPoll >= 0 ? state.nextPoll : nil)
  }

  public var configuration: [UInt8] {
    [state.target, state.actual].flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32($0 * 8)) } }
      + [UInt8](repeating: 0, count: 8)
  }

  public func configurationWritten(_ offset: Int, _ bytes: [UInt8]) {
    guard (4..<8).contains(offset), offset + bytes.count <= 8 else {
      return port.site.guestError("the configuration space cannot be written at \(Site.hex(offset))")
    }
    for (index, byte) in bytes.enumerated() {
      let shift = UInt32((offset - 4 + index) * 8)
      state.actual = state.actual & ~(0xff << shift) | UInt32(byte) << shift
    }
    onChange?()
  }

  // MARK: Queues

  public func service(_ queue: Int) {
    let hasStatistics = has(Feature.statistics)
    switch queue {
    case 0: inflate()
    // What was given comes back when it is touched.
    case 1: drain(queue) { _ throws(VirtioFault) in 0 }
    case 2 where hasStatistics: takeStatistics()
    // Queues that were not agreed on are not counted.
    case (hasStatistics ? 3 : 2) where has(Feature.reporting): takeReports(queue)
    default: port.site.guestError("queue \(queue) was not agreed on")
    }
  }

  private func inflate() {
    var left = Self.budget
    drain(0) { chain throws(VirtioFault) in
      guard left > 0 else {
        postpone(0)
        return nil
      }
      let count = min(chain.readable.count, 4 * Self.budget)
      let bytes = chain.readable.bytes(port.memory, count: count & ~3)
      left -= bytes.count / 4 + 1
      // Pages side by side are one piece.
      var run: Range<UInt64> = 0..<0
      for at in stride(from: 0, to: bytes.count, by: 4) {
        let page = (0..<4).reduce(0 as UInt64) { $0 | UInt64(bytes[at + $1]) << UInt64($1 * 8) }
        if page == run.upperBound, !run.isEmpty {
          run = run.lowerBound..<page + 1
        } else {
          try discard(run)
          run = page..<page + 1
        }
      }
      try discard(run)
      return 0
    }
  }

  /// Gives pages back to the host.
  private func discard(_ pages: Range<UInt64>) throws(VirtioFault) {
    guard !pages.isEmpty else { return }
    let (address, count) = (pages.lowerBound * UInt64(Self.pageSize), pages.count * Self.pageSize)
    guard port.memory.isMemory(address, count: count, writing: true) else {
      throw .broken("pages \(pages) are no RAM")
    }
    guard port.memory.discard(address, count: count) else { throw .awaited }
  }

  private func takeReports(_ queue: Int) {
    drain(queue) { chain throws(VirtioFault) in
      for piece in chain.writable.pieces {
        let start = (piece.address + UInt64(Self.pageSize - 1)) / UInt64(Self.pageSize)
        let end = (piece.address + UInt64(piece.count)) / UInt64(Self.pageSize)
        if start < end { try discard(start..<end) }
      }
      return 0
    }
  }

  // MARK: Statistics

  /// Reads the statistics that the driver has put into its queue; the buffer stays there until new ones are wanted.
  private func takeStatistics() {
    do throws(VirtioFault) {
      guard let chain = try peek(2) else { return }
      let bytes = chain.readable.bytes(port.memory, count: 10 * 64)
      // A tag of 16 bits and a value of 64, without anything between.
      for at in stride(from: 0, to: bytes.count - 9, by: 10) {
        let tag = Int(bytes[at]) | Int(bytes[at + 1]) << 8
        guard tag < state.statistics.count else { continue }
        state.statistics[tag] = (0..<8).reduce(0) { $0 | UInt64(bytes[at + 2 + $1]) << UInt64($1 * 8) }
      }
      state.statisticsTime = max(0, port.site.clock.now)
      let interval = port.site.integer("guest-stats-polling-interval", Self.model) * Self.second
      state.nextPoll = interval > 0 ? state.statisticsTime + interval : -1
      attach()
    } catch {
      handle(error, 2)
    }
  }

  /// Gives the buffer of the statistics back: the driver fills it anew.
  private func askForStatistics() {
    state.nextPoll = -1
    guard isUsable(2), has(Feature.statistics) else { return }
    drain(2, limit: 1) { _ throws(VirtioFault) in 0 }
  }
}

extension VirtioBalloon: MemoryBalloon {
  public var givenBytes: Int64 { Int64(state.actual) * Int64(Self.pageSize) }

  public func ask(for bytes: Int64) {
    let pages = UInt32(clamping: bytes / Int64(Self.pageSize))
    guard pages != state.target else { return }
    state.target = pages
    configurationChanged()
  }

  public var statistics: [(name: String, value: UInt64)] {
    let names = [
      "swap-in", "swap-out", "major-faults", "minor-faults", "free-memory", "total-memory", "available-memory",
      "disk-caches", "hugetlb-allocations", "hugetlb-failures",
    ]
    return names.enumerated().compactMap { index, name in
      state.statistics[index] == .max ? nil : ("stat-" + name, state.statistics[index])
    }
  }
}
