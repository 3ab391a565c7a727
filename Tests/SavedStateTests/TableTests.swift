import Bits
import SavedState
import Testing

@Suite struct TableTests {
  @Test func `what is saved comes back`() throws {
    let tree = Sample.table.save(.busy())
    let loaded = try Sample.table.load(tree, over: Sample())
    #expect(loaded.wide == .max)
    #expect(loaded.small == -5)
    #expect(loaded.mode == .done)
    #expect(loaded.extended == 3)
    #expect(loaded.cells[19] == 0xff)
    #expect(loaded.words[1] == 9)
    #expect(loaded.maybe == 4)
    #expect(loaded.queue.elements == [9, 8, 7])
    #expect(loaded.jobs[0].left == 3)
    #expect(loaded.timer.reload == 50 && loaded.timer.running)
    #expect(loaded.timers[1].left == 1)
    #expect(loaded.fifoLevel == 4)
    #expect(Sample.table.save(loaded) == tree)
  }

  @Test func `a queue is saved from its oldest element wherever that lies`() {
    var turned = Sample()
    for byte in 0..<10 as Range<UInt8> { turned.queue.append(byte) }
    for _ in 0..<7 { _ = turned.queue.popFirst() }
    var straight = Sample()
    for byte in [7, 8, 9] as [UInt8] { straight.queue.append(byte) }
    #expect(Sample.table.save(turned) == Sample.table.save(straight))
    #expect(Sample.table.save(turned)["queue"] == .list([.integer(7), .integer(8), .integer(9)]))
  }

  @Test func `derived rows are not in the tree`() {
    let tree = Sample.table.save(.busy())
    #expect(tree["line"] == nil)
    #expect(tree.value(at: "/sample/timer/next") == nil)
    #expect(Sample.table.show(.busy())["line"] == .bool(false))
    #expect(Sample.table.show(.busy()).value(at: "/sample/timer/next") == .integer(0))
  }

  @Test func `a subsection is sent only when its predicate holds`() {
    #expect(Sample.table.save(Sample())["fifo"] == nil)
    #expect(Sample.table.save(.busy()).value(at: "/sample/fifo/depth") == .integer(4))
  }

  @Test func `an absent attribute takes its reset value and not the device's`() throws {
    var tree = Sample.table.save(.busy())
    tree["level"] = nil
    tree["fifo"] = nil
    tree["timer"] = nil
    let loaded = try Sample.table.load(tree, over: .busy())
    #expect(loaded.level == 3)
    #expect(loaded.fifoOn == false && loaded.fifoLevel == 1)
    #expect(loaded.timer.reload == 100)
  }

  @Test func `derived rows take their reset value in a load`() throws {
    var live = Sample.busy()
    live.line = true
    #expect(try Sample.table.load(Sample.table.save(live), over: live).line == false)
  }

  @Test func `a fixed row is compared and kept`() throws {
    var other = Sample()
    other.serial = 99
    #expect(try Sample.table.load(Sample.table.save(other), over: other).serial == 99)
    #expect(
      throws: LoadError([
        StateFault(.fixed, path: "/sample/serial", found: "99", expected: "1234, as this board has")
      ])
    ) { try Sample.table.load(Sample.table.save(other), over: Sample()) }
  }

  @Test func `a check without a board does not compare fixed rows`() {
    var other = Sample()
    other.serial = 99
    #expect(AnyStateTable(Sample.table).check(Sample.table.save(other)) == [])
  }

  @Test func `every pattern of an extended real survives`() throws {
    var random = SplitMix64(seed: 3)
    for _ in 0..<200 {
      var sample = Sample()
      withUnsafeMutableBytes(of: &sample.extended) { raw in
        for index in 0..<10 { raw[index] = UInt8(truncatingIfNeeded: random.next()) }
      }
      let loaded = try Sample.table.load(Sample.table.save(sample), over: Sample())
      withUnsafeBytes(of: sample.extended) { want in
        withUnsafeBytes(of: loaded.extended) { got in #expect(want.prefix(10).elementsEqual(got.prefix(10))) }
      }
    }
  }

  @Test func `a machine of 200 devices is saved and encoded and read in little time`() throws {
    let clock = ContinuousClock()
    var bytes: [UInt8] = []
    let all = try clock.measure {
      var root = StateNode("machine")
      for index in 0..<200 { root.add(Sample.table.save(.busy(), as: "device\(index)")) }
      bytes = root.der()
      let back = try StateNode(der: bytes)
      for child in back.children { _ = try Sample.table.load(child, over: Sample()) }
    }
    // Hundreds of times what it takes: only a cost that grows with the square of the size can reach it.
    #expect(all < .seconds(20), "\(bytes.count) bytes in \(all)")
  }

  @Test func `what a board has fixed stays when the group that it is in does not come`() throws {
    var live = Equipped()
    (live.one.size, live.many[1].size, live.count) = (7, 8, 9)
    live.one.level = 5
    let loaded = try Equipped.table.load(StateNode("equipped", model: "equipped"), over: live)
    #expect(loaded.one.size == 7 && loaded.many[0].size == 1 && loaded.many[1].size == 8 && loaded.count == 9)
    #expect(loaded.one.level == 0)
  }
}

/// A state with fixed rows below groups.
private struct Equipped: DeviceState {
  struct Part: DeviceState {
    var size: UInt32 = 1
    var level: UInt32 = 0

    static let table = StateTable<Part>("part") {
      fixed(\.size)
      saved(\.level)
    }
  }

  var one = Part()
  var many = InlineArray<2, Part>(repeating: Part())
  var count: UInt8 = 0
  var isOdd = false

  static let table = StateTable<Equipped>("equipped") {
    nested(\.one)
    nested(\.many)
    subsection("more") {
      fixed(\.count)
      saved(\.isOdd)
    } when: {
      $0.isOdd
    }
  }
}
