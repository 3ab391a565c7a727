import SwiftASN1

/// ```
/// Value ::= CHOICE {
///   integer INTEGER, bool BOOLEAN, enumeration ENUMERATED, bytes OCTET STRING, text UTF8String,
///   list SEQUENCE OF Value, group [0] IMPLICIT Group }
/// Group ::= SEQUENCE { version Version OPTIONAL, attributes SET OF Attribute }
/// ```
struct DERValue: DERParseable, DERSerializable {
  static let group = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)

  let value: StateValue

  init(value: StateValue) { self.value = value }

  init(derEncoded root: ASN1Node) throws {
    switch root.identifier {
    case .integer: value = .integer(try DERReader.integer(root))
    case .enumerated: value = .enumeration(try DERReader.integer(root), symbol: nil)
    case .boolean: value = .bool(try Bool(derEncoded: root))
    case .octetString: value = .bytes(try DERReader.bytes(root))
    case .utf8String: value = .text(try DERReader.text(root, in: root))
    case .sequence:
      guard case .constructed(let nodes) = root.content else { throw DERReader.refuse(root, "a string", "a list") }
      value = .list(try nodes.map { try DERValue(derEncoded: $0).value })
    case DERValue.group:
      value = try DER.sequence(root, identifier: DERValue.group) { parts in
        var version: Int?
        var ahead = parts
        if let first = ahead.next(), first.identifier == .integer {
          version = try DERReader.version(first, in: root)
          parts = ahead
        }
        let attributes = try DER.set(of: DERAttribute.self, identifier: .set, nodes: &parts).map(\.attribute)
        guard let group = StateGroup(version: version, attributes) else {
          throw DERReader.refuse(root, "a name twice in a group", "each attribute once")
        }
        return .group(group)
      }
    default: throw DERReader.refuse(root, "\(root.identifier)", "a value")
    }
  }

  func serialize(into coder: inout DER.Serializer) throws {
    switch value {
    case .integer(let number): DERWriter.integer(number, .integer, &coder)
    case .enumeration(let number, _): DERWriter.integer(number, .enumerated, &coder)
    case .bool(let flag): try coder.serialize(flag)
    case .bytes(let bytes): coder.appendPrimitiveNode(identifier: .octetString) { $0.append(contentsOf: bytes) }
    case .text(let text): DERWriter.text(text, &coder)
    case .list(let values):
      try coder.appendConstructedNode(identifier: .sequence) { coder in
        for value in values { try DERValue(value: value).serialize(into: &coder) }
      }
    case .group(let group):
      try coder.appendConstructedNode(identifier: DERValue.group) { coder in
        if let version = group.version { DERWriter.integer(Int128(version), .integer, &coder) }
        try coder.serializeSetOf(group.attributes.map(DERAttribute.init(attribute:)))
      }
    }
  }
}
