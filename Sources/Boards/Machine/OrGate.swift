import DeviceModel

/// One input that several lines drive: high while any of them is.
final class OrGate {
  private var levels: [Bool] = []
  /// Told of a line's changes before the input is, by the line's number.
  var taps: [((Bool) -> Void)?] = []
  private let sink: (Bool) -> Void
  /// Told before the input is, each time it is driven.
  var tap: ((Bool) -> Void)?

  init(_ sink: @escaping (Bool) -> Void) { self.sink = sink }

  /// Adds a line; a gate with one line hands it through.
  ///
  /// - Returns: the line's number.
  func connect(_ line: Line) -> Int {
    let index = levels.count
    levels.append(false)
    taps.append(nil)
    line.connect { [self] level in
      if let tap = taps[index], levels[index] != level { tap(level) }
      levels[index] = level
      drive(levels.contains(true))
    }
    return index
  }

  /// Drives the input, whatever its lines say, until one of them is driven again.
  func drive(_ level: Bool) {
    tap?(level)
    sink(level)
  }
}
