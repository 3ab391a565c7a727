public import Bits

/// A nested state: a group with its own table and version.
///
/// `versions` says which version of the nested table goes with which version of this one: `[1: 1, 3: 2]` writes the
/// nested version 1 for versions 1 and 2, and 2 from 3 on. Without an entry the newest is written.
public func nested<State: DeviceState, T: DeviceState>(
  _ path: KeyPath<State, T>, since: Int = 1, versions: [Int: Int] = [:], mustUnderstand: Bool = true,
  named name: String? = nil, doc: String = ""
) -> Field<State> {
  nestedField(
    path, .saved, RowOptions(since: since, mustUnderstand: mustUnderstand, name: name, doc: doc), versions: versions)
}

/// An array of nested states: a sequence of groups. See `nested(_:since:versions:mustUnderstand:named:doc:)`.
public func nested<State: DeviceState, let count: Int, T: DeviceState>(
  _ path: KeyPath<State, InlineArray<count, T>>, since: Int = 1, versions: [Int: Int] = [:],
  mustUnderstand: Bool = true, named name: String? = nil, doc: String = ""
) -> Field<State> {
  nestedField(
    path, .saved, RowOptions(since: since, mustUnderstand: mustUnderstand, name: name, doc: doc), versions: versions)
}

/// Which roles a drawing that is after `roles` takes inside a nested state of `role`; nil for none.
private func innerRoles(_ role: Role, _ roles: Set<Role>) -> Set<Role>? {
  guard role == .derived else { return roles }
  return roles.contains(.derived) ? Set(Role.allCases) : nil
}

func nestedField<State: DeviceState, T: DeviceState>(
  _ path: KeyPath<State, T>, _ role: Role, _ options: RowOptions, versions: [Int: Int]
) -> Field<State> {
  let table = T.table
  return Field(
    path, role, options, shape: .table(AnyStateTable(table)), versions: versions, copyFixed: table.copyFixed,
    save: { value, all in table.group(of: value, all: all) },
    load: { value, reset, live, loader in table.read(value, reset: reset, live: live, &loader) },
    draw: { old, roles, random in
      guard let inner = innerRoles(role, roles) else { return old }
      return table.scrambled(old, inner, &random)
    })
}

func nestedField<State: DeviceState, let count: Int, T: DeviceState>(
  _ path: KeyPath<State, InlineArray<count, T>>, _ role: Role, _ options: RowOptions, versions: [Int: Int]
) -> Field<State> {
  let table = T.table
  var copyFixed: StateRow.Copy?
  if let copyOne = table.copyFixed {
    copyFixed = { from, to in
      for offset in (0..<count).map({ $0 * MemoryLayout<T>.stride }) { copyOne(from + offset, to + offset) }
    }
  }
  return Field(
    path, role, options, shape: .array(.table(AnyStateTable(table)), count: count), versions: versions,
    copyFixed: copyFixed,
    save: { value, all in .list(value.indices.map { table.group(of: value[$0], all: all) }) },
    load: { value, reset, live, loader in
      guard case .list(let values) = value else { return loader.refuse(.kind, value, "a list of \(count) groups") }
      guard values.count == count else { return loader.refuse(.range, value, "a list of \(count) groups") }
      var result = reset
      for (index, value) in values.enumerated() {
        if let loaded = loader.at(index, { table.read(value, reset: reset[index], live: live[index], &$0) }) {
          result[index] = loaded
        }
      }
      return result
    },
    draw: { old, roles, random in
      guard let inner = innerRoles(role, roles) else { return old }
      return InlineArray { table.scrambled(old[$0], inner, &random) }
    })
}

/// A queue of at most `max` elements (its capacity unless given), sent from the oldest to the newest.
public func list<State: DeviceState, let capacity: Int, T: Wire>(
  _ path: KeyPath<State, FixedQueue<capacity, T>>, max: Int = capacity, since: Int = 1,
  where condition: (@Sendable (T) -> Bool)? = nil, mustUnderstand: Bool = true, named name: String? = nil,
  doc: String = ""
) -> Field<State> {
  precondition(max <= capacity, "\(path): a queue of \(capacity) cannot hold \(max)")
  return Field(
    path, .saved, RowOptions(since: since, mustUnderstand: mustUnderstand, name: name, doc: doc),
    shape: .list(T.shape, max: max),
    save: { value, _ in .list(value.elements.map(T.save)) },
    load: { value, reset, _, loader in
      guard case .list(let values) = value else { return loader.refuse(.kind, value, "a list of at most \(max)") }
      guard values.count <= max else { return loader.refuse(.range, value, "a list of at most \(max)") }
      var result = reset
      result.removeAll()
      for (index, value) in values.enumerated() {
        let element: T? = loader.at(index) { loader in
          guard let element = T.load(value, &loader) else { return nil }
          if let condition, !condition(element) {
            return loader.refuse(.condition, value, "a value that meets the row's condition")
          }
          return element
        }
        if let element { result.append(element) }
      }
      return result
    },
    draw: { old, roles, random in
      guard roles.contains(.saved) else { return old }
      var result = old
      result.removeAll()
      for _ in 0..<Int.random(in: 0...max, using: &random) {
        let element = T.arbitrary(using: &random)
        if condition?(element) ?? true { result.append(element) }
      }
      return result
    })
}

/// A queue of at most `max` nested states, sent from the oldest to the newest.
public func list<State: DeviceState, let capacity: Int, T: DeviceState>(
  _ path: KeyPath<State, FixedQueue<capacity, T>>, max: Int = capacity, since: Int = 1, versions: [Int: Int] = [:],
  mustUnderstand: Bool = true, named name: String? = nil, doc: String = ""
) -> Field<State> {
  precondition(max <= capacity, "\(path): a queue of \(capacity) cannot hold \(max)")
  let table = T.table
  return Field(
    path, .saved, RowOptions(since: since, mustUnderstand: mustUnderstand, name: name, doc: doc),
    shape: .list(.table(AnyStateTable(table)), max: max), versions: versions,
    save: { value, all in .list(value.elements.map { table.group(of: $0, all: all) }) },
    load: { value, reset, _, loader in
      guard case .list(let values) = value else { return loader.refuse(.kind, value, "a list of at most \(max)") }
      guard values.count <= max else { return loader.refuse(.range, value, "a list of at most \(max)") }
      var result = reset
      result.removeAll()
      for (index, value) in values.enumerated() {
        if let element = loader.at(index, { table.read(value, reset: T(), live: T(), &$0) }) {
          result.append(element)
        }
      }
      return result
    },
    draw: { old, roles, random in
      var result = old
      result.removeAll()
      if roles.contains(.saved) {
        for _ in 0..<Int.random(in: 0...max, using: &random) { result.append(table.scrambled(T(), roles, &random)) }
      } else {
        for element in old.elements { result.append(table.scrambled(element, roles, &random)) }
      }
      return result
    })
}

/// A group of rows that is sent only when `when` holds (as a rule: when one differs from its reset value). In a tree
/// without the group they take their reset values.
public func subsection<State: DeviceState>(
  _ name: String, since: Int = 1, mustUnderstand: Bool = true, doc: String = "",
  when condition: @escaping @Sendable (State) -> Bool, @FieldList<State> _ fields: () -> [Field<State>]
) -> Field<State> {
  precondition(StateName.isValid(name), "\(name) cannot name an attribute")
  let rows = RowSet(fields().map(\.row), of: name)
  return Field(
    StateRow(
      name: name, property: "", role: .saved, since: since, mustUnderstand: mustUnderstand, offset: 0, size: 0,
      shape: .subsection(rows.rows), range: nil, doc: doc,
      versions: [:],
      save: { base, all in
        guard all || condition(base.load(as: State.self)) else { return nil }
        return .group(StateGroup(version: nil, sorted: rows.save(base, all: all)))
      },
      load: { value, base, live, loader in
        guard case .group(let group) = value else {
          _ = loader.refuse(.kind, value, "a group") as Void?
          return
        }
        guard group.version == nil else {
          return loader.refuse(.version, found: "version \(group.version ?? 0)", "a subsection without a version")
        }
        rows.load(group.attributes, base, live: live, version: loader.version, &loader)
      },
      copy: { from, to in for row in rows.rows { row.copy(from, to) } },
      copyFixed: rows.copyFixed,
      scramble: { base, roles, random in for row in rows.rows { row.scramble(base, roles, &random) } }))
}

/// A subsection whose predicate comes after the rows, as `subsection("fifo") { … } when: { … }`.
public func subsection<State: DeviceState>(
  _ name: String, since: Int = 1, mustUnderstand: Bool = true, doc: String = "",
  @FieldList<State> _ fields: () -> [Field<State>], when condition: @escaping @Sendable (State) -> Bool
) -> Field<State> {
  subsection(name, since: since, mustUnderstand: mustUnderstand, doc: doc, when: condition, fields)
}
