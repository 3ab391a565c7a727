/// The values of a tree; `DERWriter` has their grammar.
extension DERReader {
  mutating func node() throws(StateDecodingError) -> StateNode {
    try within(DERTag.sequence, "a node") { reader throws(StateDecodingError) in
      let name = try reader.name()
      let model = try reader.text()
      guard model.isEmpty || StateName.isValid(model) else { throw reader.refusal("model \(model)", "a name") }
      let version = try reader.version()
      let attributes = try reader.attributes()
      let children = try reader.set { reader throws(StateDecodingError) in try reader.node() }
      guard let state = StateGroup(attributes),
        let node = StateNode(name, model: model, version: version, state: state, children: children)
      else { throw reader.refusal("a name twice in \(name)", "each attribute and child once") }
      return node
    }
  }

  private mutating func attributes() throws(StateDecodingError) -> [StateAttribute] {
    try set { reader throws(StateDecodingError) in try reader.attribute() }
  }

  private mutating func attribute() throws(StateDecodingError) -> StateAttribute {
    try within(DERTag.sequence, "an attribute") { reader throws(StateDecodingError) in
      let name = try reader.name()
      let value = try reader.value()
      guard reader.tag != nil else { return StateAttribute(name, value) }
      // The default is not written in DER, so a flag that is there says false.
      guard try !reader.bool() else { throw reader.refusal("true", "the default left out") }
      return StateAttribute(name, value, mustUnderstand: false)
    }
  }

  private mutating func value() throws(StateDecodingError) -> StateValue {
    switch tag {
    case DERTag.integer: .integer(try integer())
    case DERTag.enumerated: .enumeration(try integer(DERTag.enumerated), symbol: nil)
    case DERTag.boolean: .bool(try bool())
    case DERTag.octetString: .bytes(try octets())
    case DERTag.utf8String: .text(try text())
    case DERTag.sequence:
      try within(DERTag.sequence, "a list") { reader throws(StateDecodingError) in
        var values: [StateValue] = []
        while reader.tag != nil { values.append(try reader.value()) }
        return .list(values)
      }
    case DERTag.group:
      try within(DERTag.group, "a group") { reader throws(StateDecodingError) in
        let version = reader.tag == DERTag.integer ? try reader.version() : nil
        guard let group = StateGroup(version: version, try reader.attributes()) else {
          throw reader.refusal("a name twice in a group", "each attribute once")
        }
        return .group(group)
      }
    default: throw refusal(ahead, "a value")
    }
  }
}
