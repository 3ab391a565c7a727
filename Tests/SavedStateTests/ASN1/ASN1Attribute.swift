import SavedState
import SwiftASN1

/// ```
/// Attribute ::= SEQUENCE { name Name, value Value, mustUnderstand BOOLEAN DEFAULT TRUE }
/// ```
/// The flag comes last, because a value may be a BOOLEAN too and what follows a default must not look like it.
struct ASN1Attribute: DERParseable, DERSerializable {
  let attribute: StateAttribute

  init(attribute: StateAttribute) { self.attribute = attribute }

  init(derEncoded root: ASN1Node) throws {
    attribute = try DER.sequence(root, identifier: .sequence) { parts in
      let name = try ASN1Reader.name(parts.next(), in: root)
      guard let second = parts.next() else { throw ASN1Reader.refuse(root, "no value", "the value of \(name)") }
      let value = try ASN1Value(derEncoded: second).value
      guard let flag = parts.next() else { return StateAttribute(name, value) }
      // The default is not written in DER, so a flag that is there says false.
      guard try !Bool(derEncoded: flag) else { throw ASN1Reader.refuse(flag, "true", "the default left out") }
      return StateAttribute(name, value, mustUnderstand: false)
    }
  }

  func serialize(into coder: inout DER.Serializer) throws {
    precondition(StateName.isValid(attribute.name), "\(attribute.name) cannot name an attribute")
    try coder.appendConstructedNode(identifier: .sequence) { coder in
      ASN1Writer.text(attribute.name, &coder)
      try ASN1Value(value: attribute.value).serialize(into: &coder)
      if !attribute.mustUnderstand { try coder.serialize(false) }
    }
  }
}
