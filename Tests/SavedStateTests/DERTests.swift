import SavedState
import SwiftASN1
import Testing

@Suite struct DERTests {
  private func node(_ value: StateValue, mustUnderstand: Bool = true) -> StateNode {
    var node = StateNode("n", model: "m")
    node.state.set(StateAttribute("a", value, mustUnderstand: mustUnderstand))
    return node
  }

  @Test func `a tree survives and its encoding is the same again`() throws {
    let bytes = machine().der()
    let back = try StateNode(der: bytes)
    #expect(back == machine())
    #expect(back.der() == bytes)
  }

  @Test func `the library writes the same`() throws {
    var random = SplitMix64(seed: 5)
    for _ in 0..<60 {
      let tree = Self.drawn(&random, depth: 3)
      var library = DER.Serializer()
      try library.serialize(ASN1StateNode(node: tree))
      #expect(tree.der() == library.serializedBytes)
      #expect(try StateNode(der: tree.der()) == tree)
    }
  }

  /// A tree of all kinds of values, short and long.
  private static func drawn(_ random: inout SplitMix64, depth: Int) -> StateNode {
    func value(_ random: inout SplitMix64, depth: Int) -> StateValue {
      let size = [0, 1, 5, 127, 128, 300].randomElement(using: &random) ?? 0
      switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
      case 0: return .integer(Int128(random.next() >> UInt64.random(in: 0...63, using: &random)))
      case 1: return .enumeration(-Int128(random.next() >> UInt64.random(in: 1...63, using: &random)), symbol: nil)
      case 2: return .bool(random.next() & 1 == 0)
      case 3: return .bytes((0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) })
      case 4: return .text(String(repeating: "ß", count: size))
      case 5: return .list((0..<size % 9).map { _ in value(&random, depth: depth - 1) })
      default: return .group(group(&random, size % 7, depth: depth - 1))
      }
    }
    func group(_ random: inout SplitMix64, _ count: Int, depth: Int) -> StateGroup {
      var group = StateGroup(version: random.next() & 1 == 0 ? nil : 300)
      for _ in 0..<count {
        let name = String(repeating: "n", count: Int.random(in: 1...128, using: &random))
        group.set(StateAttribute(name, value(&random, depth: depth), mustUnderstand: random.next() & 1 == 0))
      }
      return group
    }
    var node = StateNode("node", model: "model", version: Int.random(in: 1...70_000, using: &random))
    node.state = group(&random, 6, depth: 3)
    node.state.version = nil
    for number in 0..<(depth > 0 ? Int.random(in: 0...5, using: &random) : 0) {
      node[child: "child-\(number)"] = drawn(&random, depth: depth - 1)
    }
    return node
  }

  @Test func `the bytes are those of X.690`() {
    // SEQUENCE { "n", "m", 1, SET { SEQUENCE { "a", 5 } }, SET {} }
    #expect(
      node(.integer(5)).der() == [
        0x30, 0x15, 0x0c, 1, 0x6e, 0x0c, 1, 0x6d, 0x02, 1, 1, 0x31, 8, 0x30, 6, 0x0c, 1, 0x61, 0x02, 1, 5, 0x31, 0,
      ])
  }

  @Test(arguments: [
    0, 1, 127, 128, 255, 256, 32767, 32768, -1, -128, -129, -32768, Int128(Int64.max), Int128(Int64.min),
    Int128(UInt64.max), Int128(Int64.max) + 1,
  ])
  func `integers of 64 bits are exact`(number: Int128) throws {
    #expect(try StateNode(der: node(.integer(number)).der())["a"] == .integer(number))
    #expect(try StateNode(der: node(.enumeration(number, symbol: nil)).der())["a"] == .enumeration(number, symbol: nil))
  }

  @Test(arguments: [
    StateValue.bool(true), .bool(false), .bytes([]), .bytes([1, 2]), .text(""), .text("grün"), .list([]),
    .list([.bool(true), .list([.integer(1)])]), .group(StateGroup()), .group(StateGroup(version: 3)),
  ])
  func `every kind of value survives, skippable or not`(value: StateValue) throws {
    for mustUnderstand in [true, false] {
      let tree = node(value, mustUnderstand: mustUnderstand)
      #expect(try StateNode(der: tree.der()) == tree)
    }
  }

  @Test(
    arguments: [
      ("an empty input", []),
      ("a length beyond the end", [0x30, 0x7f]),
      ("a length of eight bytes", [0x30, 0x88, 1, 0, 0, 0, 0, 0, 0, 0]),
      ("an indefinite length", [0x30, 0x80, 0, 0]),
      ("bytes after the end", [0x30, 0x00, 0x00]),
      ("a length in too many bytes", [0x30, 0x81, 0x0d, 0x0c, 1, 0x6e, 0x0c, 1, 0x6d, 0x02, 1, 1, 0x31, 0, 0x31, 0]),
      ("a padded integer", [0x30, 0x0e, 0x0c, 1, 0x6e, 0x0c, 1, 0x6d, 0x02, 2, 0, 1, 0x31, 0, 0x31, 0]),
      ("version 0", [0x30, 0x0d, 0x0c, 1, 0x6e, 0x0c, 1, 0x6d, 0x02, 1, 0, 0x31, 0, 0x31, 0]),
      ("a name with a slash", [0x30, 0x0d, 0x0c, 1, 0x2f, 0x0c, 1, 0x6d, 0x02, 1, 1, 0x31, 0, 0x31, 0]),
      ("a name that is no UTF-8", [0x30, 0x0d, 0x0c, 1, 0xff, 0x0c, 1, 0x6d, 0x02, 1, 1, 0x31, 0, 0x31, 0]),
      (
        "the default written out",
        [
          0x30, 0x18, 0x0c, 1, 0x6e, 0x0c, 1, 0x6d, 0x02, 1, 1, 0x31, 11, 0x30, 9, 0x0c, 1, 0x61, 0x02, 1, 5, 1, 1,
          0xff,
          0x31, 0,
        ]
      ),
      (
        "an attribute twice",
        [
          0x30, 0x1d, 0x0c, 1, 0x6e, 0x0c, 1, 0x6d, 0x02, 1, 1, 0x31, 16, 0x30, 6, 0x0c, 1, 0x61, 0x02, 1, 5, 0x30, 6,
          0x0c, 1, 0x61, 0x02, 1, 5, 0x31, 0,
        ]
      ),
      (
        "a set out of order",
        [
          0x30, 0x1d, 0x0c, 1, 0x6e, 0x0c, 1, 0x6d, 0x02, 1, 1, 0x31, 16, 0x30, 6, 0x0c, 1, 0x62, 0x02, 1, 5, 0x30, 6,
          0x0c, 1, 0x61, 0x02, 1, 5, 0x31, 0,
        ]
      ),
    ] as [(String, [UInt8])])
  func `what is not the one right form is refused`(what: String, bytes: [UInt8]) {
    #expect(throws: StateDecodingError.self, "\(what)") { try StateNode(der: bytes) }
  }

  @Test func `decoding keeps to its budget`() {
    let bytes = machine().der()
    #expect(throws: StateDecodingError.self) { try StateNode(der: bytes, budget: DecodingBudget(bytes: 100)) }
    #expect(throws: StateDecodingError.self) { try StateNode(der: bytes, budget: DecodingBudget(depth: 4)) }
    #expect(throws: StateDecodingError.self) { try StateNode(der: bytes, budget: DecodingBudget(values: 20)) }
    let deep = (0..<4000).flatMap { _ in [0x30, 0x80] as [UInt8] }
    #expect(throws: StateDecodingError.self) { try StateNode(der: deep) }
  }
}
