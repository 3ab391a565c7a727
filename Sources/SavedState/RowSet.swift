/// The rows of a table or a subsection, by declaration and by name.
struct RowSet: Sendable {
  /// In the order of their declaration.
  let rows: [StateRow]
  /// Those that are sent, ordered by name, as a group's attributes are.
  private let sent: [StateRow]

  init(_ rows: [StateRow], of owner: String) {
    self.rows = rows
    sent = rows.filter { $0.role != .derived }.sorted { $0.name < $1.name }
    for (a, b) in zip(sent, sent.dropFirst()) {
      precondition(a.name != b.name, "\(owner): two rows are called \(a.name)")
    }
  }

  /// The attributes of the state at `base`, ordered by name.
  func save(_ base: UnsafeRawPointer) -> [StateAttribute] {
    var attributes: [StateAttribute] = []
    attributes.reserveCapacity(sent.count)
    for row in sent {
      guard let value = row.save(base) else { continue }
      attributes.append(StateAttribute(row.name, value, mustUnderstand: row.mustUnderstand))
    }
    return attributes
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
