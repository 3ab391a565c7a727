public import DeviceModel

/// A network's end on the host: a cable that can be pulled, frames that wait for the device, and what is dumped of all.
///
/// What comes in waits in a queue with bounds; what does not fit into that is dropped, as by a switch. It gets to the
/// device when the host is looked at, or when the device says that it has room, and never while the machine stands still.
public class NetworkEnd: NetworkBackend {
  /// The most bytes of a frame: what IP's length field can say, and headers around it.
  public static let frameLimit = 65536 + 128
  /// The most frames that wait, and bytes in them.
  static let queueLimit = 2048
  static let byteLimit = 4 << 20

  /// The name of the `-netdev`.
  public let name: String
  public var onFrame: (([UInt8]) -> Bool)?
  public var onLink: (() -> Void)?
  public var segments: SegmentTaker?
  public var waits: Bool { true }
  public var hasRightChecksums: Bool { false }
  /// Frames from the guest, frames to it, and frames of either kind that were lost here.
  public private(set) var sent = 0
  public private(set) var received = 0
  public private(set) var dropped = 0
  /// Whether the cable is in.
  public var isPlugged = true { didSet { linkMayHaveChanged() } }
  let poller: Poller
  let time: NetworkTime
  private var dumps: [PacketDump] = []
  private var waiting: [[UInt8]] = []
  private var head = 0
  private var waitingBytes = 0
  private var isDelivering = false
  private var wasUp = true

  init(name: String, poller: Poller, time: NetworkTime) {
    self.name = name
    self.poller = poller
    self.time = time
    poller.attach(self)
  }

  /// What it is, for people, as `user,net=10.0.2.0/24`.
  public var summary: String { "none" }
  /// Whether somebody is at the other end.
  var isConnected: Bool { true }
  public var isLinkUp: Bool { isPlugged && isConnected }

  func linkMayHaveChanged() {
    guard isLinkUp != wasUp else { return }
    wasUp = isLinkUp
    onLink?()
  }

  /// All frames go there, too.
  public func dump(to dump: PacketDump) { dumps.append(dump) }

  // MARK: Out

  public final func send(_ frame: [UInt8]) {
    guard isLinkUp, (14...Self.frameLimit).contains(frame.count) else {
      dropped += 1
      return
    }
    sent += 1
    for dump in dumps { dump.add(frame, at: time.wall) }
    // What is answered at once comes after the device is done.
    transmit(frame)
  }

  /// Sends a frame whose size is in order.
  func transmit(_ frame: [UInt8]) {}

  /// One more frame was lost.
  func drop() { dropped += 1 }

  // MARK: In

  /// Whether what comes in has a place to wait.
  var hasRoom: Bool { waiting.count - head < Self.queueLimit && waitingBytes < Self.byteLimit }

  /// A frame has come.
  final func receive(_ frame: [UInt8]) {
    guard isLinkUp, hasRoom, (14...Self.frameLimit).contains(frame.count) else {
      dropped += 1
      return
    }
    for dump in dumps { dump.add(frame, at: time.wall) }
    guard onFrame != nil else { return }
    waiting.append(frame)
    waitingBytes += frame.count
  }

  public final func resume() { deliver() }

  /// Gives the device what waits, as far as it has room.
  final func deliver() {
    guard head < waiting.count, !isDelivering, !time.stands, isLinkUp, let onFrame else { return }
    isDelivering = true
    defer { isDelivering = false }
    let limit = hasRightChecksums ? min(segments?.limit() ?? 0, Self.mergeLimit) : 0
    while head < waiting.count {
      var count = 1
      if limit > 0, var merger = merged(limit), segments?.take(merger.finish(), merger.segmentSize) == true {
        count = merger.count
      } else {
        // There may be room for one where there is none for several.
        guard onFrame(waiting[head]) else { break }
      }
      for index in head..<head + count {
        waitingBytes -= waiting[index].count
        waiting[index] = []
      }
      received += count
      head += count
    }
    if head == waiting.count {
      waiting.removeAll(keepingCapacity: true)
      head = 0
    } else if head > Self.queueLimit {
      waiting.removeFirst(head)
      head = 0
    }
  }

  /// The most bytes of a frame of several: what IP's length field can say, behind Ethernet's header.
  private static let mergeLimit = 65535 + 14

  /// The next frames as one; nil when there is one alone.
  private func merged(_ limit: Int) -> SegmentMerger? {
    guard head + 1 < waiting.count, var merger = SegmentMerger(waiting[head], limit: limit) else { return nil }
    var index = head + 1
    while index < waiting.count, merger.add(waiting[index], limit: limit) { index += 1 }
    return merger.count > 1 ? merger : nil
  }

  /// Nothing waits any more.
  final func forgetWaiting() {
    waiting.removeAll()
    (head, waitingBytes) = (0, 0)
  }

  // MARK: The poller

  /// Before the poller waits, for at most `timeout` nanoseconds (nil: as long as it takes), which this may shorten:
  /// what to wait for beside the watches.
  func prepare(_ polled: inout PolledDescriptors, _ timeout: inout Int64?) {
    let before = received
    deliver()
    // The guest has something to do.
    if received != before { timeout = 0 }
    for dump in dumps { dump.flush() }
  }

  /// The poller has waited, and `polled` says what for.
  func handle(_ polled: PolledDescriptors) { deliver() }
}
