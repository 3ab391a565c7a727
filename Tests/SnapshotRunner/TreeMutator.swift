import SavedState

/// Changes trees as somebody would who knows what they are made of.
struct TreeMutator {
  var random: SplitMix64
  private static let numbers: [Int128] = [
    -1, 0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 4095, 4096, 65535, 65536, 1 << 31, 1 << 32,
    1 << 38, 1 << 62, Int128(Int64.max), Int128(Int64.max) + 1, Int128(Int64.min), Int128(UInt64.max),
    Int128(Int32.max), Int128(Int32.min), Int128(UInt32.max), 999_999_999, 1_000_000_000,
  ]

  mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(max(1, limit))) }

  /// Changes one thing in `node`, or below it.
  mutating func mutate(_ node: inout StateNode) {
    switch below(24) {
    case 0: node.version = [0, 1, 2, 3, 100, Int(Int32.max)][below(6)]
    case 1: node.model = ["", "pic", "i8259", "x86-cpu", node.model + "x"][below(5)]
    case 2: node.add(StateNode("more", model: node.model, state: node.state))
    case 3:
      // Deeper and deeper.
      var inner = node
      for level in 0..<(1 << below(8)) {
        var outer = StateNode("n\(level)")
        outer.add(inner)
        inner = outer
      }
      node.add(inner)
    default: mutate(&node.state)
    }
  }

  private mutating func mutate(_ group: inout StateGroup) {
    guard !group.attributes.isEmpty else { return }
    let attribute = group.attributes[below(group.attributes.count)]
    switch below(20) {
    case 0: group.remove(attribute.name)
    case 1: group.set(StateAttribute("other\(below(9))", value(), mustUnderstand: below(2) == 0))
    case 2: group.version = [nil, 0, 1, 2, 77][below(5)]
    case 3: group[attribute.name] = group.attributes[below(group.attributes.count)].value
    case 4: group[attribute.name] = value()
    default:
      var value = attribute.value
      mutate(&value)
      group[attribute.name] = value
    }
  }

  private mutating func number() -> Int128 {
    switch below(3) {
    case 0: Self.numbers[below(Self.numbers.count)]
    case 1: Int128(random.next() >> UInt64(below(64)))
    default: Int128(Int64(bitPattern: random.next()) >> Int64(below(64)))
    }
  }

  private mutating func value() -> StateValue {
    switch below(7) {
    case 0: .integer(number())
    case 1: .bool(below(2) == 0)
    case 2: .enumeration(Int128(below(300)) - 10, symbol: nil)
    case 3: .bytes((0..<below(40)).map { UInt8(truncatingIfNeeded: $0) })
    case 4: .text(String(repeating: "a", count: below(300)))
    case 5: .list([.integer(number())])
    default: .group(StateGroup(version: below(3)))
    }
  }

  private mutating func mutate(_ value: inout StateValue) {
    switch value {
    case .integer(let old):
      let flipped = old ^ (1 << Int128(below(64)))
      let new = [number(), old + 1, old - 1, flipped][below(4)]
      value = .integer(min(max(new, StateValue.integers.lowerBound), StateValue.integers.upperBound))
    case .bool(let old): value = .bool(!old)
    case .enumeration(let old, _): value = .enumeration(below(2) == 0 ? old + 1 : Int128(below(300)), symbol: nil)
    case .bytes(var bytes):
      switch below(5) {
      case 0: bytes.removeLast(below(bytes.count + 1))
      case 1: bytes += [UInt8](repeating: 0xff, count: 1 << below(18))
      default: for _ in 0...below(8) where !bytes.isEmpty { bytes[below(bytes.count)] = UInt8(below(256)) }
      }
      value = .bytes(bytes)
    case .text: value = .text(String(repeating: "\u{fffd}", count: below(100)))
    case .list(var values):
      guard !values.isEmpty else {
        value = .list([self.value()])
        return
      }
      let index = below(values.count)
      switch below(8) {
      case 0: values.remove(at: index)
      case 1: values.append(values[index])
      case 2: values += [StateValue](repeating: values[index], count: 1 << below(12))
      case 3: values = []
      default: mutate(&values[index])
      }
      value = .list(values)
    case .group(var group):
      mutate(&group)
      value = .group(group)
    }
  }

  /// Changes, takes out or puts in bytes of an encoding.
  mutating func splice(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let at = below(bytes.count)
    switch below(4) {
    case 0: bytes.removeSubrange(at..<min(bytes.count, at + 1 + below(16)))
    case 1: bytes.insert(contentsOf: (0...below(16)).map { _ in UInt8(below(256)) }, at: at)
    case 2: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 1 + below(64))], at: at)
    default: bytes[at] = below(2) == 0 ? bytes[at] ^ UInt8(1 << below(8)) : UInt8(below(256))
    }
  }
}
