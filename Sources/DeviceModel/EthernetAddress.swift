/// The address of a network interface.
public struct EthernetAddress: Equatable, Sendable {
  /// In the order in which they go over the wire.
  public let bytes: InlineArray<6, UInt8>

  public static func == (a: Self, b: Self) -> Bool { (0..<6).allSatisfy { a.bytes[$0] == b.bytes[$0] } }

  /// Takes `text` as six hexadecimal bytes between colons; nil when it is something else, or the address of a
  /// group or of nobody.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 6 else { return nil }
    var bytes = InlineArray<6, UInt8>(repeating: 0)
    for (index, part) in parts.enumerated() {
      guard (1...2).contains(part.utf8.count), part.first != "+", let byte = UInt8(part, radix: 16) else { return nil }
      bytes[index] = byte
    }
    guard bytes[0] & 1 == 0, bytes.indices.contains(where: { bytes[$0] != 0 }) else { return nil }
    self.bytes = bytes
  }
}
