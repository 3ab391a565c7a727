public import SavedState

/// The form of what a path leads to.
extension AnyStateTable {
  /// The shape behind `steps`, the first of which names a row; nil when they lead nowhere.
  public func shape(at steps: some Collection<StatePath.Step>) -> StateShape? {
    Self.shape(rows, Array(steps)[...])
  }

  private static func shape(_ rows: [StateRow], _ steps: ArraySlice<StatePath.Step>) -> StateShape? {
    guard case .name(let name)? = steps.first, let row = rows.first(where: { $0.name == name }) else { return nil }
    return inside(row.shape, steps.dropFirst())
  }

  private static func inside(_ shape: StateShape, _ steps: ArraySlice<StatePath.Step>) -> StateShape? {
    switch (steps.first, shape) {
    case (nil, _): shape
    case (.name?, .table(let table)): self.shape(table.rows, steps)
    case (.name?, .subsection(let rows)): self.shape(rows, steps)
    case (.index(let index)?, .array(let element, let count)) where index < count:
      inside(element, steps.dropFirst())
    case (.index(let index)?, .list(let element, let max)) where index < max: inside(element, steps.dropFirst())
    case (.index(0)?, .optional(let element)): inside(element, steps.dropFirst())
    case (.index(let index)?, .bytes(_, let count)) where index < count && steps.count == 1:
      .integer(type: "UInt8", range: 0...255)
    default: nil
    }
  }
}
