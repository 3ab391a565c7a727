import DeviceAudit
import DeviceModel
import GuestMemory
import SavedState
import Testing

/// A counter whose line is high while it is above a limit. `flaws` are the mistakes that the audit must find.
private class Counter: Device {
  enum Flaw: CaseIterable {
    case none, forgetsLine, restless, forgetsReset, wideMask, otherReset, breaksRange
  }

  struct State: DeviceState {
    var count: UInt8 = 0
    var limit: UInt8 = 15
    var line = false

    static let table = StateTable<State>("counter") {
      saved(\.count)
      saved(\.limit, in: 0...15)
      derived(\.line)
    }
  }

  static let model = Model(
    "counter", "A counter", regions: [RegionModel("ports", .io, size: 2)], outputs: ["irq"], inputs: ["clear"])
  static let registers = [
    RegisterRow("count", at: 0, .readWrite), RegisterRow("limit", at: 1, .readWrite, reset: 15, mask: 15),
  ]

  var state = State()
  let irq: Line
  let flaw: FlawHolder

  required init(_ site: Site) {
    irq = site.line("irq")
    flaw = site.backend("flaw") ?? FlawHolder(.none)
    settle()
  }

  func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    if offset == 0 { return UInt64(flaw.flaw == .otherReset ? state.count | 1 : state.count) }
    return UInt64(state.limit)
  }

  func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    let byte = UInt8(truncatingIfNeeded: value)
    if offset == 0 {
      state.count = byte
    } else {
      state.limit = flaw.flaw == .wideMask || flaw.flaw == .breaksRange ? byte : byte & 15
    }
    settle()
  }

  func input(_ index: Int, _ level: Bool) {
    if level { state.count = 0 }
    settle()
  }

  func reset() {
    let limit = state.limit
    state = State()
    if flaw.flaw == .forgetsReset { state.limit = limit }
    settle()
  }

  func settle() {
    if flaw.flaw == .restless { state.count &+= 1 }
    if flaw.flaw != .forgetsLine { state.line = state.count > state.limit }
    irq.set(state.line)
  }
}

private final class FlawHolder: HostSide {
  let flaw: Counter.Flaw
  init(_ flaw: Counter.Flaw) { self.flaw = flaw }
}

/// Holds something that is neither state nor of the host.
private final class Hoarder: Counter {
  var secret = 5
}

/// Counts time from a moment that it does not save.
private final class Stopwatch: Device {
  struct State: DeviceState {
    var ticks: UInt64 = 0
    static let table = StateTable<State>("stopwatch") { saved(\.ticks) }
  }

  final class Origin: HostSide {
    var at: Int64 = 0
  }

  static let model = Model(
    "stopwatch", "Time since start", regions: [RegionModel("ports", .io, size: 8, widths: 8...8)])
  var state = State()
  let clock: VirtualClock
  let origin = Origin()

  init(_ site: Site) {
    clock = site.clock
    origin.at = clock.now
  }

  func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 { UInt64(clock.now - origin.at) }
  func reset() { state = State() }
  func settle() {}
}

@Suite struct DeviceAuditTests {
  private func site(_ flaw: Counter.Flaw) -> Site {
    let site = Site(name: "counter0", clock: VirtualClock(), memory: AddressSpace(name: "none"))
    site.backends["flaw"] = FlawHolder(flaw)
    return site
  }

  private func faults(_ flaw: Counter.Flaw) -> [String] {
    let site = site(flaw)
    return withExtendedLifetime(site) { audit(Counter(site)) }
  }

  @Test func `a device without mistakes is found right`() {
    #expect(faults(.none) == [])
    let device: any Device = Counter(site(.none))
    #expect(audit(device) == [])
  }

  @Test func `a derived row that settle does not restore is found`() {
    #expect(faults(.forgetsLine) == ["/counter/line is not restored by settle()"])
  }

  @Test func `a settle that does more when it is called again is found`() {
    #expect(faults(.restless).contains("/counter/count is changed by a second settle()"))
  }

  @Test func `a reset that leaves something is found, unless a battery keeps it`() {
    let found = faults(.forgetsReset)
    #expect(!found.isEmpty)
    #expect(found.allSatisfy { $0.hasPrefix("after a reset /counter/limit: 15 -> ") })
    let site = site(.forgetsReset)
    #expect(withExtendedLifetime(site) { audit(Counter(site), kept: ["limit"]) } == [])
  }

  @Test func `bits that change outside their mask are found`() {
    #expect(faults(.wideMask).contains("counter: limit changes bits 0xf0 outside its mask"))
  }

  @Test func `a register that resets to something else is found`() {
    #expect(faults(.otherReset).contains("counter: count is 0x1 after a reset, not 0x0"))
  }

  @Test func `a state that a guest can reach and its table refuses is found`() {
    #expect(faults(.breaksRange).contains { $0.contains("the state does not load: /counter/limit") })
  }

  @Test func `what is neither state nor of the host is found`() {
    #expect(audit(Hoarder(site(.none))) == ["counter: secret is neither state nor host-side"])
  }

  @Test func `a device that moves at random moments goes on as if it had stayed`() {
    #expect(auditMoves(of: Counter.self) == [])
  }

  @Test func `a device that leaves something behind when it moves is found`() {
    #expect(auditMoves(of: Stopwatch.self).first?.contains("after a move") == true)
  }
}
