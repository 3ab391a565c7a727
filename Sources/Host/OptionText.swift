/// The text of an option as `KIND[,key=value…]`: a doubled comma is a comma in a value, `key` alone is `key=on`.
public struct OptionText: Equatable, Sendable {
  /// What stands first, without a key; empty when the text begins with `key=`.
  public let kind: String
  /// The rest, in order.
  public let pairs: [(key: String, value: String)]

  /// Takes `text` apart; a doubled comma stands for one.
  public init(_ text: String) {
    var parts: [String] = []
    var part = ""
    var rest = Substring(text)
    while let character = rest.popFirst() {
      if character == ",", rest.first == "," {
        part.append(",")
        rest.removeFirst()
      } else if character == "," {
        parts.append(part)
        part = ""
      } else {
        part.append(character)
      }
    }
    parts.append(part)
    let first = parts[0]
    // A path or an address may hold "=", a key never holds "/" or ":".
    let key = first.prefix { $0 != "=" }
    let hasKind = key.count == first.count || key.contains { $0 == "/" || $0 == ":" }
    kind = hasKind ? first : ""
    pairs = parts.dropFirst(hasKind ? 1 : 0).filter { !$0.isEmpty }.map { part in
      guard let equals = part.firstIndex(of: "=") else { return (part, "on") }
      return (String(part[..<equals]), String(part[part.index(after: equals)...]))
    }
  }

  /// The value of `key`; the last one given counts.
  public subscript(key: String) -> String? { pairs.last { $0.key == key }?.value }

  public static func == (a: Self, b: Self) -> Bool {
    a.kind == b.kind && a.pairs.elementsEqual(b.pairs) { $0 == $1 }
  }
}
