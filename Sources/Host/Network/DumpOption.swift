/// `-object filter-dump`: a file of all frames that pass a network's end.
public struct DumpOption: Equatable, Sendable {
  public static let kind = "filter-dump"

  /// The `-netdev`.
  public let netdev: String
  public let path: String
  /// Bytes of a frame that are kept.
  public let length: Int

  /// What `-object TEXT` means.
  public init(_ text: String) throws(OptionError) {
    let option = OptionText(text)
    let known = ["id", "netdev", "file", "maxlen"]
    for (key, _) in option.pairs where !known.contains(key) {
      throw OptionError.unknown("property of \(Self.kind)", key, among: known)
    }
    func needed(_ key: String) throws(OptionError) -> String {
      guard let value = option[key], !value.isEmpty else { throw OptionError("\(Self.kind): \(key)= is missing") }
      return value
    }
    _ = try needed("id")
    netdev = try needed("netdev")
    path = try needed("file")
    let text = option["maxlen"] ?? "\(PacketDump.usualLength)"
    guard let length = Int(text), (1...1 << 20).contains(length) else {
      throw OptionError("maxlen=\(text): expected 1 to \(1 << 20) bytes")
    }
    self.length = length
  }
}
