import DeviceModel
import GuestMemory

/// A device on a table of its own: a clock that the test turns, ports, and a record of what its lines did.
final class Desk<D: Device> {
  private final class Hand {
    var now: Int64 = 0
  }

  private let hand = Hand()
  let clock: VirtualClock
  let site: Site
  let device: D
  let control = ControlNotes()
  private let record = Record()

  init(epoch: Int64 = 0, parameters: [String: String] = [:], backends: [String: any HostSide] = [:]) {
    clock = VirtualClock { [hand] in hand.now }
    site = Site(name: D.model.name, clock: clock, memory: AddressSpace(name: "none"))
    site.epoch = epoch
    site.parameters = parameters
    site.backends = backends
    site.control = control
    for name in D.model.outputs {
      site.line(name).connect { [record] in record.note(name, $0) }
    }
    device = D(site)
    device.reset()
    record.clear()
  }

  var now: Int64 { hand.now }

  /// Turns the clock to `time` in nanoseconds; timers fire at their deadlines on the way.
  func turn(to time: Int64) {
    while let next = clock.nextDeadline, next <= time {
      hand.now = max(hand.now, next)
      clock.runDue()
    }
    hand.now = max(hand.now, time)
  }

  /// Turns the clock without serving any timer, as a busy host would.
  func jump(to time: Int64) { hand.now = time }

  func wait(_ nanoseconds: Int64) { turn(to: hand.now + nanoseconds) }

  func read(_ offset: UInt64, region: Int = 0) -> UInt8 {
    UInt8(truncatingIfNeeded: device.busRead(offset, width: 1, region: region))
  }

  func write(_ value: UInt8, _ offset: UInt64, region: Int = 0) {
    device.busWrite(UInt64(value), offset, width: 1, region: region)
  }

  /// The level that a line was last driven to.
  func level(_ line: String) -> Bool { record.levels[line] ?? false }

  /// How often a line has risen since the last `forget()`.
  func rises(_ line: String) -> Int { record.rises[line] ?? 0 }

  func forget() { record.rises = [:] }

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

/// What a device asked of the machine.
final class ControlNotes: MachineControl {
  var resets: [String] = []
  func requestReset(_ reason: String) { resets.append(reason) }
  func requestPowerOff() {}
  func requestExit(status: Int32) {}
  func requestCrash(_ reason: String) {}
}

/// The host's end of a serial line, in memory.
final class WireEnd: CharacterBackend {
  var sent: [UInt8] = []
  var waiting: [UInt8] = []
  var onInput: (() -> Void)?
  var onBreak: (() -> Void)?

  func write(_ byte: UInt8) { sent.append(byte) }
  var hasInput: Bool { !waiting.isEmpty }
  func read() -> UInt8? { waiting.isEmpty ? nil : waiting.removeFirst() }

  func type(_ bytes: [UInt8]) {
    waiting += bytes
    onInput?()
  }
}
