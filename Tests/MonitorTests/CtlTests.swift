import SavedState
import Testing

@testable import Monitor

/// What `ferry ctl` makes of words, and of answers.
struct CtlTests {
  private static let schema = QMPIntrospection(QMPSchema.json)

  private func json(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8), DecodingBudget()) }

  @Test(arguments: [
    ("send-key", "keys", "ctrl,a", #"[{"type": "qcode", "data": "ctrl"}, {"type": "qcode", "data": "a"}]"#),
    ("send-key", "keys", "30", #"[{"type": "number", "data": 30}]"#),
    ("send-key", "keys", #"[{"type": "qcode", "data": "1"}]"#, #"[{"type": "qcode", "data": "1"}]"#),
    ("send-key", "hold-time", "5", "5"),
    ("pmemsave", "val", "0x100000", "1048576"),
    ("pmemsave", "filename", "12", #""12""#),
    ("screendump", "format", "png", #""png""#),
    ("qom-list-types", "abstract", "on", "true"),
    ("qom-list-types", "abstract", "false", "false"),
    ("x-ferry-state-set", "value", "17", "17"),
    ("x-ferry-state-set", "value", "square", #""square""#),
    ("x-ferry-state-set", "value", #"{"count": 1.5}"#, #"{"count": 1.5}"#),
  ])
  func `words become arguments of the types that introspection tells`(
    _ argument: (command: String, name: String, text: String, value: String)
  ) throws {
    let value = try Self.schema.value(argument.text, for: argument.name, of: argument.command)
    #expect(try value == json(argument.value))
  }

  @Test func `words that are no values, and names of no arguments, are told apart`() throws {
    #expect(throws: StateDecodingError.self) { try Self.schema.value("many", for: "size", of: "pmemsave") }
    #expect(try Self.schema.value("1", for: "length", of: "pmemsave") == nil)
    #expect(try Self.schema.value("1", for: "x", of: "no-command") == nil)
    #expect(Self.schema.commands == QMPCommand.all.map(\.name))
    #expect(Self.schema.arguments(of: "memsave").map(\.isOptional) == [false, false, false, true])
  }

  @Test func `answers are lines and tables`() throws {
    #expect(JSONText.lines(.object([])) == "")
    #expect(JSONText.lines(.string("two\r\nlines\r\n")) == "two\nlines\n")
    #expect(JSONText.lines(.string("one")) == "one\n")
    #expect(
      JSONText.lines(try json(#"{"a": 1, "b": true, "c": null, "d": [], "e": {"f": "x", "g": [1, 2.5]}}"#))
        == "a: 1\nb: yes\nc: -\nd: none\ne:\n  f: x\n  g: 1 2.5\n")
    #expect(
      JSONText.lines(try json(#"[{"name": "a", "size": 10}, {"name": "long", "other": "x"}]"#))
        == "name  size  other\na     10    -\nlong  -     x\n")
    #expect(JSONText.lines(try json(#"[{"name": "a"}, {"name": "b"}]"#)) == "a\nb\n")
    #expect(JSONText.lines(try json(#"[{"a": {"b": 1}}, {"a": {"b": 2}}]"#)) == "- a:\n    b: 1\n- a:\n    b: 2\n")
  }
}
