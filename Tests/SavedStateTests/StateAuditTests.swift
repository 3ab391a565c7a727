import DeviceAudit
import SavedState
import Testing

private struct Forgetful: DeviceState {
  var kept: UInt8 = 0
  var forgotten: UInt16 = 0
  static let table = StateTable<Forgetful>("forgetful") { saved(\.kept) }
}

private struct Double1: DeviceState {
  var value: UInt8 = 0
  static let table = StateTable<Double1>("double") {
    saved(\.value)
    saved(\.value, named: "again")
  }
}

private struct Pair: BitwiseCopyable {
  var low: UInt8 = 0
  var high: UInt8 = 0
}

extension Pair: Wire {
  static var shape: StateShape { .array(.bool, count: 0) }
  static func save(_ value: Pair) -> StateValue { .list([UInt8.save(value.low), UInt8.save(value.high)]) }
  static func load(_ value: StateValue, _ loader: inout Loader) -> Pair? {
    guard case .list(let parts) = value, parts.count == 2, let low = UInt8.load(parts[0], &loader),
      let high = UInt8.load(parts[1], &loader)
    else { return loader.refuse(.kind, value, "a pair") }
    return Pair(low: low, high: high)
  }
  static func arbitrary(using random: inout SplitMix64) -> Pair { Pair() }
}

private struct Overlapping: DeviceState {
  var pair = Pair()
  static let table = StateTable<Overlapping>("overlapping") {
    saved(\.pair)
    saved(\.pair.high)
  }
}

private struct Partly: DeviceState {
  var pair = Pair()
  static let table = StateTable<Partly>("partly") { saved(\.pair.high) }
}

private struct Outer: DeviceState {
  var inner = InlineArray<2, Forgetful>(repeating: Forgetful())
  static let table = StateTable<Outer>("outer") { nested(\.inner) }
}

private struct Invalid: DeviceState {
  var level: UInt8 = 9
  static let table = StateTable<Invalid>("invalid") { saved(\.level, in: 0...7) }
}

/// Its `Wire` loses the sign.
private struct Lossy: BitwiseCopyable, Wire {
  var value: Int8 = 0
  static var shape: StateShape { Int8.shape }
  static func save(_ value: Lossy) -> StateValue { .integer(Int128(value.value)) }
  static func load(_ value: StateValue, _ loader: inout Loader) -> Lossy? {
    Int8.load(value, &loader).map { Lossy(value: Int8($0.magnitude & 0x7f)) }
  }
  static func arbitrary(using random: inout SplitMix64) -> Lossy { Lossy(value: Int8.arbitrary(using: &random)) }
}

private struct Careless: DeviceState {
  var lossy = Lossy()
  static let table = StateTable<Careless>("careless") { saved(\.lossy) }
}

@Suite struct StateAuditTests {
  @Test func `a table with a row of every kind is found right`() {
    #expect(auditState(Sample.self, rounds: 100) == [])
  }

  @Test func `a property without a row is found`() {
    #expect(auditState(Forgetful.self) == ["forgetful: forgotten has no row"])
  }

  @Test func `a property with two rows is found`() {
    #expect(auditState(Double1.self) == ["double: value has two rows"])
  }

  @Test func `rows that overlap are found`() {
    #expect(auditState(Overlapping.self) == ["overlapping: pair overlaps pair.high"])
  }

  @Test func `a struct of which a part has no row is found`() {
    #expect(auditState(Partly.self) == ["partly: pair.low has no row"])
  }

  @Test func `a mistake in a nested table is found`() {
    #expect(auditState(Outer.self) == ["outer: forgetful: forgotten has no row"])
  }

  @Test func `a reset state that its own rows refuse is found`() {
    #expect(auditState(Invalid.self) == ["invalid: reset state: /invalid/level: found 9, expected 0...7"])
  }

  @Test func `a value that does not come back is found`() {
    let faults = auditState(Careless.self)
    #expect(faults.count == 1)
    #expect(faults.first?.contains("after a load: /careless/lossy") == true)
  }
}
