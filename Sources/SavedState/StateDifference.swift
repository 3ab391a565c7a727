/// One place where two trees differ.
public struct StateDifference: Sendable, Equatable, CustomStringConvertible {
  /// Where the trees differ.
  public let path: StatePath
  /// What the first tree has there, in words; nil when it has nothing.
  public let before: String?
  /// What the second tree has there.
  public let after: String?

  public var description: String {
    switch (before, after) {
    case (let before?, let after?): "\(path): \(before) -> \(after)"
    case (nil, let after?): "\(path): only in the second: \(after)"
    case (let before?, nil): "\(path): only in the first: \(before)"
    case (nil, nil): "\(path)"
    }
  }
}

extension StateNode {
  /// Where `other` differs from this tree, in the order of paths; empty when they are equal.
  public func differences(to other: StateNode) -> [StateDifference] {
    var found: [StateDifference] = []
    compare(other, StatePath([.name(name)]), &found)
    return found
  }

  private var title: String { model.isEmpty ? "a node" : "\(model) v\(version)" }

  private func compare(_ other: StateNode, _ path: StatePath, _ found: inout [StateDifference]) {
    if name != other.name { found.append(StateDifference(path: path, before: name, after: other.name)) }
    if model != other.model || version != other.version {
      found.append(StateDifference(path: path, before: title, after: other.title))
    }
    state.compare(other.state, path, &found)
    merge(children, other.children, by: \.name) { name, mine, theirs in
      let here = path.appending(.name(name))
      if let mine, let theirs {
        mine.compare(theirs, here, &found)
      } else {
        found.append(StateDifference(path: here, before: mine?.title, after: theirs?.title))
      }
    }
  }
}

extension StateGroup {
  fileprivate func compare(_ other: StateGroup, _ path: StatePath, _ found: inout [StateDifference]) {
    if version != other.version {
      found.append(
        StateDifference(
          path: path, before: version.map { "version \($0)" } ?? "no version",
          after: other.version.map { "version \($0)" } ?? "no version"))
    }
    merge(attributes, other.attributes, by: \.name) { name, mine, theirs in
      let here = path.appending(.name(name))
      if let mine, let theirs {
        mine.value.compare(theirs.value, here, &found)
        if mine.mustUnderstand != theirs.mustUnderstand {
          found.append(
            StateDifference(
              path: here, before: mine.mustUnderstand ? "must be understood" : "may be skipped",
              after: theirs.mustUnderstand ? "must be understood" : "may be skipped"))
        }
      } else {
        found.append(StateDifference(path: here, before: mine?.value.summary, after: theirs?.value.summary))
      }
    }
  }
}

extension StateValue {
  fileprivate func compare(_ other: StateValue, _ path: StatePath, _ found: inout [StateDifference]) {
    switch (self, other) {
    case (.group(let mine), .group(let theirs)):
      mine.compare(theirs, path, &found)
    case (.list(let mine), .list(let theirs)):
      for index in 0..<max(mine.count, theirs.count) {
        let here = path.appending(.index(index))
        if index < mine.count, index < theirs.count {
          mine[index].compare(theirs[index], here, &found)
        } else {
          found.append(
            StateDifference(
              path: here, before: index < mine.count ? mine[index].summary : nil,
              after: index < theirs.count ? theirs[index].summary : nil))
        }
      }
    case (.bytes(let mine), .bytes(let theirs)) where mine.count == theirs.count && mine.count > 16:
      for index in mine.indices where mine[index] != theirs[index] {
        found.append(
          StateDifference(
            path: path.appending(.index(index)), before: Hex.text([mine[index]]), after: Hex.text([theirs[index]])))
      }
    default:
      if self != other { found.append(StateDifference(path: path, before: summary, after: other.summary)) }
    }
  }
}

/// Walks two lists that are ordered by name together.
private func merge<T>(
  _ a: [T], _ b: [T], by name: (T) -> String, _ visit: (_ name: String, T?, T?) -> Void
) {
  var i = 0
  var j = 0
  while i < a.count || j < b.count {
    if j == b.count || (i < a.count && name(a[i]) < name(b[j])) {
      visit(name(a[i]), a[i], nil)
      i += 1
    } else if i == a.count || name(b[j]) < name(a[i]) {
      visit(name(b[j]), nil, b[j])
      j += 1
    } else {
      visit(name(a[i]), a[i], b[j])
      i += 1
      j += 1
    }
  }
}
