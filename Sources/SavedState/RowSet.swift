/// The rows of a table or a subsection, by declaration and by name.
struct RowSet: Sendable {
  /// In the order of their declaration.
  let rows: [StateRow]
  /// Ordered by name, as a group's attributes are.
  private let named: [StateRow]
  /// Those of them that are sent.
  private let sent: [StateRow]
  /// Those that are `fixed`, or have such rows in them.
  private let fixed: [StateRow]

  init(_ rows: [StateRow], of owner: String) {
    self.rows = rows
    named = rows.sorted { $0.name < $1.name }
    sent = named.filter { $0.role != .derived }
    fixed = rows.filter { $0.copyFixed != nil }
    for (a, b) in zip(named, named.dropFirst()) {
      precondition(a.name != b.name, "\(owner): two rows are called \(a.name)")
    }
  }

  /// The attributes of the state at `base`, ordered by name; with `all` those of derived rows too.
  func save(_ base: UnsafeRawPointer, all: Bool) -> [StateAttribute] {
    var attributes: [StateAttribute] = []
    attributes.reserveCapacity(named.count)
    let rows = all ? named : sent
    // By index: a row is large, and copying it would cost more than saving it.
    for index in rows.indices {
      guard let value = rows[index].save(base, all) else { continue }
      attributes.append(StateAttribute(rows[index].name, value, mustUnderstand: rows[index].mustUnderstand))
    }
    return attributes
  }

  /// Gives a state the `fixed` properties of another; nil where there are none.
  var copyFixed: StateRow.Copy? {
    guard !fixed.isEmpty else { return nil }
    return { from, to in for index in fixed.indices { fixed[index].copyFixed?(from, to) } }
  }

  /// Reads `attributes` into the state at `base`, which holds reset values.
  func load(
    _ attributes: [StateAttribute], _ base: UnsafeMutableRawPointer, live: UnsafeRawPointer, version: Int,
    _ loader: inout Loader
  ) {
    var next = 0
    for attribute in attributes {
      while next < sent.count, sent[next].name < attribute.name { next += 1 }
      loader.path.steps.append(.name(attribute.name))
      if next < sent.count, sent[next].name == attribute.name {
        if sent[next].since <= version {
          sent[next].load(attribute.value, base, live, &loader)
        } else {
          loader.refuse(
            .version, found: "an attribute since version \(sent[next].since)", "none of its name in version \(version)")
        }
      } else if attribute.mustUnderstand {
        loader.refuse(
          .unknown, found: attribute.value.summary, "an attribute of this model: this one must be understood")
      }
      loader.path.steps.removeLast()
    }
  }
}
