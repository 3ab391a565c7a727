import SavedState

/// What a destination says to an offer.
public struct Answer: Sendable, Equatable {
  /// Whether pages may come.
  public let isAccepted: Bool
  /// Everything that does not fit.
  public let reasons: [String]
  /// What of the offer will be used.
  public let capabilities: Set<String>
  /// Over how many connections pages are to come; 0: over this one.
  let channels: Int
  /// The program at the other end.
  public let producer: String

  /// Yes when there are no reasons.
  init(_ reasons: [String], capabilities: Set<String>, channels: Int = 0, producer: String) {
    self.channels = channels
    isAccepted = reasons.isEmpty
    // The frame is bounded.
    self.reasons = reasons.prefix(256).map { String(decoding: $0.utf8.prefix(1024), as: UTF8.self) }
    self.capabilities = capabilities
    self.producer = producer
  }

  var node: StateNode {
    var node = StateNode("answer")
    node["accepted"] = .bool(isAccepted)
    node["reasons"] = .list(reasons.map { .text($0) })
    node["capabilities"] = .list(capabilities.sorted().map { .text($0) })
    if channels > 0 { node["channels"] = .integer(Int128(channels)) }
    node["producer"] = .text(producer)
    return node
  }

  init(_ node: StateNode) throws(MigrationError) {
    guard node.name == "answer", node.version == 1, case .bool(let isAccepted)? = node["accepted"],
      case .list(let list)? = node["reasons"], case .list(let names)? = node["capabilities"],
      case .text(let producer)? = node["producer"]
    else { throw MigrationError("ANSWER lacks a part") }
    self.isAccepted = isAccepted
    reasons = list.compactMap { value in
      guard case .text(let text) = value else { return nil }
      return MigrationError.plain(text)
    }
    capabilities = Offer.texts(names)
    channels = Offer.channels(node)
    self.producer = producer
  }
}
