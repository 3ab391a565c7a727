/// One row of a table: a stored property, its role, and what a loaded value must satisfy.
///
/// Rows forget the types of state and property, so that a catalogue can hold those of all models. Their functions
/// take the address of the state that the row belongs to.
public struct StateRow: Sendable {
  /// Copies something from one state to another.
  typealias Copy = @Sendable (_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer) -> Void

  /// The name in the tree.
  public let name: String
  /// The stored property's path from the state, as `count` or `timer.count`; empty for a subsection.
  public let property: String
  /// What becomes of the property.
  public let role: Role
  /// The first version of the table that has this row.
  public let since: Int
  /// Whether a reader that does not know the row must refuse.
  public let mustUnderstand: Bool
  /// Where the property lies in the state, in bytes; 0 for a subsection.
  public let offset: Int
  /// How many bytes it takes; 0 for a subsection.
  public let size: Int
  /// What its value looks like in a tree.
  public let shape: StateShape
  /// The numbers a value may be, where the row narrows its type.
  public let range: ClosedRange<Int128>?
  /// What the property is, for whoever reads the schema.
  public let doc: String

  /// Which version of the nested table goes with which version of this one; see `nested`.
  let versions: [Int: Int]
  /// The value in the state at `base`; nil for a subsection that does not matter. With `all` it has `derived` rows
  /// and every subsection in it: that is for people, not for the wire.
  let save: @Sendable (_ base: UnsafeRawPointer, _ all: Bool) -> StateValue?
  /// Reads a value into the state at `base`; `live` is the device's state, with which `fixed` rows are compared.
  let load: @Sendable (StateValue, _ base: UnsafeMutableRawPointer, _ live: UnsafeRawPointer, inout Loader) -> Void
  /// Copies the property from one state to another.
  let copy: Copy
  /// Copies what of the property is `fixed` from one state to another; nil where nothing is.
  let copyFixed: Copy?
  /// Gives the property, where it is of one of the roles, a random value that its row allows.
  let scramble: @Sendable (UnsafeMutableRawPointer, Set<Role>, inout SplitMix64) -> Void

  /// The rows of a subsection; otherwise none.
  public var subrows: [StateRow] {
    if case .subsection(let rows) = shape { rows } else { [] }
  }

  /// The row itself, or a subsection's rows: one for each stored property.
  public var properties: [StateRow] {
    if case .subsection(let rows) = shape { rows.flatMap(\.properties) } else { [self] }
  }

  /// The version of the nested table that is written for `version` of this one.
  func nestedVersion(for version: Int) -> Int? {
    versions.filter { $0.key <= version }.max { $0.key < $1.key }?.value
  }

  /// The nested table, if the property is a nested state or an array or list of such.
  public var nested: AnyStateTable? {
    func find(_ shape: StateShape) -> AnyStateTable? {
      switch shape {
      case .table(let table): table
      case .array(let element, _), .list(let element, _), .optional(let element): find(element)
      default: nil
      }
    }
    return find(shape)
  }
}
