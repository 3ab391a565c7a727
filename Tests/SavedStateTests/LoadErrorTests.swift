import SavedState
import Testing

@Suite struct LoadErrorTests {
  @Test func `a number out of its row's range refuses the load`() {
    #expect(
      faults { $0["level"] = .integer(8) } == [
        StateFault(.range, path: "/sample/level", found: "8", expected: "0...7")
      ])
  }

  @Test func `a number too wide for its property refuses the load`() {
    #expect(
      faults { $0["small"] = .integer(128) } == [
        StateFault(.range, path: "/sample/small", found: "128", expected: "-128...127")
      ])
    #expect(faults { $0["wide"] = .integer(-1) }.map(\.kind) == [.range])
  }

  @Test func `an unknown raw value refuses the load and names the known ones`() {
    #expect(
      faults { $0["mode"] = .enumeration(3, symbol: "busy") } == [
        StateFault(.range, path: "/sample/mode", found: "busy (3)", expected: "idle (0), busy (1), done (7)")
      ])
    #expect(faults { $0["mode"] = .enumeration(256, symbol: nil) }.map(\.kind) == [.range])
  }

  @Test func `another kind of value refuses the load`() {
    for name in Sample.table.save(.busy()).state.attributes.map(\.name) {
      let found = faults { $0[name] = .text("7") }
      #expect(found.map(\.kind) == [.kind], "\(name)")
      #expect(found.map(\.path) == ["/sample/\(name)"])
    }
  }

  @Test func `a value that fails its row's condition refuses the load`() {
    #expect(faults { $0["even"] = .integer(3) }.map(\.kind) == [.condition])
  }

  @Test func `an array of another length refuses the load`() {
    #expect(faults { $0["words"] = .list([.integer(1)]) }.map(\.kind) == [.range])
    #expect(faults { $0["cells"] = .bytes([1]) }.map(\.kind) == [.range])
    #expect(faults { $0["timers"] = .list([]) }.map(\.kind) == [.range])
    #expect(faults { $0["extended"] = .bytes([]) }.map(\.kind) == [.range])
    #expect(faults { $0["maybe"] = .list([.integer(1), .integer(2)]) }.map(\.kind) == [.range])
  }

  @Test func `a list beyond its bound refuses the load`() {
    let nine = StateValue.list((0..<9).map { .integer($0) })
    #expect(
      faults { $0["queue"] = nine } == [
        StateFault(.range, path: "/sample/queue", found: "a list of 9", expected: "a list of at most 8")
      ])
  }

  @Test func `a fault inside an array is named by its place`() {
    #expect(
      faults { $0["words"] = .list([.integer(1), .integer(1 << 16), .integer(2)]) }.map(\.path) == [
        "/sample/words[1]"
      ])
    #expect(
      faults { try? $0.set(.integer(101), at: "/sample/timers[1]/left") } == [
        StateFault(
          .condition, path: "/sample/timers[1]", found: "left 101 is more than reload 100",
          expected: "rows that fit together")
      ])
  }

  @Test func `all faults are told at once`() {
    let found = faults {
      $0["level"] = .integer(99)
      $0["mode"] = .bool(true)
      $0["zebra"] = .integer(1)
      try? $0.set(.integer(9), at: "/sample/fifo/depth")
    }
    #expect(found.map(\.path) == ["/sample/fifo/depth", "/sample/level", "/sample/mode", "/sample/zebra"])
    #expect(found.map(\.field) == ["depth", "level", "mode", "zebra"])
  }

  @Test func `an unknown attribute refuses the load unless it may be skipped`() {
    #expect(faults { $0["zebra"] = .integer(1) }.map(\.kind) == [.unknown])
    #expect(faults { $0.state.set(StateAttribute("zebra", .integer(1), mustUnderstand: false)) } == [])
  }

  @Test func `a derived row in the tree is an unknown attribute`() {
    #expect(faults { $0["line"] = .bool(true) }.map(\.kind) == [.unknown])
  }

  @Test func `another model or a version to come refuses the load`() {
    #expect(faults { $0.model = "other" }.map(\.kind) == [.model])
    #expect(
      faults { $0.version = 4 } == [
        StateFault(.version, path: "/sample", found: "version 4", expected: "1...3 of sample")
      ])
    #expect(faults { $0.version = 0 }.map(\.kind) == [.version])
  }

  @Test func `a nested group needs a version that its table has`() {
    #expect(faults { $0["timer"] = .group(StateGroup()) }.map(\.path) == ["/sample/timer"])
    #expect(faults { $0["timer"] = .group(StateGroup(version: 3)) }.map(\.kind) == [.version])
    #expect(faults { $0["fifo"] = .group(StateGroup(version: 1)) }.map(\.kind) == [.version])
  }

  @Test func `a refused load changes nothing`() {
    let live = Sample.busy()
    var tree = Sample.table.save(Sample())
    tree["level"] = .integer(200)
    let before = Sample.table.show(live)
    #expect(throws: LoadError.self) { try Sample.table.load(tree, over: live) }
    #expect(Sample.table.show(live) == before)
  }

  @Test func `a hostile tree cannot make the list of faults long`() {
    let found = faults { tree in
      for index in 0..<5000 { tree["x\(index)"] = .bool(true) }
    }
    #expect(found.count == Loader.faultLimit)
  }
}
