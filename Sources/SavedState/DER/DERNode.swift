import SwiftASN1

/// ```
/// Node ::= SEQUENCE { name Name, model Model, version Version, attributes SET OF Attribute, children SET OF Node }
/// ```
struct DERNode: DERParseable, DERSerializable {
  let node: StateNode

  init(node: StateNode) { self.node = node }

  init(derEncoded root: ASN1Node) throws {
    node = try DER.sequence(root, identifier: .sequence) { parts in
      let name = try DERReader.name(parts.next(), in: root)
      let model = try DERReader.text(parts.next(), in: root)
      guard model.isEmpty || StateName.isValid(model) else { throw DERReader.refuse(root, "model \(model)", "a name") }
      let version = try DERReader.version(parts.next(), in: root)
      let attributes = try DER.set(of: DERAttribute.self, identifier: .set, nodes: &parts).map(\.attribute)
      let children = try DER.set(of: DERNode.self, identifier: .set, nodes: &parts).map(\.node)
      guard let state = StateGroup(attributes),
        let node = StateNode(name, model: model, version: version, state: state, children: children)
      else { throw DERReader.refuse(root, "a name twice in \(name)", "each attribute and child once") }
      return node
    }
  }

  func serialize(into coder: inout DER.Serializer) throws {
    precondition(StateName.isValid(node.name), "\(node.name) cannot name a node")
    try coder.appendConstructedNode(identifier: .sequence) { coder in
      DERWriter.text(node.name, &coder)
      DERWriter.text(node.model, &coder)
      DERWriter.integer(Int128(node.version), .integer, &coder)
      try coder.serializeSetOf(node.state.attributes.map(DERAttribute.init(attribute:)))
      try coder.serializeSetOf(node.children.map(DERNode.init(node:)))
    }
  }
}
