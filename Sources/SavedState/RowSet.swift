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
  func save(_ base: UnsafeRawPointer, reset: UnsafeRawPointer, _ saver: inout Saver) -> [StateAttribute] {
    var attributes: [StateAttribute] = []
    attributes.reserveCapacity(sent.count)
    for row in sent {
      saver.path.steps.append(.name(row.name))
      if row.since <= saver.version {
        if let value = row.save(base, reset, &saver) {
          attributes.append(StateAttribute(row.name, value, mustUnderstand: row.mustUnderstand))
        }
      } else if row.mustUnderstand {
        // The version written for lacks the row: its reader will take the reset value, so only that may be meant.
        var plain = Saver(at: saver.path, version: .max)
        if let value = row.save(base, reset, &plain), value != row.save(reset, reset, &plain) {
          saver.refuse(
            .lost, found: value.summary,
            "the reset value: version \(saver.version) has no such row (since \(row.since))")
        }
      }
      saver.path.steps.removeLast()
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
