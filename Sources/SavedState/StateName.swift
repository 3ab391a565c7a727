/// What may name a node, a model or an attribute: 1 to 128 of the letters, digits and `_ - .` of ASCII. Paths and
/// JSON keys rely on nothing else occurring.
public enum StateName {
  /// The longest name, in bytes.
  public static let limit = 128

  /// Whether `name` may be used.
  public static func isValid(_ name: String) -> Bool {
    let utf8 = name.utf8
    guard utf8.count >= 1, utf8.count <= limit else { return false }
    return utf8.allSatisfy(isNameByte)
  }

  /// Whether `byte` may occur in a name.
  static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
