public import DeviceModel
public import GuestMemory

/// A device on a table of its own: a clock that the test turns, ports, and a record of what its lines did.
public final class Desk<D: Device> {
  private final class Hand {
    var now: Int64 = 0
  }

  private let hand = Hand()
  public let clock: VirtualClock
  public let site: Site
  public let device: D
  public let control = ControlNotes()
  private let record = Record()

  /// A device in its reset state; `memory` is what its DMA sees, and `prepare` has the last word on its site.
  public init(
    epoch: Int64 = 0, parameters: [String: String] = [:], backends: [String: any HostSide] = [:],
    memory: AddressSpace = AddressSpace(name: "none"), prepare: (Site) -> Void = { _ in }
  ) {
    clock = VirtualClock { [hand] in hand.now }
    site = Site(name: D.model.name, clock: clock, memory: memory)
    site.epoch = epoch
    site.parameters = parameters
    site.backends = backends
    site.control = control
    prepare(site)
    for name in D.model.outputs {
      site.line(name).connect { [record] in record.note(name, $0) }
    }
    device = D(site)
    device.reset()
    record.clear()
  }

  /// The time on its clock, in nanoseconds.
  public var now: Int64 { hand.now }

  /// Turns the clock to `time` in nanoseconds; timers fire at their deadlines on the way.
  public func turn(to time: Int64) {
    while let next = clock.nextDeadline, next <= time {
      hand.now = max(hand.now, next)
      clock.runDue()
    }
    hand.now = max(hand.now, time)
  }

  /// Turns the clock without serving any timer, as a busy host would.
  public func jump(to time: Int64) { hand.now = time }

  /// Turns the clock on by `nanoseconds`.
  public func wait(_ nanoseconds: Int64) { turn(to: hand.now + nanoseconds) }

  /// A register of 8 bits.
  public func read(_ offset: UInt64, region: Int = 0) -> UInt8 {
    UInt8(truncatingIfNeeded: device.busRead(offset, width: 1, region: region))
  }

  public func write(_ value: UInt8, _ offset: UInt64, region: Int = 0) {
    device.busWrite(UInt64(value), offset, width: 1, region: region)
  }

  /// A register of 32 bits.
  public func readWord(_ offset: UInt64, region: Int = 0) -> UInt32 {
    UInt32(truncatingIfNeeded: device.busRead(offset, width: 4, region: region))
  }

  public func writeWord(_ value: UInt32, _ offset: UInt64, region: Int = 0) {
    device.busWrite(UInt64(value), offset, width: 4, region: region)
  }

  /// The level that a line was last driven to.
  public func level(_ line: String) -> Bool { record.levels[line] ?? false }

  /// How often a line has risen since the last `forget()`.
  public func rises(_ line: String) -> Int { record.rises[line] ?? 0 }

  /// Counts rises from here on.
  public func forget() { record.rises = [:] }

  private final class Record {
    var levels: [String: Bool] = [:]
    var rises: [String: Int] = [:]

    func note(_ name: String, _ level: Bool) {
      if level, levels[name] != true { rises[name, default: 0] += 1 }
      levels[name] = level
    }

    func clear() { rises = [:] }
  }
}
