import SavedState
import SwiftASN1

/// A tree by way of the library swift-asn1: slower than Ferry's own reader and writer, with which it has to agree.
///
/// ```
/// Node ::= SEQUENCE { name Name, model Model, version Version, attributes SET OF Attribute, children SET OF Node }
/// ```
struct ASN1StateNode: DERParseable, DERSerializable {
  let node: StateNode

  init(node: StateNode) { self.node = node }

  init(derEncoded root: ASN1Node) throws {
    node = try DER.sequence(root, identifier: .sequence) { parts in
      let name = try ASN1Reader.name(parts.next(), in: root)
      let model = try ASN1Reader.text(parts.next(), in: root)
      guard model.isEmpty || StateName.isValid(model) else { throw ASN1Reader.refuse(root, "model \(model)", "a name") }
      let version = try ASN1Reader.version(parts.next(), in: root)
      let attributes = try DER.set(of: ASN1Attribute.self, identifier: .set, nodes: &parts).map(\.attribute)
      let children = try DER.set(of: ASN1StateNode.self, identifier: .set, nodes: &parts).map(\.node)
      guard let state = StateGroup(attributes),
        let node = StateNode(name, model: model, version: version, state: state, children: children)
      else { throw ASN1Reader.refuse(root, "a name twice in \(name)", "each attribute and child once") }
      return node
    }
  }

  func serialize(into coder: inout DER.Serializer) throws {
    precondition(StateName.isValid(node.name), "\(node.name) cannot name a node")
    try coder.appendConstructedNode(identifier: .sequence) { coder in
      ASN1Writer.text(node.name, &coder)
      ASN1Writer.text(node.model, &coder)
      ASN1Writer.integer(Int128(node.version), .integer, &coder)
      try coder.serializeSetOf(node.state.attributes.map(ASN1Attribute.init(attribute:)))
      try coder.serializeSetOf(node.children.map(ASN1StateNode.init(node:)))
    }
  }
}
