import SavedState

/// A tree that has as much in it as its reader may take, where its reader looks.
struct BulkTree {
  private var random: SplitMix64
  private let node: StateNode
  /// Values that a reader takes at most, with room for the rest of the tree.
  private static let values = (1 << 18) - (1 << 15)

  /// Out of `node`.
  init(_ seed: UInt64, _ node: StateNode) {
    random = SplitMix64(seed: seed)
    self.node = node
  }

  private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(max(1, limit))) }

  /// Its bytes.
  func der() -> [UInt8] {
    var copy = self
    return copy.make().der()
  }

  /// A text that no terminal should get.
  private static func text(_ count: Int) -> String { String(repeating: "\u{1b}[2J\u{9b}\n", count: count) }

  private mutating func make() -> StateNode {
    var tree = node
    if below(8) == 0 { fillAttributes(&tree) } else { fill(&tree, depth: 0) }
    return tree
  }

  /// Makes a node below `node` large.
  private mutating func fill(_ node: inout StateNode, depth: Int) {
    guard !node.children.isEmpty, depth == 0 || below(4) != 0 else { return swell(&node) }
    let name = node.children[below(node.children.count)].name
    guard var child = node[child: name] else { return }
    fill(&child, depth: depth + 1)
    node[child: name] = child
  }

  /// What an offer has beside its children.
  private func fillAttributes(_ node: inout StateNode) {
    for name in ["blocks", "capabilities"] where node[name] != nil {
      var group = StateGroup()
      group["name"] = .text(Self.text(1000))
      group["size"] = .integer(4096)
      group["readonly"] = .bool(false)
      node[name] = .list([name == "blocks" ? .group(group) : .text(Self.text(10_000))])
    }
  }

  private mutating func swell(_ child: inout StateNode) {
    switch below(8) {
    case 0: child["more"] = .list([StateValue](repeating: .bool(true), count: Self.values))
    case 1: child["more"] = .list([StateValue](repeating: .list([]), count: Self.values))
    case 2:
      var group = StateGroup()
      for index in 0..<Self.values / 8 {
        group.set(StateAttribute("a\(1_000_000 + index)", .bool(true), mustUnderstand: false))
      }
      child["more"] = .group(group)
    case 3:
      for index in 0..<20_000 { child.add(StateNode("n\(1_000_000 + index)", model: "i8259")) }
    case 4:
      for index in 0..<20_000 {
        child.state.set(StateAttribute("a\(1_000_000 + index)", .text("x"), mustUnderstand: false))
      }
    case 5: child["more"] = .text(Self.text(1 << 20))
    case 6:
      for attribute in child.state.attributes { child[attribute.name] = .text(Self.text(200)) }
    default:
      for attribute in child.state.attributes {
        child[attribute.name] = .list([StateValue](repeating: .integer(7), count: Self.values / 8))
      }
    }
  }
}
