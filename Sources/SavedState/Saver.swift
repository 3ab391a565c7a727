/// The output visitor: makes values of the tree, knows the version it writes for, and collects what that version
/// cannot carry.
struct Saver {
  private(set) var faults: [StateFault] = []
  var path: StatePath
  var version: Int

  init(at path: StatePath, version: Int) {
    self.path = path
    self.version = version
  }

  mutating func refuse(_ kind: StateFault.Kind, found: String, _ expected: String) {
    guard faults.count < Loader.faultLimit else { return }
    faults.append(StateFault(kind, path: path.description, found: found, expected: expected))
  }

  mutating func at<T>(_ step: StatePath.Step, _ body: (inout Saver) -> T) -> T {
    path.steps.append(step)
    defer { path.steps.removeLast() }
    return body(&self)
  }
}
