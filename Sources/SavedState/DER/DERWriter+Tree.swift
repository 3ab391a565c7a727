/// The values of a tree.
extension DERWriter {
  /// ```
  /// Node ::= SEQUENCE { name Name, model Model, version Version, attributes SET OF Attribute, children SET OF Node }
  /// ```
  mutating func node(_ node: StateNode) {
    precondition(StateName.isValid(node.name), "\(node.name) cannot name a node")
    constructed(DERTag.sequence) { writer in
      writer.text(node.name)
      writer.text(node.model)
      writer.integer(Int128(node.version))
      writer.attributes(node.state.attributes)
      writer.set(of: node.children) { $0.node($1) }
    }
  }

  private mutating func attributes(_ attributes: [StateAttribute]) { set(of: attributes) { $0.attribute($1) } }

  /// ```
  /// Attribute ::= SEQUENCE { name Name, value Value, mustUnderstand BOOLEAN DEFAULT TRUE }
  /// ```
  /// The flag comes last, because a value may be a BOOLEAN too and what follows a default must not look like it.
  private mutating func attribute(_ attribute: StateAttribute) {
    precondition(StateName.isValid(attribute.name), "\(attribute.name) cannot name an attribute")
    constructed(DERTag.sequence) { writer in
      writer.text(attribute.name)
      writer.value(attribute.value)
      if !attribute.mustUnderstand { writer.bool(false) }
    }
  }

  /// ```
  /// Value ::= CHOICE {
  ///   integer INTEGER, bool BOOLEAN, enumeration ENUMERATED, bytes OCTET STRING, text UTF8String,
  ///   list SEQUENCE OF Value, group [0] IMPLICIT Group }
  /// Group ::= SEQUENCE { version Version OPTIONAL, attributes SET OF Attribute }
  /// ```
  private mutating func value(_ value: StateValue) {
    switch value {
    case .integer(let number): integer(number)
    case .enumeration(let number, _): integer(number, DERTag.enumerated)
    case .bool(let flag): bool(flag)
    case .bytes(let bytes): octets(bytes)
    case .text(let text): self.text(text)
    case .list(let values): constructed(DERTag.sequence) { writer in for value in values { writer.value(value) } }
    case .group(let group):
      constructed(DERTag.group) { writer in
        if let version = group.version { writer.integer(Int128(version)) }
        writer.attributes(group.attributes)
      }
    }
  }
}
