import DeviceModel

/// One input that several lines drive: high while any of them is.
final class OrGate {
  private var levels: [Bool] = []
  private let sink: (Bool) -> Void

  init(_ sink: @escaping (Bool) -> Void) { self.sink = sink }

  /// Adds a line; a gate with one line hands it through.
  func connect(_ line: Line) {
    let index = levels.count
    levels.append(false)
    line.connect { [self] level in
      levels[index] = level
      sink(levels.contains(true))
    }
  }
}
