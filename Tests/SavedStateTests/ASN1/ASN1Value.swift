import SavedState
import SwiftASN1

/// ```
/// Value ::= CHOICE {
///   integer INTEGER, bool BOOLEAN, enumeration ENUMERATED, bytes OCTET STRING, text UTF8String,
///   list SEQUENCE OF Value, group [0] IMPLICIT Group }
/// Group ::= SEQUENCE { version Version OPTIONAL, attributes SET OF Attribute }
/// ```
struct ASN1Value: DERParseable, DERSerializable {
  static let group = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)

  let value: StateValue

  init(value: StateValue) { self.value = value }

  init(derEncoded root: ASN1Node) throws {
    switch root.identifier {
    case .integer: value = .integer(try ASN1Reader.integer(root))
    case .enumerated: value = .enumeration(try ASN1Reader.integer(root), symbol: nil)
    case .boolean: value = .bool(try Bool(derEncoded: root))
    case .octetString: value = .bytes(try ASN1Reader.bytes(root))
    case .utf8String: value = .text(try ASN1Reader.text(root, in: root))
    case .sequence:
      guard case .constructed(let nodes) = root.content else { throw ASN1Reader.refuse(root, "a string", "a list") }
      value = .list(try nodes.map { try ASN1Value(derEncoded: $0).value })
    case ASN1Value.group:
      value = try DER.sequence(root, identifier: ASN1Value.group) { parts in
        var version: Int?
        var ahead = parts
        if let first = ahead.next(), first.identifier == .integer {
          version = try ASN1Reader.version(first, in: root)
          parts = ahead
        }
        let attributes = try DER.set(of: ASN1Attribute.self, identifier: .set, nodes: &parts).map(\.attribute)
        guard let group = StateGroup(version: version, attributes) else {
          throw ASN1Reader.refuse(root, "a name twice in a group", "each attribute once")
        }
        return .group(group)
      }
    default: throw ASN1Reader.refuse(root, "\(root.identifier)", "a value")
    }
  }

  func serialize(into coder: inout DER.Serializer) throws {
    switch value {
    case .integer(let number): ASN1Writer.integer(number, .integer, &coder)
    case .enumeration(let number, _): ASN1Writer.integer(number, .enumerated, &coder)
    case .bool(let flag): try coder.serialize(flag)
    case .bytes(let bytes): coder.appendPrimitiveNode(identifier: .octetString) { $0.append(contentsOf: bytes) }
    case .text(let text): ASN1Writer.text(text, &coder)
    case .list(let values):
      try coder.appendConstructedNode(identifier: .sequence) { coder in
        for value in values { try ASN1Value(value: value).serialize(into: &coder) }
      }
    case .group(let group):
      try coder.appendConstructedNode(identifier: ASN1Value.group) { coder in
        if let version = group.version { ASN1Writer.integer(Int128(version), .integer, &coder) }
        try coder.serializeSetOf(group.attributes.map(ASN1Attribute.init(attribute:)))
      }
    }
  }
}
