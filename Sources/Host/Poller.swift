public import DeviceModel
import Glibc

@_silgen_name("ppoll")
private func ppoll(
  _ descriptors: UnsafeMutablePointer<pollfd>?, _ count: UInt, _ timeout: UnsafePointer<timespec>?,
  _ mask: UnsafeRawPointer?
) -> Int32

/// Waits for descriptors and host deadlines on the machine's thread, and sends what back ends have buffered.
public final class Poller: HostEvents {
  private var watches: [Watch] = []
  private var deadlines: [(at: Int64, action: () -> Void)] = []
  private var streams: [Weak] = []
  private var networks: [WeakNetwork] = []
  private var channels: [ObjectIdentifier: ControlChannel] = [:]
  private var work = Workload()
  private let clock: () -> Int64

  private struct Weak {
    weak var stream: StreamBackend?
  }

  private struct WeakNetwork {
    weak var end: NetworkEnd?
  }

  /// `clock` gives the monotonic time in nanoseconds; tests give their own.
  public init(clock: @escaping () -> Int64 = { HostClock.monotonic }) { self.clock = clock }

  /// The clock that timeouts are counted on, in nanoseconds.
  public var monotonic: Int64 { clock() }

  /// Whether a lossless output has more waiting than is healthy.
  public var isCongested: Bool { streams.contains { $0.stream?.isCongested ?? false } }

  /// Watches `descriptor`; `onReady` is told which of what it wants is ready (an error or a hang-up counts as
  /// ready for all).
  public func watch(_ descriptor: Int32, _ wants: Interest, _ onReady: @escaping (Interest) -> Void) -> Watch {
    let watch = Watch(descriptor, wants, onReady)
    watches.append(watch)
    return watch
  }

  /// Watches that descriptor no longer.
  public func remove(_ watch: Watch) {
    watch.wants = []
    watches.removeAll { $0 === watch }
  }

  /// Ends a `poll` that waits, from any thread.
  public private(set) lazy var waker: (@Sendable () -> Void)? = {
    guard let alarm = Alarm() else { return nil }
    _ = watch(alarm.descriptor, .read) { _ in alarm.clear() }
    return { alarm.raise() }
  }()

  /// Calls `action` once, `delay` nanoseconds from now.
  public func after(_ delay: Int64, _ action: @escaping () -> Void) {
    deadlines.append((monotonic + delay, action))
  }

  func attach(_ stream: StreamBackend) { streams.append(Weak(stream: stream)) }

  func attach(_ end: NetworkEnd) {
    networks.removeAll { $0.end == nil }
    networks.append(WeakNetwork(end: end))
  }

  func attach(_ channel: ControlChannel) { channels[ObjectIdentifier(channel)] = channel }
  func detach(_ channel: ControlChannel) { channels[ObjectIdentifier(channel)] = nil }

  /// `worker` has something to do: it gets its step in its turn.
  public func schedule(_ worker: any Worker) { work.add(worker) }

  /// Handles what is ready, waiting for it for at most `timeout` nanoseconds; nil: until there is something. 0 says
  /// that the guest is busy: work then has its share of the time only.
  public func poll(timeout: Int64?) {
    let isBusy = timeout == 0
    look(timeout: work.isEmpty ? timeout : 0)
    guard !work.isEmpty else { return }
    let start = monotonic
    guard let end = work.limit(start, timeout: timeout) else { return }
    var now = start
    while now < end, let worker = work.next() {
      if worker.step() { work.add(worker) }
      now = monotonic
    }
    if isBusy { work.charge(start, now) }
  }

  private func look(timeout: Int64?) {
    for entry in streams { entry.stream?.update() }
    var timeout = timeout
    if let first = deadlines.map(\.at).min() { timeout = min(timeout ?? .max, max(0, first - monotonic)) }
    var polled = networks.compactMap { entry in entry.end.map { (end: $0, own: PolledDescriptors()) } }
    for index in polled.indices { polled[index].end.prepare(&polled[index].own, &timeout) }
    let active = watches.filter { !$0.wants.isEmpty }
    var descriptors = active.map { watch in
      let events = (watch.wants.contains(.read) ? POLLIN : 0) | (watch.wants.contains(.write) ? POLLOUT : 0)
      return pollfd(fd: watch.descriptor, events: Int16(events), revents: 0)
    }
    for entry in polled { descriptors += entry.own.entries }
    if descriptors.isEmpty, timeout == 0 { return finish(&polled, []) }
    var limit = timespec()
    if let timeout {
      limit.tv_sec = Int(timeout / 1_000_000_000)
      limit.tv_nsec = Int(timeout % 1_000_000_000)
    }
    let ready = withUnsafePointer(to: limit) {
      ppoll(&descriptors, UInt(descriptors.count), timeout == nil ? nil : $0, nil)
    }
    if ready > 0 {
      for (watch, found) in zip(active, descriptors) where found.revents != 0 {
        var what: Interest = []
        let events = Int32(found.revents)
        if events & POLLIN != 0 { what.insert(.read) }
        if events & POLLOUT != 0 { what.insert(.write) }
        if events & (POLLHUP | POLLERR | POLLNVAL) != 0 { what = [.read, .write] }
        what.formIntersection(watch.wants)
        if !what.isEmpty { watch.onReady(what) }
      }
    }
    if ready < 0 { for index in polled.indices { polled[index].own.hasFailed = true } }
    finish(&polled, descriptors[active.count...])
  }

  /// The networks' share of what was found, `descriptors` in their order, and what was to be done about now.
  private func finish(
    _ polled: inout [(end: NetworkEnd, own: PolledDescriptors)], _ descriptors: ArraySlice<pollfd>
  ) {
    var at = descriptors.startIndex
    for index in polled.indices {
      let end = at + polled[index].own.entries.count
      polled[index].own.take(descriptors[at..<end])
      at = end
      polled[index].end.handle(polled[index].own)
    }
    runDeadlines()
  }

  private func runDeadlines() {
    guard !deadlines.isEmpty else { return }
    let now = monotonic
    let due = deadlines.filter { $0.at <= now }
    deadlines.removeAll { $0.at <= now }
    for entry in due { entry.action() }
  }

  /// Sends what is buffered before leaving, waiting for at most `timeout` nanoseconds of real time.
  public func drain(timeout: Int64 = 2_000_000_000) {
    let end = monotonic + timeout
    for channel in channels.values { channel.finish() }
    while streams.contains(where: { $0.stream?.hasOutput ?? false }) || channels.values.contains(where: \.hasOutput),
      monotonic < end
    {
      for entry in streams { entry.stream?.pauseInput() }
      poll(timeout: 10_000_000)
    }
  }
}
