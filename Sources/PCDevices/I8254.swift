import Bits
public import DeviceModel
public import SavedState

/// The 8254 programmable interval timer of a PC.
///
/// Channel 0 drives `irq0`, channel 2, gated by `gate2`, drives `out2`; the gates of channels 0 and 1 are tied
/// high. Lines show the one-pulse lows of modes 2, 4 and 5 as a pulse at their end; reads see them exactly.
public final class I8254: Device {
  public static let model = Model(
    "i8254", "8254 interval timer",
    regions: [RegionModel("counters", .io, size: 4, base: 0x40)],
    outputs: ["irq0", "out2"],
    inputs: ["gate2"])

  public static let registers =
    (0..<3).map { RegisterRow("COUNTER\($0)", at: UInt64($0), .readWrite, reset: nil, isVolatile: true) }
    + [RegisterRow("CONTROL", at: 3, .writeOnly, reset: nil, isVolatile: true, fields: "SC[7:6] RW[5:4] M[3:1] BCD[0]")]
    // What the read-back command latches.
    + (0..<3).map {
      RegisterRow(
        "STATUS\($0)", at: UInt64($0), .readOnly, reset: nil,
        fields: "OUTPUT[7] NULL_COUNT[6] RW[5:4] M[3:1] BCD[0]", select: [RegisterWrite(0xe0 | 2 << UInt64($0), at: 3)])
    }

  public struct State: DeviceState {
    /// The level of input gate2.
    public var gate2 = false
    public var channels: InlineArray<3, PITChannel> = {
      var channels = InlineArray<3, PITChannel>(repeating: PITChannel())
      channels[2].gate = false
      return channels
    }()

    public init() {}

    public static let table = StateTable<State>("i8254") {
      saved(\.gate2)
      nested(\.channels)
    }
  }

  public var state = State()
  private let clock: VirtualClock
  private let lines: [Line]
  private let timers: [Timer]

  public init(_ site: Site) {
    clock = site.clock
    lines = [site.line("irq0"), Line("refresh"), site.line("out2")]
    timers = (0..<3).map { _ in site.clock.makeTimer() }
    for (index, timer) in timers.enumerated() {
      timer.onFire = { [unowned self] in synchronise(index, PITClock.ticks(at: clock.now)) }
    }
  }

  public func reset() {
    let gate = state.gate2
    state = State()
    state.gate2 = gate
    settle()
  }

  public func settle() {
    for index in 0..<3 {
      state.channels[index].gate = index < 2 || state.gate2
      lines[index].set(state.channels[index].out)
      arm(index)
    }
  }

  public func input(_ index: Int, _ level: Bool) {
    guard index == 0, level != state.gate2 else { return }
    state.gate2 = level
    let now = PITClock.ticks(at: clock.now)
    synchronise(2, now)
    state.channels[2].setGate(level, now: now)
    synchronise(2, now)
  }

  /// Brings a channel to pulse `now`: its line shows edges that are due, its timer waits for the next.
  private func synchronise(_ index: Int, _ now: Int64) {
    let isDue = state.channels[index].edge >= 0 && now >= state.channels[index].edge
    state.channels[index].advance(to: now)
    let level = state.channels[index].output(at: now)
    if isDue, level == state.channels[index].out { lines[index].set(!level) }
    if isDue || level != state.channels[index].out {
      state.channels[index].out = level
      lines[index].set(level)
    }
    let edge = state.channels[index].nextEdge(after: now)
    if edge != state.channels[index].edge || isDue {
      state.channels[index].edge = edge
      arm(index)
    }
  }

  private func arm(_ index: Int) {
    let edge = state.channels[index].edge
    timers[index].set(edge >= 0 && lines[index].isConnected ? PITClock.nanoseconds(at: edge) : nil)
  }

  public func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    let index = Int(offset & 3)
    guard index < 3 else { return 0xff }
    let now = PITClock.ticks(at: clock.now)
    synchronise(index, now)
    return UInt64(state.channels[index].read(now: now))
  }

  public func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let byte = UInt8(truncatingIfNeeded: value)
    let now = PITClock.ticks(at: clock.now)
    let index = Int(offset & 3)
    if index < 3 {
      synchronise(index, now)
      state.channels[index].write(byte, now: now)
      synchronise(index, now)
    } else if byte >> 6 == 3 {
      readBack(byte, now)
    } else {
      let index = Int(byte >> 6)
      synchronise(index, now)
      if byte & 0x30 == 0 {
        state.channels[index].latchCount(now: now)
      } else {
        state.channels[index].setControl(byte, now: now)
        synchronise(index, now)
      }
    }
  }

  private func readBack(_ command: UInt8, _ now: Int64) {
    for index in 0..<3 where command.bit(index + 1) {
      synchronise(index, now)
      if !command.bit(5) { state.channels[index].latchCount(now: now) }
      if !command.bit(4) { state.channels[index].latchStatus(now: now) }
    }
  }
}
