import DeviceModel
import X86

/// The machine's time: what the virtual clock reads.
final class MachineTime {
  let mode: ClockMode
  private let monotonic: () -> Int64
  private let cpus: CPUSet
  /// Clock time less what the mode counts.
  private var offset: Int64 = 0
  /// While stopped: the time at which it stopped.
  private var stoppedAt: Int64? = 0

  init(mode: ClockMode, cpus: CPUSet, monotonic: @escaping () -> Int64) {
    self.mode = mode
    self.cpus = cpus
    self.monotonic = monotonic
  }

  /// Nanoseconds since power on; never less than 0, also when a count of instructions that somebody has loaded wraps.
  var now: Int64 { stoppedAt ?? max(0, counted &+ offset) }

  private var counted: Int64 {
    switch mode {
    case .host: return monotonic()
    case .instructions(let rate, _):
      let product = cpus.executed.multipliedFullWidth(by: 1_000_000_000)
      return product.high < rate ? Int64(clamping: rate.dividingFullWidth(product).quotient) : .max
    case .commanded: return 0
    }
  }

  func start() {
    guard let then = stoppedAt else { return }
    stoppedAt = nil
    offset = then &- counted
  }

  func stop() { stoppedAt = now }

  /// Sets the time, as a load does.
  func set(_ time: Int64) {
    if stoppedAt != nil { stoppedAt = time } else { offset = time &- counted }
  }

  /// Moves on to `time` without anything having happened.
  func skip(to time: Int64) {
    if time > now { set(time) }
  }

  /// How many instructions fit before `deadline`; at least one.
  ///
  /// Whenever it is asked, they end at the same one: the first after which the clock, which rounds down, reads
  /// `deadline` or more.
  func instructions(until deadline: Int64, rate: UInt64) -> Int {
    let present = now
    guard deadline > present else { return 1 }
    let (target, overflow) = (deadline &- present).addingReportingOverflow(counted)
    guard !overflow else { return .max }
    let product = UInt64(target).multipliedFullWidth(by: rate)
    guard product.high < 1_000_000_000 else { return .max }
    let (quotient, remainder) = UInt64(1_000_000_000).dividingFullWidth(product)
    let end = remainder == 0 ? quotient : quotient &+ 1
    return Int(clamping: max(1, end &- cpus.executed))
  }
}
