/// A place in the tree, as `/machine/ioapic0/pin[3]/mask`.
public struct StatePath: Sendable, Hashable {
  /// One step down.
  public enum Step: Sendable, Hashable {
    /// A node, an attribute, or an attribute of a group.
    case name(String)
    /// An element of a list, counted from 0.
    case index(Int)
  }

  /// From the root on.
  public var steps: [Step]

  /// The path of `steps`; the root's without any.
  public init(_ steps: [Step] = []) { self.steps = steps }

  /// Reads a path; nil when it is not of the form `/name/name[3]/name` (a leading `/` may be missing).
  public init?(_ text: some StringProtocol) {
    var steps: [Step] = []
    var rest = Substring(text)
    if rest.first == "/" { rest.removeFirst() }
    if rest.isEmpty {
      self.steps = []
      return
    }
    for part in rest.split(separator: "/", omittingEmptySubsequences: false) {
      let name = part.prefix { $0 != "[" }
      guard StateName.isValid(String(name)) else { return nil }
      steps.append(.name(String(name)))
      var indices = part.dropFirst(name.count)
      while !indices.isEmpty {
        guard indices.removeFirst() == "[" else { return nil }
        let digits = indices.prefix { $0 != "]" }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let index = Int(digits) else {
          return nil
        }
        indices = indices.dropFirst(digits.count)
        guard !indices.isEmpty else { return nil }
        indices.removeFirst()
        steps.append(.index(index))
      }
    }
    self.steps = steps
  }

  /// The path one step further down.
  public func appending(_ step: Step) -> StatePath { StatePath(steps + [step]) }
}

extension StatePath: CustomStringConvertible {
  public var description: String {
    guard !steps.isEmpty else { return "/" }
    return steps.reduce(into: "") { text, step in
      switch step {
      case .name(let name): text += "/" + name
      case .index(let index): text += "[\(index)]"
      }
    }
  }
}
