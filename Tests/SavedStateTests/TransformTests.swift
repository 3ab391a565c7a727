import SavedState
import Testing

/// Version 1 counted in milliseconds and called its field `delay`; version 2 counts in microseconds, calls it `wait`
/// and has lost `spare`.
private struct Pause: DeviceState {
  var wait: UInt32 = 0
  var repeats: UInt8 = 1

  static let table = StateTable<Pause>("pause", version: 2) {
    saved(\.wait)
    saved(\.repeats, since: 2)
  }
}

@Suite struct TransformTests {
  private let transforms = StateTransforms([
    StateTransform(
      "microseconds", model: "pause", from: 1,
      [
        .renameField("delay", to: "wait"),
        .mapField("wait") { value in
          if case .integer(let number) = value { .integer(number * 1000) } else { nil }
        } down: { value in
          if case .integer(let number) = value, number % 1000 == 0 { .integer(number / 1000) } else { nil }
        },
        .dropField("spare", .bool(false)),
      ]),
    StateTransform("names", model: "board", from: 1, [.renameChild("pause", to: "pause0")]),
    StateTransform("models", model: "board", from: 2, [.renameModel("sleep", to: "pause")]),
  ])
  private let newest = ["pause": 2, "board": 3]

  private func old() -> StateNode {
    var root = StateNode("machine", model: "board", version: 1)
    var pause = StateNode("pause", model: "sleep", version: 1)
    pause["delay"] = .integer(7)
    pause["spare"] = .bool(false)
    root.add(pause)
    return root
  }

  @Test func `an old tree is raised step by step and loads`() throws {
    let tree = try transforms.raised(old(), to: newest)
    #expect(tree.version == 3)
    let pause = try #require(tree.node(at: "/machine/pause0"))
    let loaded = try Pause.table.load(pause, over: Pause())
    #expect(loaded.wait == 7000)
    #expect(loaded.repeats == 1)
  }

  @Test func `what was raised is lowered to what it was`() throws {
    let tree = try transforms.raised(old(), to: newest)
    let saved = try Pause.table.save(
      Pause.table.load(try #require(tree.node(at: "/machine/pause0")), over: Pause()), as: "pause0")
    var now = tree
    now.add(saved)
    let lower = try transforms.lowered(
      now, to: ["pause": 1, "board": 1], tables: ["pause": AnyStateTable(Pause.table)])
    #expect(lower == old())
  }

  @Test func `a value that the older version cannot express refuses`() {
    var now = StateNode("machine", model: "board", version: 3)
    var pause = Pause()
    pause.wait = 1500
    pause.repeats = 2
    now.add(Pause.table.save(pause, as: "pause0"))
    do {
      _ = try transforms.lowered(now, to: ["pause": 1], tables: ["pause": AnyStateTable(Pause.table)])
      Issue.record("1.5 ms were written as milliseconds")
    } catch {
      #expect(error.faults.map(\.path) == ["/machine/pause0/wait", "/machine/pause0/repeats"])
    }
  }

  @Test func `a field that is left out must have its plain value`() {
    var tree = old()
    tree[child: "pause"]?["spare"] = .bool(true)
    do {
      _ = try transforms.raised(tree, to: newest)
      Issue.record("a spare was dropped")
    } catch {
      #expect(error.faults.map(\.kind) == [.lost])
      #expect(error.faults.map(\.path) == ["/machine/pause0/spare"])
    }
  }

  @Test func `fields inside groups are reached by path`() throws {
    let transforms = StateTransforms([
      StateTransform(
        "inner", model: "m", from: 1,
        [.renameField("timer/a", to: "timer/b"), .addField("timer/c", .integer(4)), .dropField("timer/d", .integer(0))])
    ])
    var node = StateNode("n", model: "m")
    node["timer"] = StateGroup(version: 1, [StateAttribute("a", .integer(1)), StateAttribute("d", .integer(0))]).map {
      .group($0)
    }
    let raised = try transforms.raised(node, to: ["m": 2])
    #expect(raised.value(at: "/n/timer/b") == .integer(1))
    #expect(raised.value(at: "/n/timer/c") == .integer(4))
    #expect(raised.value(at: "/n/timer/d") == nil)
  }

  @Test func `a name that is taken refuses the renaming of a child`() {
    var tree = old()
    tree.add(StateNode("pause0"))
    #expect(throws: LoadError.self) { try transforms.raised(tree, to: newest) }
  }

  @Test func `a tree of the newest versions stays as it is`() throws {
    let tree = try transforms.raised(old(), to: newest)
    #expect(try transforms.raised(tree, to: newest) == tree)
  }
}
