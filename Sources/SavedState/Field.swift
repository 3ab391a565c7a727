/// A row together with the state it belongs to; made by `saved`, `derived`, `fixed`, `nested`, `list` and
/// `subsection` inside a `StateTable`'s braces.
public struct Field<State: DeviceState>: Sendable {
  let row: StateRow

  init(_ row: StateRow) { self.row = row }

  /// A row for the stored property at `path`, whose values are saved, loaded and drawn by the three functions.
  ///
  /// `copyFixed` copies what of the value is `fixed`. `range` narrows the numbers in the value; `name` is the property's unless given.
  init<T: BitwiseCopyable & Sendable>(
    _ path: KeyPath<State, T>, _ role: Role, _ options: RowOptions, shape: StateShape,
    range: ClosedRange<Int128>? = nil, versions: [Int: Int] = [:],
    copyFixed: StateRow.Copy? = nil,
    save: @escaping @Sendable (T, _ all: Bool) -> StateValue,
    load: @escaping @Sendable (StateValue, _ reset: T, _ live: T, inout Loader) -> T?,
    draw: @escaping @Sendable (T, Set<Role>, inout SplitMix64) -> T
  ) {
    guard let offset = MemoryLayout<State>.offset(of: path) else {
      preconditionFailure("\(path) is not a stored property")
    }
    let property = StoredProperties.name(of: path, at: offset)
    let name = options.name ?? property
    precondition(StateName.isValid(name), "\(name) cannot name an attribute")
    precondition(options.since >= 1, "\(name): versions count from 1")
    let copy: StateRow.Copy = { from, to in
      (to + offset).assumingMemoryBound(to: T.self).pointee = (from + offset).load(as: T.self)
    }
    var fixed: StateRow.Copy?
    if role == .fixed {
      fixed = copy
    } else if let copyFixed {
      fixed = { from, to in copyFixed(from + offset, to + offset) }
    }
    row = StateRow(
      name: name, property: property, role: role, since: options.since, mustUnderstand: options.mustUnderstand,
      offset: offset, size: MemoryLayout<T>.size, shape: range.map { shape.narrowed(to: $0) } ?? shape, range: range,
      doc: options.doc,
      versions: versions,
      save: { base, all in save((base + offset).load(as: T.self), all) },
      load: { value, base, live, loader in
        let place = (base + offset).assumingMemoryBound(to: T.self)
        let live = (live + offset).load(as: T.self)
        guard let loaded = load(value, place.pointee, live, &loader) else { return }
        place.pointee = loaded
      },
      copy: copy,
      copyFixed: fixed,
      scramble: { base, roles, random in
        let place = (base + offset).assumingMemoryBound(to: T.self)
        place.pointee = draw(place.pointee, roles, &random)
      })
  }
}
