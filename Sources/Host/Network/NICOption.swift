/// `-nic`: a network's end and the device at it in one.
public struct NICOption: Equatable, Sendable {
  /// Nil: no network, for `-nic none`.
  public let netdev: NetdevOption?
  /// The device's model; nil takes the board's own, or the one that is usual there.
  public let model: String?
  /// The device's address; nil takes the model's default.
  public let address: String?

  /// What `-nic TEXT` means; `number` is how many were before it.
  public init(_ text: String, number: Int) throws(OptionError) {
    let option = OptionText(text)
    model = option["model"]
    address = option["mac"]
    guard option.kind != "none" else {
      guard option.pairs.isEmpty else { throw OptionError("-nic none has no properties") }
      netdev = nil
      return
    }
    let own = ["id", "model", "mac"]
    netdev = try NetdevOption(
      kind: option.kind, id: option["id"] ?? "nic\(number)", option.pairs.filter { !own.contains($0.key) })
  }
}
