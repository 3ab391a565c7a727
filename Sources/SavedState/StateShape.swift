/// The form of a row's values: what the schemas print.
public indirect enum StateShape: Sendable {
  /// A whole number of the Swift type `type` within `range`.
  case integer(type: String, range: ClosedRange<Int128>)
  case bool
  /// An enumeration over the integer type `raw`; `symbols` is empty when the type does not list its cases.
  case enumeration(type: String, raw: String, symbols: [StateSymbol])
  /// Exactly `count` bytes; `type` is the Swift type's name.
  case bytes(type: String, count: Int)
  case array(StateShape, count: Int)
  case list(StateShape, max: Int)
  case optional(StateShape)
  /// A nested table.
  case table(AnyStateTable)
  /// A group of rows that is sent only when it matters.
  case subsection([StateRow])

  /// The type in one word or two, as the schema text prints it.
  public var type: String {
    switch self {
    case .integer(let type, _): type
    case .bool: "Bool"
    case .enumeration(let type, let raw, _): "\(type):\(raw)"
    case .bytes(let type, _): type
    case .array(let element, let count): "\(element.type)[\(count)]"
    case .list(let element, let max): "\(element.type)[0...\(max)]"
    case .optional(let element): "\(element.type)?"
    case .table(let table): "\(table.name):v\(table.version)"
    case .subsection: "subsection"
    }
  }

  /// The bounds of the numbers in it, where they are narrower than the type's.
  func narrowed(to range: ClosedRange<Int128>) -> StateShape {
    switch self {
    case .integer(let type, _): .integer(type: type, range: range)
    case .array(let element, let count): .array(element.narrowed(to: range), count: count)
    case .list(let element, let max): .list(element.narrowed(to: range), max: max)
    default: self
    }
  }
}
