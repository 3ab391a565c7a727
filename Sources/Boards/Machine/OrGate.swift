import DeviceModel

/// One input that several lines drive: high while any of them is.
final class OrGate {
  private var levels: [Bool] = []
  private let sink: (Bool) -> Void
  /// Told before the input is, each time it is driven.
  var tap: ((Bool) -> Void)?

  init(_ sink: @escaping (Bool) -> Void) { self.sink = sink }

  /// Adds a line; a gate with one line hands it through.
  func connect(_ line: Line) {
    let index = levels.count
    levels.append(false)
    line.connect { [self] level in
      levels[index] = level
      drive(levels.contains(true))
    }
  }

  /// Drives the input, whatever its lines say, until one of them is driven again.
  func drive(_ level: Bool) {
    tap?(level)
    sink(level)
  }
}
