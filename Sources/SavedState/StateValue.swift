/// The value of one attribute, as the tree holds it.
public enum StateValue: Sendable {
  /// A whole number, signed or not, from `-2^63` to `2^64 - 1`: the tree does not tell apart how wide the
  /// property was.
  case integer(Int128)
  case bool(Bool)
  /// An enumeration's raw value. The symbol is a comment for readers: it is known when the tree was made from a
  /// table, is not sent on the wire, and takes no part in comparisons.
  case enumeration(Int128, symbol: String?)
  case bytes([UInt8])
  case text(String)
  /// Values in an order that means something.
  case list([StateValue])
  /// Named attributes whose order means nothing.
  case group(StateGroup)

  /// The integers that a tree may hold.
  public static let integers: ClosedRange<Int128> = Int128(Int64.min)...Int128(UInt64.max)

  /// What kind of value this is, in words.
  public var kind: String {
    switch self {
    case .integer: "an integer"
    case .bool: "a truth value"
    case .enumeration: "an enumeration"
    case .bytes(let bytes): "\(bytes.count) bytes"
    case .text: "a text"
    case .list(let values): "a list of \(values.count)"
    case .group: "a group"
    }
  }
}

extension StateValue: Equatable {
  /// Whether both values are the same; an enumeration's symbol is not compared.
  public static func == (a: StateValue, b: StateValue) -> Bool {
    switch (a, b) {
    case (.integer(let a), .integer(let b)): a == b
    case (.bool(let a), .bool(let b)): a == b
    case (.enumeration(let a, _), .enumeration(let b, _)): a == b
    case (.bytes(let a), .bytes(let b)): a == b
    case (.text(let a), .text(let b)): Array(a.utf8) == Array(b.utf8)
    case (.list(let a), .list(let b)): a == b
    case (.group(let a), .group(let b)): a == b
    default: false
    }
  }
}
