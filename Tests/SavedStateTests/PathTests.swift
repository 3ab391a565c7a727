import SavedState
import Testing

@Suite struct PathTests {
  @Test func `a path reads back as it is written`() {
    for text in ["/", "/machine", "/machine/ioapic0/pin[3]/mask", "/a/b[0][12]"] {
      #expect(StatePath(text)?.description == text)
    }
  }

  @Test func `what is no path is refused`() {
    for text in ["//", "/a/", "/a[", "/a[]", "/a[x]", "/a[-1]", "/a]b", "/[3]", "/a[1]b", "/a[99999999999999999999]"] {
      #expect(StatePath(text) == nil, "\(text)")
    }
  }

  @Test func `values are found and changed by path`() throws {
    var root = machine()
    #expect(root.value(at: "/machine/sample0/timers[1]/left") == .integer(1))
    #expect(root.value(at: "/machine/sample0/cells[19]") == .integer(0xff))
    #expect(root.value(at: "/machine/ram") == .integer(1 << 20))
    try root.set(.integer(9), at: "/machine/sample0/timers[1]/left")
    try root.set(.integer(3), at: "/machine/sample0/cells[0]")
    #expect(root.value(at: "/machine/sample0/timers[1]/left") == .integer(9))
    #expect(root.value(at: "/machine/sample0/cells[0]") == .integer(3))
    #expect(root.node(at: "/machine/sample0")?.model == "sample")
  }

  @Test(arguments: [
    "/other/ram", "/machine/nothing", "/machine/sample0/timers[2]/left", "/machine/sample0", "/machine/ram/x",
    "/machine/sample0/cells[20]", "/machine",
  ])
  func `a path to no value changes nothing`(text: String) throws {
    var root = machine()
    let path = try #require(StatePath(text))
    #expect(throws: StateFault.self) { try root.set(.integer(1), at: path) }
    #expect(root == machine())
  }

  @Test func `a person's text becomes the kind of value that stands there`() {
    #expect(StateValue("0x10", like: .integer(0)) == .integer(16))
    #expect(StateValue("-3", like: .integer(0)) == .integer(-3))
    #expect(StateValue("7", like: .enumeration(0, symbol: "a")) == .enumeration(7, symbol: nil))
    #expect(StateValue("00 fF", like: .bytes([])) == .bytes([0, 255]))
    #expect(StateValue("true", like: .bool(false)) == .bool(true))
    for text in ["", "x", "0x", "--1", "18446744073709551616", "-9223372036854775809", "1.5"] {
      #expect(StateValue(text, like: .integer(0)) == nil, "\(text)")
    }
    #expect(StateValue("yes", like: .bool(false)) == nil)
    #expect(StateValue("0", like: .bytes([])) == nil)
    #expect(StateValue("[]", like: .list([])) == nil)
  }

  @Test func `a walk visits parents before children`() {
    var seen: [String] = []
    machine().walk { path, _ in seen.append(path.description) }
    #expect(seen == ["/machine", "/machine/sample0", "/machine/sample1"])
  }

  @Test func `a node cannot have a child and an attribute of one name`() {
    let state = StateGroup([StateAttribute("x", .bool(true))]) ?? StateGroup()
    #expect(StateNode("a", model: "", version: 1, state: state, children: [StateNode("x")]) == nil)
    #expect(StateNode("a", model: "", version: 1, state: state, children: [StateNode("y"), StateNode("y")]) == nil)
    #expect(StateGroup([StateAttribute("x", .bool(true)), StateAttribute("x", .bool(true))]) == nil)
  }
}
