import SwiftASN1

extension StateNode {
  /// The tree in the distinguished encoding rules (X.690 clause 10): what goes on the wire and into files. The ASN.1
  /// module that `ASN1Module` prints describes it.
  public func der() -> [UInt8] {
    var serializer = DER.Serializer()
    do {
      try serializer.serialize(DERNode(node: self))
    } catch {
      preconditionFailure("\(name) does not encode: \(error)")
    }
    return serializer.serializedBytes
  }

  /// The tree that `bytes` encode. They are taken only in the one form that `der()` would give them.
  public init(der bytes: [UInt8], budget: DecodingBudget = DecodingBudget()) throws(StateDecodingError) {
    try DERScan.check(bytes, budget)
    do {
      self = try DERNode(derEncoded: DER.parse(bytes)).node
    } catch let error as StateDecodingError {
      throw error
    } catch {
      throw StateDecodingError("DER", at: 0, found: "\(error)", expected: "a state tree")
    }
  }
}
