import SavedState
import Testing

@Suite struct JSONTests {
  @Test func `a tree survives and its text is the same again`() throws {
    let text = machine().json()
    let back = try StateNode(json: text)
    #expect(back == machine())
    #expect(back.json() == text)
  }

  @Test func `the text is the one on record`() {
    var root = StateNode("machine")
    var node = StateNode("timer0", model: "timer", version: 2)
    node["count"] = .integer(Int128(UInt64.max))
    node["mode"] = .enumeration(2, symbol: "square")
    node["id"] = .bytes([0xca, 0xfe])
    node["name"] = .text("a\"\\\n\u{1}ü")
    node.state.set(StateAttribute("hint", .list([.integer(-1), .bool(true)]), mustUnderstand: false))
    node["timer"] = .group(StateGroup(version: 1, [StateAttribute("left", .integer(0))]) ?? StateGroup())
    root.add(node)
    #expect(
      root.json() == #"""
        {
          "machine": {
            "version": 1,
            "state": {},
            "children": {
              "timer0": {
                "model": "timer",
                "version": 2,
                "state": {
                  "count": 18446744073709551615,
                  "hint?": [-1, true],
                  "id": {
                    "$bytes": "cafe"
                  },
                  "mode": {
                    "$enum": 2,
                    "$symbol": "square"
                  },
                  "name": "a\"\\\n\u0001ü",
                  "timer": {
                    "$version": 1,
                    "left": 0
                  }
                }
              }
            }
          }
        }

        """#)
  }

  @Test func `order and space mean nothing`() throws {
    let text = #"{"a":{"state":{"y":[ ],"x?":-0},"version":1 , "model":"m"}}"#
    let other = #" { "a" : { "model" : "m", "version" : 1, "state" : { "x?" : 0, "y":[]} } } "#
    #expect(try StateNode(json: text) == StateNode(json: other))
  }

  @Test func `escapes are understood`() throws {
    let text = #"{"a":{"version":1,"state":{"x":"\u0041\ud83d\ude00\/\b\f\n\r\t\"\\"}}}"#
    #expect(try StateNode(json: text)["x"] == .text("A😀/\u{8}\u{c}\n\r\t\"\\"))
  }

  @Test(arguments: [
    "", "{}", "[]", "null", #"{"a":{}}"#, #"{"a":{"version":1},"b":{"version":1}}"#, #"{"a":{"version":0}}"#,
    #"{"a":{"version":1}} x"#, #"{"a":{"version":1,}}"#, #"{"a":{"version":1,"version":1}}"#,
    #"{"a":{"version":1,"other":1}}"#, #"{"a":{"version":1,"state":{"x":1,"x?":1}}}"#,
    #"{"a":{"version":1,"state":{"x":1.5}}}"#, #"{"a":{"version":1,"state":{"x":1e3}}}"#,
    #"{"a":{"version":1,"state":{"x":01}}}"#, #"{"a":{"version":1,"state":{"x":+1}}}"#,
    #"{"a":{"version":1,"state":{"x":18446744073709551616}}}"#,
    #"{"a":{"version":1,"state":{"x":-9223372036854775809}}}"#,
    #"{"a":{"version":1,"state":{"x":null}}}"#, #"{"a":{"version":1,"state":{"x":{"$bytes":"0"}}}}"#,
    #"{"a":{"version":1,"state":{"x":{"$bytes":"00","y":1}}}}"#, #"{"a":{"version":1,"state":{"x":{"$enum":"1"}}}}"#,
    #"{"a":{"version":1,"state":{"x/y":1}}}"#, #"{"a":{"version":1,"state":{"$version":1}}}"#,
    #"{"a":{"version":1,"state":{"x":"\ud800"}}}"#, #"{"a":{"version":1,"state":{"x":"\q"}}}"#,
    #"{"a":{"version":1,"state":{"x":tru}}}"#, "{\"a\":{\"version\":1,\"state\":{\"x\":\"\n\"}}}",
    #"{"a":{"version":1,"state":{"x":1},"children":{"x":{"version":1}}}}"#,
  ])
  func `what is no tree is refused`(text: String) {
    #expect(throws: StateDecodingError.self) { try StateNode(json: text) }
  }

  @Test func `a string that is no UTF-8 is refused`() {
    let bytes = Array(#"{"a":{"version":1,"state":{"x":""#.utf8) + [0xff] + Array(#""}}}"#.utf8)
    #expect(throws: StateDecodingError.self) { try StateNode(json: bytes) }
  }

  @Test func `decoding keeps to its budget`() {
    let text = machine().json()
    #expect(throws: StateDecodingError.self) { try StateNode(json: text, budget: DecodingBudget(bytes: 100)) }
    #expect(throws: StateDecodingError.self) { try StateNode(json: text, budget: DecodingBudget(depth: 3)) }
    #expect(throws: StateDecodingError.self) { try StateNode(json: text, budget: DecodingBudget(values: 20)) }
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: StateDecodingError.self) { try StateNode(json: deep) }
    let wide = #"{"a":{"version":1,"state":{"x":["# + String(repeating: "0,", count: 50_000) + "0]}}}"
    #expect(throws: StateDecodingError.self) { try StateNode(json: wide, budget: DecodingBudget(values: 50_000)) }
    #expect(throws: Never.self) { try StateNode(json: wide) }
  }

  @Test func `a tree goes from JSON to DER and back without loss`() throws {
    let there = try StateNode(json: machine().json())
    let back = try StateNode(der: there.der())
    #expect(back.differences(to: machine()) == [])
  }
}
