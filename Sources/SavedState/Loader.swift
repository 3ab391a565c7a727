/// The input visitor: reads values out of a tree, keeps the place where it reads, and collects what does not fit.
public struct Loader {
  /// How many faults one load tells; a hostile tree could have millions.
  public static let faultLimit = 100

  /// All that did not fit so far.
  public private(set) var faults: [StateFault] = []
  /// How many faults there were, told or not.
  public private(set) var faultCount = 0
  var path: StatePath
  /// The version of the table whose attributes are being read.
  var version = 1
  /// Whether `fixed` rows are compared with the board's; not when a tree is only checked for its form.
  let comparesFixed: Bool

  init(at path: StatePath, comparesFixed: Bool = true) {
    self.path = path
    self.comparesFixed = comparesFixed
  }

  /// Notes that `value` at the current place does not fit; returns nil for the reader to hand on.
  public mutating func refuse<T>(_ kind: StateFault.Kind, _ value: StateValue, _ expected: String) -> T? {
    refuse(kind, found: value.summary, expected)
    return nil
  }

  mutating func refuse(_ kind: StateFault.Kind, found: String, _ expected: String) {
    faultCount += 1
    guard faults.count < Loader.faultLimit else { return }
    faults.append(StateFault(kind, path: path.description, found: found, expected: expected))
  }

  /// Reads below element `index` of the current place.
  mutating func at<T>(_ index: Int, _ body: (inout Loader) -> T) -> T {
    path.steps.append(.index(index))
    defer { path.steps.removeLast() }
    return body(&self)
  }

  /// Reads below the attribute called `name`.
  mutating func at<T>(_ name: String, _ body: (inout Loader) -> T) -> T {
    path.steps.append(.name(name))
    defer { path.steps.removeLast() }
    return body(&self)
  }

  func check() throws(LoadError) {
    guard faultCount == 0 else { throw LoadError(faults) }
  }
}
