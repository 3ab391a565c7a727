extension StateNode {
  /// The tree in the distinguished encoding rules (X.690 clause 10): what goes on the wire and into files. The ASN.1
  /// module that `ASN1Module` prints describes it.
  public func der() -> [UInt8] {
    var writer = DERWriter()
    writer.node(self)
    return writer.bytes
  }

  /// The tree that `bytes` encode. They are taken only in the one form that `der()` would give them.
  public init(der bytes: [UInt8], budget: DecodingBudget = DecodingBudget()) throws(StateDecodingError) {
    var outcome: Result<StateNode, StateDecodingError>?
    bytes.withUnsafeBytes { bytes in
      do throws(StateDecodingError) {
        var reader = try DERReader(bytes, budget: budget)
        let node = try reader.node()
        try reader.finish()
        outcome = .success(node)
      } catch {
        outcome = .failure(error)
      }
    }
    guard let outcome else { preconditionFailure("nothing was read") }
    self = try outcome.get()
  }
}
