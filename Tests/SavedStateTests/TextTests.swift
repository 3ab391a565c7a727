import SavedState
import Testing

@Suite struct TextTests {
  @Test func `equal trees have no differences`() {
    #expect(machine().differences(to: machine()) == [])
  }

  @Test func `differences are told by path`() throws {
    var other = machine()
    try other.set(.integer(2), at: "/machine/sample0/timers[1]/left")
    try other.set(.integer(0xfe), at: "/machine/sample0/cells[19]")
    try other.set(.list([.integer(9)]), at: "/machine/sample0/queue")
    other[child: "sample1"] = nil
    other["rtc"] = .bool(true)
    other[child: "sample0"]?.version = 2
    #expect(
      machine().differences(to: other).map(\.description) == [
        "/machine/rtc: only in the second: true",
        "/machine/sample0: sample v3 -> sample v2",
        "/machine/sample0/cells[19]: ff -> fe",
        "/machine/sample0/queue[1]: only in the first: 8",
        "/machine/sample0/queue[2]: only in the first: 7",
        "/machine/sample0/timers[1]/left: 1 -> 2",
        "/machine/sample1: only in the first: sample v3",
      ])
  }

  @Test func `a table names what the wire only numbers`() throws {
    let plain = try StateNode(der: Sample.table.save(.busy()).der())
    #expect(plain["mode"]?.text == "raw value 7")
    #expect(AnyStateTable(Sample.table).naming(plain)["mode"]?.text == "done (7)")
    #expect(AnyStateTable(Sample.table).naming(plain).text == Sample.table.save(.busy()).text)
  }

  @Test func `the text shows a tree to people`() {
    var root = StateNode("machine")
    var node = StateNode("timer0", model: "timer", version: 2)
    node["count"] = .integer(255)
    node["mode"] = .enumeration(2, symbol: "square")
    node["raw"] = .enumeration(2, symbol: nil)
    node["ports"] = .list([.integer(1), .bool(false)])
    node["id"] = .bytes([0xca, 0xfe])
    node["name"] = .text("x")
    node["pin"] = .list([.group(StateGroup([StateAttribute("mask", .bool(true))]) ?? StateGroup())])
    root.add(node)
    #expect(
      root.text == """
        machine
          timer0 (timer v2)
            count = 255 (0xff)
            id = cafe
            mode = square (2)
            name = "x"
            pin[0]:
              mask = true
            ports = [1, false]
            raw = raw value 2

        """)
  }
}
