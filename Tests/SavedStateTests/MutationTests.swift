import SavedState
import SwiftASN1
import Testing

/// Trees that somebody has damaged, by accident or on purpose. The generator is seeded: a failure repeats.
@Suite struct MutationTests {
  private static func mutate(_ source: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = source
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      guard !bytes.isEmpty else { return bytes }
      let at = Int.random(in: 0..<bytes.count, using: &random)
      switch random.next() % 9 {
      case 0: bytes[at] ^= 1 << UInt8(random.next() & 7)
      case 1: bytes[at] = UInt8(truncatingIfNeeded: random.next())
      case 2: bytes.removeSubrange(at...)
      case 3: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...8, using: &random)))
      // A piece from elsewhere: whole values get into places where others belong.
      case 4:
        let from = Int.random(in: 0..<source.count, using: &random)
        bytes.insert(contentsOf: source[from..<min(source.count, from + 24)], at: at)
      case 5:
        let from = Int.random(in: 0..<source.count, using: &random)
        let piece = source[from..<min(source.count, from + Int.random(in: 1...12, using: &random))]
        bytes.replaceSubrange(at..<min(bytes.count, at + piece.count), with: piece)
      // Lengths that lie: the bytes that DER's lengths begin with.
      case 6: bytes[at] = [0x80, 0x81, 0x82, 0x84, 0x87, 0x88, 0xff, 0x7f].randomElement(using: &random) ?? 0
      case 7: bytes.insert(contentsOf: [UInt8](repeating: bytes[at], count: 40), at: at)
      default: bytes.insert(contentsOf: [0x84, 0xff, 0xff, 0xff, 0xff], at: at)
      }
    }
    return bytes
  }

  @Test func `thousands of damaged DER trees are read as the library reads them, and encode to the same bytes`() throws
  {
    let whole = machine().der()
    let small = StateNode("n", model: "sample").der()
    var random = SplitMix64(seed: 20)
    var accepted = 0
    var loaded = 0
    for round in 0..<20_000 {
      let bytes = Self.mutate(round % 4 == 0 ? small : whole, &random)
      let read = try? StateNode(der: bytes)
      let expected = try? ASN1StateNode(derEncoded: DER.parse(bytes)).node
      #expect(read == expected, "\(bytes)")
      guard let tree = read else { continue }
      accepted += 1
      #expect(tree.der() == bytes)
      for child in tree.children {
        guard let state = try? Sample.table.load(child, over: Sample()) else { continue }
        loaded += 1
        let again = try Sample.table.load(Sample.table.save(state), over: Sample())
        #expect(Sample.table.save(again) == Sample.table.save(state))
      }
    }
    // The test says something only while some damage passes the decoder and some the tables.
    #expect(accepted > 100 && accepted < 19_000)
    #expect(loaded > 10)
  }

  @Test func `thousands of damaged JSON trees are refused or read, and what is read has one text`() throws {
    let whole = Array(machine().json().utf8)
    var random = SplitMix64(seed: 21)
    var accepted = 0
    for _ in 0..<5000 {
      guard let tree = try? StateNode(json: Self.mutate(whole, &random)) else { continue }
      accepted += 1
      let text = tree.json()
      let again = try StateNode(json: text)
      #expect(again == tree)
      #expect(again.json() == text)
      for child in tree.children { _ = AnyStateTable(Sample.table).check(child) }
    }
    #expect(accepted > 50 && accepted < 4900)
  }

  @Test func `trees of random values never load into a state that its table refuses`() {
    var random = SplitMix64(seed: 22)
    let names = Sample.table.rows.map(\.name)
    func value(_ depth: Int) -> StateValue {
      switch random.next() % 8 {
      case 0, 1: .integer(Int128(random.next() & 15) - 4)
      case 2: .integer(Int128(random.next()))
      case 3: .bool(random.next() & 1 == 0)
      case 4: .enumeration(Int128(random.next() & 7), symbol: nil)
      case 5: .bytes([UInt8](repeating: 1, count: [0, 8, 10, 16, 20].randomElement(using: &random) ?? 0))
      case 6 where depth < 3: .list((0..<Int(random.next() & 3)).map { _ in value(depth + 1) })
      default:
        .group(StateGroup(version: 1, [StateAttribute("left", .integer(Int128(random.next() & 255)))]) ?? StateGroup())
      }
    }
    var loaded = 0
    for _ in 0..<20_000 {
      var node = StateNode("sample", model: "sample", version: 3)
      for _ in 0..<2 { node[names.randomElement(using: &random) ?? ""] = value(0) }
      guard let state = try? Sample.table.load(node, over: Sample()) else { continue }
      loaded += 1
      #expect(AnyStateTable(Sample.table).check(Sample.table.save(state)) == [])
    }
    #expect(loaded > 100)
  }
}
