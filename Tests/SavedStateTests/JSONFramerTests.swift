import Testing

@testable import SavedState

/// Objects cut out of a stream of bytes.
@Suite struct JSONFramerTests {
  private func frames(_ text: String, by step: Int, limit: Int = 1 << 20, depth: Int = 16) -> [String] {
    var framer = JSONFramer(limit: limit, depth: depth)
    var found: [String] = []
    let bytes = Array(text.utf8)
    var at = 0
    while at < bytes.count {
      var part = bytes[at..<min(at + step, bytes.count)]
      at += part.count
      while !part.isEmpty {
        let (used, frame) = Array(part).withUnsafeBytes { framer.next($0) }
        part = part.dropFirst(used)
        switch frame {
        case .object(let bytes): found.append(String(decoding: bytes, as: UTF8.self))
        case .malformed(let why): found.append("! " + why)
        case nil: #expect(part.isEmpty)
        }
      }
    }
    return found
  }

  @Test(arguments: [1, 2, 3, 7, 1000])
  func `objects stand back to back or apart, and come in any pieces`(_ step: Int) {
    let text = #"{"a":"}{\"\\"}{}  {"b":[{"c":[]},1]}"# + "\r\n\n{\"d\":\"ü\"}{"
    #expect(
      frames(text, by: step) == [#"{"a":"}{\"\\"}"#, "{}", #"{"b":[{"c":[]},1]}"#, "{\"d\":\"ü\"}"])
  }

  @Test(arguments: [1, 5, 1000])
  func `what can be no object is told, and the stream goes on in the next line`(_ step: Int) {
    #expect(frames("what {}\n{}", by: step) == ["! expected an object", "{}"])
    #expect(frames("{]{}\n{}", by: step) == ["! a bracket that closes another kind", "{}"])
    #expect(frames("{\"a\n{}", by: step) == ["! a control character in a string", "{}"])
    #expect(frames("{[[[[\n{}", by: step, depth: 4) == ["! more than 4 levels", "{}"])
    #expect(frames("{\"aaaaaaaaa\"}\n{}", by: step, limit: 8) == ["! more than 8 bytes in one message", "{}"])
  }

  @Test func `numbers may have points and exponents, and a state tree refuses them`() throws {
    for (text, number) in [
      ("1.5", 1.5), ("-0.25", -0.25), ("1e3", 1000), ("12E-2", 0.12),
      ("123456789012345678901234.5", 123456789012345678901234.5),
    ] {
      let value = try JSONReader.read(Array(text.utf8), DecodingBudget())
      #expect(value == .fraction(number))
      #expect(try JSONReader.read(JSONWriter.bytes(value, pretty: false), DecodingBudget()) == value)
    }
    for text in ["1.", ".5", "1e", "1e+", "01.5", "1e999", "--1", "18446744073709551616"] {
      #expect(throws: StateDecodingError.self, "\(text)") { try JSONReader.read(Array(text.utf8), DecodingBudget()) }
    }
    #expect(throws: StateDecodingError.self) {
      try StateNode(json: #"{"m": {"version": 1, "state": {"x": 1.5}}}"#)
    }
  }
}
